"""Texts of alarms, with places for what the alarm book alone knows: ``{alarm.count}``, ``{alarm.hides}``."""

MAX_TEXT = 1_000
"""Characters (specs/rules.md 5)."""

_COUNT, _HIDES = "\ue000", "\ue001"
PLACES = {"alarm.count": _COUNT, "alarm.hides": _HIDES}
"""What stands for a number in the form of a text, by how a template names it: characters that no standard uses."""


def cut(text: str) -> str:
    """Return a text that is not too long."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 3] + "..."


def filled(form: str, *, count: int, hides: int) -> str:
    """Return the text that a form gives.

    Args:
        form: text with places.
        count: how often the alarm was raised.
        hides: how many others it hides.
    """
    return cut(form.replace(_COUNT, str(count)).replace(_HIDES, str(hides)))


def without_places(text: str) -> str:
    """Return a foreign text in which nothing stands for a number."""
    return text.replace(_COUNT, "").replace(_HIDES, "")
