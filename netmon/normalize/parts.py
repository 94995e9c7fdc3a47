"""Physical parts of an element, what contains them, and which of them are interfaces (ENTITY-MIB, RFC 6933)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from netmon.domain.found import Part
from netmon.normalize.ports import interfaces
from netmon.normalize.tables import Rows, text

ALIAS = "entAliasMappingIdentifier"
_INSIDE = "entPhysicalContainedIn"

PathOf = Callable[[str, str], str]
"""Managed object of (kind, index), empty where the name is not known."""


def parts_of(physical: Rows, path: PathOf) -> list[Part]:
    """Return the parts of entPhysicalTable that have a name; ``path``: what parts are called."""
    parts = (
        Part(
            object=path("entity", index),
            index=index,
            inside=_inside(row.get(_INSIDE), physical, path),
            description=text(row.get("entPhysicalDescr")),
            serial=text(row.get("entPhysicalSerialNum")),
            model=text(row.get("entPhysicalModelName")),
            software=text(row.get("entPhysicalSoftwareRev")),
        )
        for index, row in physical.items()
    )
    return [part for part in parts if part.object]


def with_ports(parts: Iterable[Part], aliases: Mapping[str, str], path: PathOf) -> tuple[Part, ...]:
    """Return parts by path, each with the interface that it is; ``aliases``: entPhysicalIndex to ifIndex."""
    ported = (
        msgspec.structs.replace(part, port=path("if", aliases[part.index]) if part.index in aliases else "")
        for part in parts
    )
    return tuple(sorted(ported, key=lambda part: part.object))


def aliases_of(rows: Rows) -> dict[str, str]:
    """Return entPhysicalIndex to ifIndex, of rows of entAliasMappingTable."""
    return interfaces({index: row.get(ALIAS) for index, row in rows.items()})


def _inside(value: Any, physical: Rows, path: PathOf) -> str:
    """Return what contains a part; one that names itself, or none that is there, is contained in nothing."""
    return path("entity", str(value)) if isinstance(value, int) and str(value) in physical else ""
