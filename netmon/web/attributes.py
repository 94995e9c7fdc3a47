"""The attributes of a TMF642 alarm that a query may name, and how their values compare (specs/alarms.md section 5)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from netmon.alarms.tmf642 import ATTRIBUTES as KINDS
from netmon.alarms.tmf642 import Kind
from netmon.rulebook.causes import EVENT_TYPES

Resource = dict[str, Any]
"""An alarm as TMF642 shows it."""

_WORDS = {
    "state": ("raised", "updated", "cleared"),
    "ackState": ("acknowledged", "unacknowledged"),
    "perceivedSeverity": ("critical", "major", "minor", "warning", "indeterminate", "cleared"),
    "alarmType": EVENT_TYPES,
}

Read = Callable[[str], Any]
"""Turns the text of a value into what compares; raises ``ValueError`` that says what is wrong with it."""


def instant(text: str) -> datetime:
    """Return a moment from RFC 3339 text; an unescaped ``+`` of the offset arrives as a space."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        raise ValueError(f'"{text}" is not a time (write 2026-03-01T00:00:00.000Z)') from None
    if at.tzinfo is None:
        raise ValueError(f'"{text}" has no time zone (write 2026-03-01T00:00:00.000Z)')
    return at


def whole(text: str) -> int:
    """Return a whole number."""
    if not text.isascii() or not text.isdigit():
        raise ValueError(f'"{text}" is not a whole number')
    return int(text)


def flag(text: str) -> bool:
    """Return true or false."""
    if text not in ("true", "false"):
        raise ValueError(f'"{text}" is not one of true, false')
    return text == "true"


def _word(words: tuple[str, ...]) -> Read:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f'"{text}" is not one of {", ".join(words)}')
        return text

    return read


_READ: dict[Kind, Read] = {"text": str, "list": str, "time": instant, "number": whole, "flag": flag}

ATTRIBUTES: dict[str, Read] = (
    {name: _READ[kind] for name, kind in KINDS.items()}
    | {name: _word(words) for name, words in _WORDS.items()}
    | {"@type": str, "@baseType": str}
)
"""Dotted name to how its values are read."""

MEMBERS = frozenset(name.partition(".")[0] for name in ATTRIBUTES)
"""Names that ``fields=`` may give."""


def values(resource: Resource, name: str) -> Iterator[Any]:
    """Yield the values that an alarm has under a dotted name, ready to compare; a flag that is absent is false."""
    found: list[Any] = [resource]
    for part in name.split("."):
        found = [value for one in found for value in _flat(one.get(part))]
    if KINDS.get(name) == "time":
        yield from map(instant, found)
    elif not found and KINDS.get(name) == "flag":
        yield False
    else:
        yield from found


def _flat(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
