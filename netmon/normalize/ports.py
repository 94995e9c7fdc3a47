"""Which interface a part of an element belongs to: the port that contains it (ENTITY-MIB, RFC 6933 section 2.5)."""

from collections.abc import Mapping
from typing import Any

from netmon.domain.oid import is_below

_IF_INDEX = "1.3.6.1.2.1.2.2.1.1"
_DEEPEST = 32
"""A containment that is deeper goes in circles."""


def port_of(part: str, contained_in: Mapping[str, Any], interfaces: Mapping[str, str]) -> str:
    """Return the ifIndex of the nearest part around a part that an interface stands for; empty without one."""
    for _ in range(_DEEPEST):
        if part in interfaces:
            return interfaces[part]
        around = contained_in.get(part)
        if not around:
            return ""
        part = str(around)
    return ""


def interfaces(aliases: Mapping[str, Any]) -> dict[str, str]:
    """Return part to ifIndex; the index of an alias is the part's and that of a logical entity, 0 for all."""
    return {
        index.partition(".")[0]: value.rpartition(".")[2]
        for index, value in aliases.items()
        if isinstance(value, str) and is_below(value, _IF_INDEX)
    }
