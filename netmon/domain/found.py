"""What polls show of how the network is built: parts, layers, links, addresses (specs/snmp.md 5.4)."""

from typing import Literal

import msgspec

LinkStatus = Literal["confirmed", "claimed", "stale"]
"""Seen from both ends, from one, or no more."""


class Part(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A physical part of an element (ENTITY-MIB, RFC 6933)."""

    object: str
    index: str
    """entPhysicalIndex; it may change with a restart of the agent."""
    inside: str = ""
    """The part that contains it."""
    port: str = ""
    """The interface that it is (entAliasMappingTable)."""
    description: str = ""
    serial: str = ""
    model: str = ""
    software: str = ""


class Layer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An interface that lies on another one of the same element (ifStackTable, IEEE8023-LAG-MIB)."""

    upper: str
    lower: str
    bundle: bool = False
    """``upper`` is a bundle of links, and ``lower`` one of them: it works on without it."""


class StructureChange(msgspec.Struct, frozen=True):
    """Polls show that an element has other parts, or other bundles of links, than was known."""

    element: str
    cause_seq: int
    """Number of the observation that told of it."""


class FoundLink(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A link that neighbors tell of (LLDP-MIB); an end is an interface, or an element whose port is not known."""

    id: str
    a: str
    b: str
    status: LinkStatus = "claimed"
    since: int = 0
    """When the status became what it is."""


class Stranger(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A neighbor that the inventory does not have."""

    port: str
    """The interface at which it is."""
    name: str
    far_port: str = ""
    address: str = ""
