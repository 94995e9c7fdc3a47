"""Which addresses are one element, and what to call it (specs/snmp.md 5.5)."""

import ipaddress
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final
from zlib import crc32

import msgspec

from netmon.sources.discover.asking import Agent

_ODD: Final = re.compile(r"[^a-z0-9._-]+")
_LONGEST: Final = 63

Key = tuple[str, ...]


class Proposed(msgspec.Struct, frozen=True):
    """An element as it may stand in the inventory."""

    id: str
    addresses: tuple[str, ...]
    credential: str
    site: str = ""
    """Id of a proposed site."""
    name: str = ""
    description: str = ""
    sys_object_id: str = ""


class Proposal(msgspec.Struct, frozen=True):
    """Elements, and the sites that they say they are at: id to name."""

    elements: tuple[Proposed, ...]
    sites: dict[str, str] = {}


def propose(agents: Iterable[Agent], *, taken: Collection[str] = (), owned: Collection[str] = ()) -> Proposal:
    """Return the elements that agents are, in order of their first address.

    Args:
        agents: what answered.
        taken: ids that the inventory has.
        owned: addresses that the inventory has, in their plain form.
    """
    groups: dict[Key, list[Agent]] = {}
    for agent in sorted(agents, key=_order):
        groups.setdefault(_key(agent), []).append(agent)
    claimed = Counter(address for group in groups.values() for address in _claimed(group))
    names, sites = _Names(taken), _Names(())
    elements = tuple(_element(group, names, sites, claimed, owned) for group in groups.values())
    return Proposal(elements, sites.given)


def _key(agent: Agent) -> Key:
    """Return what tells one element from another: the engine; else name, kind and serial; else the address."""
    if agent.engine_id:
        return "engine", agent.engine_id
    if agent.sys_name:
        return "system", agent.sys_name, agent.sys_object_id, agent.serial
    return "address", agent.address


def _claimed(group: list[Agent]) -> set[str]:
    return {address for agent in group for address in (agent.address, *agent.addresses)}


def _element(
    group: list[Agent], names: "_Names", sites: "_Names", claimed: Counter[str], owned: Collection[str]
) -> Proposed:
    """Make an element of what answered as one; an address that others claim too is nobody's."""
    first = group[0]
    answered = [agent.address for agent in group]
    said = [address for agent in group for address in agent.addresses]
    further = [address for address in said if claimed[address] == 1 and address not in owned]
    name = first.sys_name if _is_name(first.sys_name) else f"element-{crc32(''.join(_key(first)).encode()):08x}"
    return Proposed(
        id=names.give(name, name),
        addresses=tuple(dict.fromkeys((*answered, *further))),
        credential=first.credential,
        site=sites.give_once(first.location) if first.location else "",
        name=first.sys_name,
        description=first.sys_descr.partition("\n")[0].strip(),
        sys_object_id=first.sys_object_id,
    )


class _Names:
    """Ids made of names."""

    def __init__(self, taken: Collection[str]) -> None:
        self.given: dict[str, str] = {}
        """Id to the name that it was made of."""
        self._taken = set(taken)
        self._by_name: dict[str, str] = {}

    def give(self, text: str, name: str) -> str:
        """Return a new id."""
        plain = _ODD.sub("-", text.lower()).strip("._-")[:_LONGEST] or f"x{crc32(text.encode()):08x}"
        id_, number = plain, 2
        while id_ in self._taken or id_ == "netmon":
            id_ = f"{plain[: _LONGEST - 5]}-{number}"
            number += 1
        self._taken.add(id_)
        self.given[id_] = name
        return id_

    def give_once(self, name: str) -> str:
        """Return the id of a name, the same one each time."""
        if name not in self._by_name:
            self._by_name[name] = self.give(name, name)
        return self._by_name[name]


def _is_name(text: str) -> bool:
    """Tell whether a sysName can be an id: an address never is one."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return bool(_ODD.sub("", text.lower()).strip("._-"))
    return False


def _order(agent: Agent) -> tuple[int, int]:
    address = ipaddress.ip_address(agent.address)
    return address.version, int(address)
