"""``inventory.yaml``: what the network consists of and what serves whom, read with the checks of specs/snmp.md 5.6."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from netmon.config.findings import Findings
from netmon.config.references import check_references
from netmon.domain.decode import Invalid, decode
from netmon.domain.duration import Duration
from netmon.domain.instant import Instant
from netmon.domain.inventory import Element, Group, Inventory, Link, Match, Member, Service, Site
from netmon.domain.place import Document, Path, Problem
from netmon.rulebook.pattern import check_pattern
from netmon.sources.realm import DEFAULT, RealmConfig, Realms

T = TypeVar("T")

Id = Annotated[str, msgspec.Meta(min_length=1, description="its id")]


class InventoryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; every list is read item by item."""

    version: Literal[1] = 1
    sites: tuple[Any, ...] = ()
    elements: tuple[Any, ...] = ()
    links: tuple[Any, ...] = ()
    groups: tuple[Any, ...] = ()
    services: tuple[Any, ...] = ()


class SiteConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place."""

    id: Id
    name: str = ""
    """For people."""
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    """Degrees north."""
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    """Degrees east."""
    parent: str = ""
    """Site it lies in."""

    def value(self) -> Site:
        """Return it as the core knows it."""
        return Site(id=self.id, name=self.name, lat=self.lat, lon=self.lon, parent=self.parent)


class ElementConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A managed network element."""

    id: Id
    addresses: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, description="addresses, the first is polled")]
    name: str = ""
    """For people; default: sysName, the id until it is known."""
    site: str = ""
    """Where it is."""
    credential: str = ""
    """Asks by this one; without it the element is not polled."""
    realm: str = DEFAULT
    """Address space its addresses belong to, a key of ``realms``."""
    role: str = ""
    """A word for rules: ``element.role``."""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 161
    """UDP port of its agent."""
    profiles: Literal["auto"] | tuple[str, ...] = "auto"
    """Metric profiles; ``auto``: those whose ``match`` fits."""
    every: Duration | None = None
    """Default: ``polling.default_every``."""
    timeout: Duration | None = None
    """Default: ``polling.timeout``."""
    retries: Annotated[int, msgspec.Meta(ge=0, le=10)] | None = None
    """Default: ``polling.retries``."""
    max_response: Annotated[int, msgspec.Meta(ge=484, le=65_507)] | None = None
    """Default: ``polling.max_response``."""
    per_element_in_flight: Annotated[int, msgspec.Meta(ge=1, le=4)] | None = None
    """Default: ``polling.per_element_in_flight``."""
    contexts: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=32)], ...] = ()
    """Further contexts (SNMPv3 contextName) that it is read in, beside that of its credential."""
    reply_from: Literal["asked", "known"] = "asked"
    """``known``: any of its addresses may answer, as of routers that answer from another interface."""
    ping: bool = True
    """Whether it is pinged; false where ICMP is filtered."""
    trap_sources: tuple[str, ...] = ()
    """Further addresses its traps come from."""
    engine_id: Annotated[str, msgspec.Meta(pattern=r"^(0x)?([0-9a-fA-F]{2}){5,32}$")] = ""
    """Of its agent in version 3, in hex; default: found out."""
    tags: dict[str, str] = {}
    """Words for rules: ``tag.NAME``."""
    counters_survive_agent_restart: bool = False
    """Its interface counters go on when only the agent restarts."""

    def value(self) -> Element:
        """Return it as the core knows it."""
        return Element(
            id=self.id,
            addresses=self.addresses,
            name=self.name,
            site=self.site,
            credential=self.credential,
            realm=self.realm,
            role=self.role,
            port=self.port,
            profiles=() if self.profiles == "auto" else self.profiles,
            every_ms=self.every.ms if self.every else 0,
            timeout_ms=self.timeout.ms if self.timeout else 0,
            retries=-1 if self.retries is None else self.retries,
            max_response=self.max_response or 0,
            per_element_in_flight=self.per_element_in_flight or 0,
            contexts=self.contexts,
            reply_from=self.reply_from,
            ping=self.ping,
            trap_sources=self.trap_sources,
            engine_id=self.engine_id.removeprefix("0x").lower(),
            tags=self.tags,
            counters_survive_agent_restart=self.counters_survive_agent_restart,
        )


class LinkConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A link between two managed objects."""

    id: Id
    a: Annotated[str, msgspec.Meta(description="a managed object, r1/if:xe-0/0/1")]
    b: Annotated[str, msgspec.Meta(description="a managed object, r1/if:xe-0/0/1")]
    kind: Literal["uplink", "peer"] = "peer"
    """``uplink``: b depends on a."""

    def value(self) -> Link:
        """Return it as the core knows it."""
        return Link(id=self.id, a=self.a, b=self.b, kind=self.kind)


class GroupConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Redundancy."""

    id: Id
    members: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, description="links or managed objects")]
    need: int = 1
    """Fewer working members are a loss."""

    def value(self) -> Group:
        """Return it as the core knows it."""
        return Group(id=self.id, members=self.members, need=self.need)


class AliasPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Descriptions by a regular expression."""

    re: Annotated[str, msgspec.Meta(min_length=1, extra={"check": check_pattern})]
    """Matches the whole description."""


class MatchConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"alias": "ifAlias"}):
    """The one port of an element that has a description."""

    element: Annotated[str, msgspec.Meta(min_length=1, description="an element")]
    alias: Annotated[str | AliasPattern, msgspec.Meta(description="what operators wrote on the port")]
    """What operators wrote on the port."""


class MemberConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A managed object that carries a service: by its name, or by its description."""

    object: str = ""
    """A managed object, r1/if:xe-0/0/1."""
    match: MatchConfig | None = None
    """A port that is followed by its description."""
    facing: Literal["", "customer", "network"] = ""
    """Where the port looks to; required where metered."""
    valid_from: Instant | None = None
    """From when on it carries the service; required where metered."""
    valid_to: Instant | None = None
    """Until when, excluded."""

    def value(self) -> Member:
        """Return it as the core knows it."""
        begin, end, match = self.valid_from, self.valid_to, None
        if self.match is not None:
            alias = self.match.alias
            words, pattern = ("", alias.re) if isinstance(alias, AliasPattern) else (alias, "")
            match = Match(self.match.element, words, pattern)
        return Member(
            object=self.object,
            facing=self.facing,
            valid_from=begin.ms if begin else None,
            valid_to=end.ms if end else None,
            match=match,
        )


class ServiceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer has."""

    id: Id
    name: str = ""
    """For people."""
    party_ref: str = ""
    """The customer, opaque to netmon."""
    members: tuple[MemberConfig, ...] = ()
    depends_on: tuple[str, ...] = ()
    """Groups and links it needs."""

    def value(self) -> Service:
        """Return it as the core knows it."""
        members = tuple(member.value() for member in self.members)
        return Service(
            id=self.id, name=self.name, party_ref=self.party_ref, members=members, depends_on=self.depends_on
        )


def read_inventory(
    document: Document, path: Path = (), *, credentials: Mapping[str, str], realms: Realms | None = None
) -> tuple[Inventory, list[Problem]]:
    """Return the inventory at ``path`` of a document and all that is wrong with it; ``credentials``: id to version.

    With problems it holds what could be read; do not use it then for anything but further checks.
    """
    problems: list[Problem] = []
    findings = Findings(document, problems)
    for whole in _decoded(InventoryConfig, document, path, problems):
        for kind, type_ in _KINDS.items():
            for position in range(len(getattr(whole, kind))):
                place, known = (*path, kind, position), len(problems)
                for item in _decoded(type_, document, place, problems):
                    findings.add(kind, place, item.value(), broken=len(problems) > known)
    check_references(findings, credentials=credentials, realms={DEFAULT: RealmConfig(), **(realms or {})})
    return findings.inventory(), sorted(problems)


_KINDS: dict[str, Any] = {
    "sites": SiteConfig,
    "elements": ElementConfig,
    "links": LinkConfig,
    "groups": GroupConfig,
    "services": ServiceConfig,
}


def _decoded(type_: type[T], document: Document, path: Path, problems: list[Problem]) -> list[T]:
    """Return the one value, or none when nothing can be made of what stands there."""
    try:
        return [decode(type_, document, path)]
    except Invalid as invalid:
        problems.extend(invalid.problems)
        return [] if invalid.partial is None else [invalid.partial]
