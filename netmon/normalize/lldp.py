"""What an element says of itself and of its neighbors by LLDP (LLDP-MIB, IEEE 802.1AB)."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from netmon.normalize.addresses import address_of
from netmon.normalize.tables import Row, Rows, numbers, text

CHASSIS, CHASSIS_SUBTYPE, SYS_NAME = "lldpLocChassisId", "lldpLocChassisIdSubtype", "lldpLocSysName"
PORT, NEIGHBOR, MANAGED_AT = "lldpLocPortId", "lldpRemPortId", "lldpRemManAddrIfSubtype"

MAC_CHASSIS, MAC_PORT, NAME_PORT, ALIAS_PORT = 4, 3, 5, 1
_ADDRESS_CHASSIS = 5

Id = tuple[int, bytes]
"""(subtype, octets) of a chassis or port."""


class Port(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A port as LLDP tells of it."""

    id: Id
    description: str = ""


class Neighbor(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who was heard at a port."""

    number: int
    """lldpLocPortNum of the port."""
    chassis: Id
    port: Port
    name: str = ""
    addresses: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True, array_like=True):
    """Everything one element tells by LLDP."""

    chassis: Id = (0, b"")
    name: str = ""
    ports: dict[int, Port] = {}
    """By lldpLocPortNum."""
    neighbors: tuple[Neighbor, ...] = ()


def itself(told: Told, row: Row) -> Told:
    """Return what is told with the scalars of a run taken in."""
    id_ = (row.get(CHASSIS_SUBTYPE, 0), row.get(CHASSIS, b""))
    known = msgspec.structs.replace(told, name=text(row.get(SYS_NAME)) or told.name)
    return msgspec.structs.replace(known, chassis=id_) if _is_id(id_) else known


def ports_of(rows: Rows) -> dict[int, Port]:
    """Return the ports of lldpLocPortTable."""
    found = {}
    for index, row in rows.items():
        id_ = (row.get("lldpLocPortIdSubtype", 0), row.get(PORT, b""))
        if index.isdecimal() and _is_id(id_):
            found[int(index)] = Port(id_, text(row.get("lldpLocPortDesc")))
    return found


def neighbors_of(rows: Rows, managed: Mapping[tuple[int, int], tuple[str, ...]]) -> tuple[Neighbor, ...]:
    """Return the neighbors of lldpRemTable; ``managed``: their addresses by (port number, lldpRemIndex)."""
    found = []
    for index, row in rows.items():
        chassis = (row.get("lldpRemChassisIdSubtype", 0), row.get("lldpRemChassisId", b""))
        port = (row.get("lldpRemPortIdSubtype", 0), row.get(NEIGHBOR, b""))
        if index.count(".") == 2 and _is_id(chassis):
            _, number, place = numbers(index)
            addresses = (*_of_chassis(chassis), *managed.get((number, place), ()))
            far = Port(port if _is_id(port) else (0, b""), text(row.get("lldpRemPortDesc")))
            found.append(Neighbor(number, chassis, far, text(row.get("lldpRemSysName")), addresses))
    return tuple(sorted(found, key=msgspec.structs.astuple))


def managed_at(rows: Rows) -> dict[tuple[int, int], tuple[str, ...]]:
    """Return the addresses in the indexes of lldpRemManAddrTable, by (port number, lldpRemIndex)."""
    found: dict[tuple[int, int], list[str]] = {}
    for index in rows:
        _, number, place, family, *rest = numbers(index) if index.count(".") > 4 else (0, 0, 0, 0)
        # The length should stand before the address; some agents leave it out.
        octets = rest[1:] if rest and rest[0] == len(rest) - 1 else rest
        address = address_of(family, octets)
        if address is not None:
            found.setdefault((number, place), []).append(str(address))
    return {key: tuple(sorted(addresses)) for key, addresses in found.items()}


def shown(id_: Id) -> str:
    """Return an id as people read it."""
    subtype, octets = id_
    if len(octets) == 6 and (subtype in (MAC_PORT, MAC_CHASSIS) or not octets.isascii()):
        return octets.hex(":")
    return text(octets) or octets.hex()


def _of_chassis(chassis: Id) -> Iterator[str]:
    """Yield the address that an id of a chassis is: the family, then the address."""
    subtype, octets = chassis
    if subtype == _ADDRESS_CHASSIS and len(octets) in (5, 17):
        yield str(ipaddress.ip_address(octets[1:]))


def _is_id(id_: Any) -> bool:
    subtype, octets = id_
    return isinstance(subtype, int) and isinstance(octets, bytes) and bool(octets)
