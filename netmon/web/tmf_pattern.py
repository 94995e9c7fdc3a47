"""Which alarms the ``alarmPattern`` of a TMF642 task means: those equal to one of some partial alarms."""

import operator
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from netmon.domain.place import suggestion
from netmon.web.attributes import ATTRIBUTES
from netmon.web.error import Fault
from netmon.web.tmf_query import Filter

Pattern = tuple[Filter, ...]
"""All of them must pass; none: every alarm."""


def read_patterns(given: Any, faults: list[Fault]) -> list[Pattern]:
    """Return what ``alarmPattern`` holds; what is wrong with it is added to ``faults``."""
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        faults.append(Fault("alarmPattern", "is not a list of partial alarms"))
        return []
    return [tuple(_filters(one, f"alarmPattern[{i}]", faults)) for i, one in enumerate(given)]


def _filters(pattern: dict[str, Any], path: str, faults: list[Fault], *, name: str = "") -> Iterator[Filter]:
    for member, value in pattern.items():
        full, where = f"{name}{member}", f"{path}.{member}"
        if isinstance(value, dict):
            yield from _filters(value, where, faults, name=f"{full}.")
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for i, one in enumerate(value):
                if isinstance(one, dict):
                    yield from _filters(one, f"{where}[{i}]", faults, name=f"{full}.")
        else:
            yield from _equal(full, value, where, faults)


def _equal(name: str, value: Any, path: str, faults: list[Fault]) -> Iterator[Filter]:
    read = ATTRIBUTES.get(name)
    if read is None:
        faults.append(Fault(path, f"unknown attribute{suggestion(name, ATTRIBUTES)}"))
        return
    for one in value if isinstance(value, list) else [value]:
        try:
            yield Filter(name, operator.eq, (read(_text(one)),))
        except ValueError as error:
            faults.append(Fault(path, str(error)))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return msgspec.json.encode(value).decode()


def is_empty(patterns: Sequence[Pattern]) -> bool:
    """Tell whether every alarm would be meant."""
    return not patterns or not all(patterns)
