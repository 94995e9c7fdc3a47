"""What the body of a TMF642 task must hold; all that is wrong with it is told in one answer."""

from collections.abc import Sequence
from typing import Any

from netmon.web.attributes import instant
from netmon.web.error import Fault, Refusal
from netmon.web.tmf_pattern import Pattern, read_patterns

_LONGEST_NAME = 64


def missing(**named: Any) -> list[Fault]:
    """Return a fault for each member that is not told; names as in Python."""
    return [Fault(camel(name), "is missing") for name, value in named.items() if value is None or value == ""]


def wrong_names(**named: Any) -> list[Fault]:
    """Return a fault for each member that is told and is no name."""
    return [
        Fault(camel(name), f"is not a text of at most {_LONGEST_NAME} characters")
        for name, value in named.items()
        if value is not None and not (isinstance(value, str) and len(value) <= _LONGEST_NAME)
    ]


def wrong_times(**named: Any) -> list[Fault]:
    """Return a fault for each member that is told and is no time."""
    faults = []
    for name, told in named.items():
        try:
            instant(str(told) if told is not None else "1970-01-01T00:00:00Z")
        except ValueError as error:
            faults.append(Fault(camel(name), str(error)))
    return faults


def camel(name: str) -> str:
    """Return the name of a member as TMF642 spells it."""
    first, *rest = name.split("_")
    return "".join((first, *(part.capitalize() for part in rest)))


def patterns_of(given: Any, faults: list[Fault]) -> list[Pattern]:
    """Return what ``alarmPattern`` holds, nothing when it is not told; faults are added."""
    return read_patterns(given, faults) if given is not None else []


def refuse(faults: Sequence[Fault]) -> None:
    """Refuse a task with all that is wrong with it, if anything is.

    Raises:
        Refusal: 400.
    """
    if not faults:
        return
    texts = [fault.message for fault in faults]
    unknown = any(text.startswith("unknown attribute") for text in texts)
    code = "missingAttribute" if "is missing" in texts else "unknownAttribute" if unknown else "badValue"
    raise Refusal(400, code, message="the task cannot be done", errors=list(faults))
