"""Single values of a Config checked against their type; a message for people when they do not fit."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import inspect

from netmon.domain.duration import Duration
from netmon.domain.place import LIKE, suggestion

_MEANT = {"yes": "true", "on": "true", "no": "false", "off": "false", "True": "true", "False": "false"}
_LISTED = 12
"""Of more known words than this only the nearest one is shown."""


def unknown(what: str, word: str, known: list[str]) -> str:
    """Return ``unknown key 'severty' (did you mean 'severity'?)``; without a near word the known ones are listed."""
    # The whole list says more than a guess that is far off.
    near = suggestion(word, known, like=LIKE).replace('"', "'")
    if not near and 0 < len(known) <= _LISTED:
        near = f" (one of {', '.join(filter(None, known))})"
    return f"unknown {what} '{word}'{near}"


def shape(data: Any) -> str:
    """Return what a value is without showing it: it may be a secret in the wrong place."""
    if data is None:
        return "nothing"
    if isinstance(data, bool):
        return "true" if data else "false"
    shapes: list[tuple[type, str]] = [(int, "a number"), (float, "a number"), (str, "text"), (list, "a list")]
    return next((name for kind, name in shapes if isinstance(data, kind)), "a mapping")


def shown(data: Any) -> str:
    """Return a scalar as it would stand in the file, of anything else its shape."""
    if isinstance(data, str):
        return f"'{data[:40]}'"
    return str(data) if isinstance(data, int | float) and not isinstance(data, bool) else shape(data)


def check_length(info: Any, data: Any) -> None:
    """Check text or a collection against the lengths of its type."""
    what = "characters" if isinstance(data, str) else "entries"
    if info.min_length is not None and len(data) < info.min_length:
        raise ValueError(f"needs at least {info.min_length} {what}" if data else "empty")
    if info.max_length is not None and len(data) > info.max_length:
        raise ValueError(f"has {len(data)} {what}, at most {info.max_length} are allowed")


def span(least: str, most: str, about: str = "") -> msgspec.Meta:
    """Return limits for a field: ``Annotated[Duration, limits]``; ``about`` describes it where it is missing."""
    low, high = Duration(least), Duration(most)

    def check(value: Duration) -> None:
        if value.ms < low.ms:
            raise ValueError(f"{value} is below {low}")
        if value.ms > high.ms:
            raise ValueError(f"{value} is above {high}")

    return msgspec.Meta(description=about or None, extra={"check": check})


def _none(info: inspect.NoneType, data: Any) -> None:
    if data is not None:
        raise ValueError(f"expected nothing, not {shown(data)}")


def _bool(info: inspect.BoolType, data: Any) -> bool:
    if isinstance(data, bool):
        return data
    meant = _MEANT.get(data) if isinstance(data, str) else None
    raise ValueError(f"expected true or false, not {shown(data)}" + (f" (write {meant})" if meant else ""))


def _int(info: inspect.IntType, data: Any) -> int:
    if not isinstance(data, int) or isinstance(data, bool):
        raise ValueError(f"expected a whole number, not {shown(data)}")
    _check_range(info, data)
    return data


def _float(info: inspect.FloatType, data: Any) -> float:
    if not isinstance(data, int | float) or isinstance(data, bool):
        raise ValueError(f"expected a number, not {shown(data)}")
    _check_range(info, data)
    return float(data)


def _check_range(info: inspect.IntType | inspect.FloatType, data: float) -> None:
    bounds: list[tuple[float | None, bool, str]] = [
        (info.ge, info.ge is not None and data < info.ge, "below"),
        (info.gt, info.gt is not None and data <= info.gt, "not above"),
        (info.le, info.le is not None and data > info.le, "above"),
        (info.lt, info.lt is not None and data >= info.lt, "not below"),
        (info.multiple_of, bool(info.multiple_of and data % info.multiple_of), "not a multiple of"),
    ]
    for bound, outside, where in bounds:
        if outside:
            raise ValueError(
                f"{data} is {where} {bound:g}" if isinstance(bound, float) else f"{data} is {where} {bound}"
            )


def _str(info: inspect.StrType, data: Any) -> str:
    if not isinstance(data, str):
        hint = f" (write '{shown(data)}')" if isinstance(data, int | float) else ""
        raise ValueError(f"expected text, not {shown(data)}{hint}")
    if info.pattern is not None and not re.search(info.pattern, data):
        raise ValueError(f"{shown(data)} does not match {info.pattern}")
    check_length(info, data)
    _check_characters(data)
    return data


def _check_characters(data: str) -> None:
    """Refuse what no file name, address or message can hold."""
    if "\0" in data or any("\ud800" <= letter <= "\udfff" for letter in data):
        raise ValueError("holds a character that no text can have")


def _literal(info: inspect.LiteralType, data: Any) -> Any:
    if data in info.values and not isinstance(data, bool):
        return data
    known = [str(value) for value in info.values]
    if isinstance(data, str):
        raise ValueError(unknown("value", data, known))
    raise ValueError(f"expected one of {', '.join(known)}, not {shown(data)}")


SCALARS: dict[type, Callable[[Any, Any], Any]] = {
    inspect.NoneType: _none,
    inspect.BoolType: _bool,
    inspect.IntType: _int,
    inspect.FloatType: _float,
    inspect.StrType: _str,
    inspect.LiteralType: _literal,
}
"""How a plain value is read as each kind of scalar."""
