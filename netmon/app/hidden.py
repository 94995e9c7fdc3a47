"""What a change changes of an alarm, in words: reasons to be hidden, tags."""

from collections.abc import Iterable, Iterator

from netmon.domain.alarm import AlarmChange

_KINDS = {"alarm": "hidden by {}", "maint": "hidden by maintenance {}", "shelf": "shelved by {}"}
_UNREACHABLE = "node-unreachable"


def hidden_words(reasons: Iterable[str]) -> str:
    """Return by what an alarm is hidden: ``hidden by r1``."""
    return ", ".join(map(_words, reasons))


def gone_reasons(change: AlarmChange) -> list[str]:
    """Return the reasons to be hidden that have ended with a change."""
    before: tuple[str, ...] = change.before.get("hidden_by", ())
    return [reason for reason in before if reason not in change.after.hidden_by]


def cause_words(reasons: Iterable[str]) -> str:
    """Return what happened that hides: ``r1 down (root r1)``; empty: no alarm does."""
    keys = [reason.partition(":")[2].split("|") for reason in reasons if reason.startswith("alarm:")]
    return ", ".join(
        f"{object_} down (root {object_})" if type_ == _UNREACHABLE else f"{type_} of {object_}"
        for object_, type_, *_ in keys
    )


def changed_tags(change: AlarmChange) -> Iterator[str]:
    """Yield which tags have changed: ``customer is P-2, was P-1``."""
    before, after = change.before["tags"], change.after.tags
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{name} is {after.get(name, 'missing')}, was {before.get(name, 'missing')}"


def _words(reason: str) -> str:
    kind, _, name = reason.partition(":")
    return _KINDS.get(kind, "hidden by {}").replace("{}", name.partition("|")[0])
