"""What the network consists of and what serves whom (specs/snmp.md 5.6)."""

from typing import Protocol

import msgspec


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place."""

    id: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None
    parent: str = ""


class Element(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A managed network element; the first address is polled."""

    id: str
    addresses: tuple[str, ...]
    name: str = ""
    site: str = ""
    credential: str = ""
    realm: str = "default"
    role: str = ""
    port: int = 161
    profiles: tuple[str, ...] = ()
    """Empty: chosen automatically."""
    every_ms: int = 0
    timeout_ms: int = 0
    retries: int = -1
    max_response: int = 0
    per_element_in_flight: int = 0
    """0 and, of retries, -1: the defaults of ``polling``."""
    contexts: tuple[str, ...] = ()
    """Further contexts of version 3 that it is read in, beside that of its credential."""
    reply_from: str = "asked"
    """asked: answers come from the address that was asked; known: from any of its addresses."""
    ping: bool = True
    trap_sources: tuple[str, ...] = ()
    engine_id: str = ""
    tags: dict[str, str] = {}
    counters_survive_agent_restart: bool = False


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A link between two managed objects; ``uplink``: b depends on a."""

    id: str
    a: str
    b: str
    kind: str = "peer"


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Redundancy: fewer than ``need`` working members are a loss."""

    id: str
    members: tuple[str, ...]
    need: int = 1


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The port of an element whose description (ifAlias) is ``alias``, or as a whole what ``pattern`` matches."""

    element: str
    alias: str = ""
    pattern: str = ""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A managed object that carries a service from ``valid_from`` to ``valid_to`` (exclusive, UTC ms)."""

    object: str
    """Of a member with ``match`` what polls show; empty: not known."""
    facing: str = ""
    """customer or network; required where metered."""
    valid_from: int | None = None
    valid_to: int | None = None
    match: Match | None = None


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer has; ``party_ref`` is opaque."""

    id: str
    name: str = ""
    party_ref: str = ""
    members: tuple[Member, ...] = ()
    depends_on: tuple[str, ...] = ()


class Inventory(msgspec.Struct, frozen=True):
    """All of it, by id."""

    sites: dict[str, Site] = {}
    elements: dict[str, Element] = {}
    links: dict[str, Link] = {}
    groups: dict[str, Group] = {}
    services: dict[str, Service] = {}


class ObjectNames(Protocol):
    """Stable names of parts, learned from polls; handed to ``correlate`` by ``step.py``."""

    def name(self, element: str, kind: str, index: str) -> str | None:
        """Return the stable name of index ``index`` of ``kind`` (``if``: ifIndex), None while it is not known."""
        ...

    def kind(self, element: str, kind: str, index: str) -> str:
        """Return the kind that a part of ``kind`` really is: an ``entity`` may be a ``psu``."""
        ...
