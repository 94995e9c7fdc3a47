"""Which interface a port is that LLDP tells of: by its name, description, address or number."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from netmon.normalize.lldp import ALIAS_PORT, MAC_PORT, NAME_PORT, Port
from netmon.normalize.tables import Rows, text


class Interface(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an interface is known by."""

    object: str
    name: str = ""
    description: str = ""
    alias: str = ""
    mac: bytes = b""


Interfaces = Mapping[str, Interface]
"""By ifIndex."""


def interfaces_of(rows: Rows, path: Callable[[str], str]) -> dict[str, Interface]:
    """Return the interfaces of ifTable and ifXTable; ``path``: ifIndex to managed object."""
    found = {}
    for index, row in rows.items():
        mac = row.get("ifPhysAddress", b"")
        found[index] = Interface(
            path(index),
            text(row.get("ifName")),
            text(row.get("ifDescr")),
            text(row.get("ifAlias")),
            mac if isinstance(mac, bytes) else b"",
        )
    return found


def interface_of(known: Interfaces, port: Port, number: int = 0) -> str:
    """Return the managed object of a port, empty where none, or more than one, may be meant.

    Args:
        known: the interfaces of its element.
        port: what LLDP tells of it.
        number: its lldpLocPortNum, where it is told by the element itself; agents mostly take ifIndex.
    """
    subtype, octets = port.id
    word = text(octets)
    tries: list[Callable[[Interface], bool]] = []
    if subtype == MAC_PORT:
        tries.append(lambda one: one.mac == octets)
    elif subtype == ALIAS_PORT:
        tries.append(lambda one: bool(word) and one.alias == word)
    elif subtype == NAME_PORT or word:
        tries += [lambda one: bool(word) and one.name == word, lambda one: bool(word) and one.description == word]
    if port.description:
        said = port.description
        tries += [lambda one: one.name == said, lambda one: one.description == said]
    for fits in tries:
        found = _only(one.object for one in known.values() if fits(one))
        if found:
            return found
    by_number = known.get(word if subtype not in (MAC_PORT, ALIAS_PORT, NAME_PORT) else "") or known.get(str(number))
    return by_number.object if by_number is not None else ""


def _only(objects: Iterable[str]) -> str:
    found = dict.fromkeys(objects)
    return next(iter(found)) if len(found) == 1 else ""
