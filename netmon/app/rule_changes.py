"""How two rule sets differ, rule by rule: ``for: 10s, was 3s``."""

from collections.abc import Iterator, Mapping
from typing import Any


class RuleChanges:
    """What differs between the rules of two sets, as they are written, by id."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self._old = old
        self._new = new

    def of(self, rule: str) -> tuple[str, ...]:
        """Return what differs in a rule, value by value."""
        if rule not in self._new:
            return ("the rule is gone",) if rule in self._old else ()
        if rule not in self._old:
            return ("the rule is new",)
        return tuple(_differing(self._old[rule], self._new[rule], ""))


def _differing(old: Any, new: Any, path: str) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}, key=str):
            yield from _differing(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (was, is_) in enumerate(zip(old, new, strict=True)):
            yield from _differing(was, is_, path if len(new) == 1 else f"{path}[{number}]")
    else:
        yield f"{path}: {_text(new)}, was {_text(old)}"


def _text(value: Any) -> str:
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) and value != "" else repr(value)
