"""Usage rules: what is metered for which feed, and by what contract (specs/usage.md section 10)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote

import msgspec

from netmon.domain.decode import Invalid, decode
from netmon.domain.duration import Duration
from netmon.domain.inventory import Inventory, Member, Service
from netmon.domain.managed_object import kind_and_name, segments
from netmon.domain.place import Document, Path, Problem, path_text, suggestion
from netmon.domain.usage import Assignment, Followed, UsageSettings, series_name

T = TypeVar("T")
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$", description="its id")]

_LONGEST_POLL_MS = 300_000
_WILD = frozenset("*?[")


class MeteringRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is metered for a feed, and how."""

    id: Id
    feed: Annotated[str, msgspec.Meta(description="a feed of config.yaml")]
    services: tuple[str, ...] = ()
    """Services of the inventory, ids or patterns."""
    objects: tuple[str, ...] = ()
    """Interfaces, metered without a service: paths or patterns."""
    contract: str = ""
    """Id of a contract."""
    basis: Literal["ifName", "ifAlias"] = "ifName"
    """What a port is followed by."""
    poll: Duration | None = None
    """Default: ``usage.poll``; must divide 300 s."""
    speed_override_bps: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Where the element tells a wrong speed."""


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calendar and the method by which usage is billed; what it costs is no business of netmon."""

    id: Id
    zone: str = "UTC"
    """IANA time zone of the billing day."""
    billing_day: Annotated[int, msgspec.Meta(ge=1, le=31)] = 1
    """First day of a period; in a shorter month its last day."""
    period: Literal["month", "week", "day"] = "month"
    """What one bill covers."""
    method: Literal["volume", "percentile", "peak", "average"] = "volume"
    """What is billed."""
    pct: Annotated[int, msgspec.Meta(ge=1, le=100)] = 95
    """Of the method percentile."""
    direction: Literal["max", "sum", "max_slot"] = "max"
    """How both directions become one number."""
    missing: Literal["exclude", "zero"] = "exclude"
    """What a slot without a value counts as."""
    admit_estimated: bool = False
    """Estimated slots count too."""
    committed_bps: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """What was agreed; told, never enforced."""


class Metering(msgspec.Struct, frozen=True):
    """All usage rules, compiled; with problems it is not to be used."""

    assignments: tuple[Assignment, ...]
    """Of ports that are named."""
    followed: tuple[Followed, ...]
    """What polls must show first."""
    contracts: tuple[Contract, ...]
    problems: tuple[Problem, ...]


class InventoryPlaces(msgspec.Struct, frozen=True):
    """An inventory and where it stands."""

    inventory: Inventory
    document: Document
    path: Path = ()


def compile_metering(
    documents: Iterable[Document], where: InventoryPlaces, *, settings: UsageSettings, zones: Collection[str]
) -> Metering:
    """Compile the usage rules of all files.

    Args:
        documents: files with ``metering`` or ``contracts``.
        where: the inventory, which alone says what serves whom.
        settings: feeds and the default poll interval.
        zones: names of all time zones.
    """
    compiler = _Compiler(where, settings)
    for document in documents:
        compiler.read(document)
    compiler.check_contracts(zones)
    for source in compiler.rules:
        compiler.assign(source)
    compiler.check_overlaps()
    return Metering(
        tuple(claim.assignment for claim in compiler.claims if claim.followed is None),
        tuple(claim.followed for claim in compiler.claims if claim.followed is not None),
        tuple(source.item for source in compiler.contracts),
        tuple(sorted(compiler.problems)),
    )


class _Source(msgspec.Struct, frozen=True):
    """A rule or a contract and where it stands."""

    item: Any
    document: Document
    path: Path


class _Claim(msgspec.Struct, frozen=True):
    """An assignment and the line that asks for it."""

    assignment: Assignment
    source: _Source
    path: Path
    followed: Followed | None = None
    called: str = ""
    """What is metered; equal texts may not be metered twice at one time."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole file; every list is read item by item."""

    version: Literal[1]
    metering: tuple[Any, ...] = ()
    contracts: tuple[Any, ...] = ()


class _Compiler:
    """Gathers rules, contracts, claims and all that is wrong with them."""

    def __init__(self, where: InventoryPlaces, settings: UsageSettings) -> None:
        self._where = where
        self._settings = settings
        self.rules: list[_Source] = []
        self.contracts: list[_Source] = []
        self.claims: list[_Claim] = []
        self.problems: list[Problem] = []
        self._stand_ins = {"id": "", "feed": next(iter(settings.feeds), ""), "version": 1}

    def read(self, document: Document) -> None:
        """Read one file; what is broken in it is noted and left out."""
        for whole in self._decoded(_File, document, ()):
            for position in range(len(whole.metering)):
                self._gather(self.rules, MeteringRule, document, ("metering", position))
            for position in range(len(whole.contracts)):
                self._gather(self.contracts, Contract, document, ("contracts", position))

    def check_contracts(self, zones: Collection[str]) -> None:
        """Check what a contract names."""
        for source in self.contracts:
            self._known(source, "zone", source.item.zone, zones)

    def assign(self, source: _Source) -> None:
        """Make the assignments of one rule."""
        rule: MeteringRule = source.item
        self._known(source, "feed", rule.feed, self._settings.feeds)
        if rule.contract:
            self._known(source, "contract", rule.contract, [contract.item.id for contract in self.contracts])
        if rule.poll is not None and (not rule.poll.ms or _LONGEST_POLL_MS % rule.poll.ms):
            self._note(source, ("poll",), f"{rule.poll} does not divide 300 s")
        if not rule.services and not rule.objects:
            self._note(source, (), "meters nothing (name services or objects)")
        for position, name in enumerate(rule.services):
            self._assign_services(source, ("services", position), name)
        for position, object_ in enumerate(rule.objects):
            for path in self._spelled(source, ("objects", position), object_):
                self._claim(source, ("objects", position), Member(path))

    def check_overlaps(self) -> None:
        """Check that a series has one assignment per feed at any time, and is polled in one way for all feeds."""
        by_series: dict[str, list[_Claim]] = {}
        for claim in self.claims:
            by_series.setdefault(claim.called, []).append(claim)
        for series, claims in by_series.items():
            for one, other in pairwise(sorted(claims, key=_order)):
                self._check_pair(series, one, other)

    def _check_pair(self, series: str, one: _Claim, other: _Claim) -> None:
        a, b = one.assignment, other.assignment
        ids = f'"{other.source.item.id}" and "{one.source.item.id}"'
        if a.feed == b.feed and (a.valid_to is None or (b.valid_from or 0) < a.valid_to):
            self._note(other.source, other.path, f'{ids} both meter {series} for feed "{a.feed}" at one time')
        elif (a.poll_ms, a.speed_override_bps) != (b.poll_ms, b.speed_override_bps):
            self._note(other.source, other.path, f"{ids} meter {series} with different poll or speed_override_bps")

    def _assign_services(self, source: _Source, path: Path, name: str) -> None:
        services = self._where.inventory.services
        if not _WILD.intersection(name):
            if name not in services:
                self._note(source, path, f'unknown service "{name}"{suggestion(name, services)}')
                return
            found: Sequence[Service] = [services[name]]
        else:
            found = [service for id_, service in services.items() if fnmatchcase(id_, name)]
        if not found:
            self._note(source, path, f'no service matches "{name}"')
        for service in found:
            for position, member in enumerate(service.members):
                if self._is_complete(source, service, position):
                    self._claim(source, path, member, service, position)

    def _is_complete(self, source: _Source, service: Service, position: int) -> bool:
        """Check that a metered member says which way it faces and since when."""
        member = service.members[position]
        lacking = [key for key in ("facing", "valid_from") if not getattr(member, key)]
        path = self._service_path(service)
        for key in lacking:
            where = (*path, "members", position, key)
            text = f'{path_text(where)}: missing (metered by "{source.item.id}")'
            self.problems.append(Problem(self._where.document.place(where), text))
        return not lacking

    def _service_path(self, service: Service) -> Path:
        """Return where a service stands in the inventory file."""
        data = self._where.document.data
        for part in (*self._where.path, "services"):
            data = data.get(part) if isinstance(data, dict) else None
        ids = [item.get("id") if isinstance(item, dict) else None for item in data] if isinstance(data, list) else []
        position = ids.index(service.id) if service.id in ids else 0
        return (*self._where.path, "services", position)

    def _spelled(self, source: _Source, path: Path, object_: str) -> list[str]:
        """Return a path, or a pattern for each element that it fits."""
        head, slash, rest = object_.partition("/")
        if not _WILD.intersection(head):
            return [object_]
        found = [id_ for id_ in self._where.inventory.elements if fnmatchcase(id_, head)]
        if not found:
            self._note(source, path, f'no element matches "{head}"')
        return [f"{id_}{slash}{rest}" for id_ in found]

    def _claim(
        self, source: _Source, path: Path, member: Member, service: Service | None = None, position: int = -1
    ) -> None:
        rule: MeteringRule = source.item
        match = member.match
        if match is not None:
            element, called = match.element, f"the port of {match.element} that is {match.alias or match.pattern}"
            template = self._assignment(rule, element, member, service)
            series = series_name(element, rule.basis, match.alias) if rule.basis == "ifAlias" and match.alias else ""
            template = msgspec.structs.replace(template, series=series)
            followed = Followed(template, position, alias=match.alias)
            self.claims.append(_Claim(template, source, path, followed, series or called))
            return
        kind, name = kind_and_name(member.object)
        element = segments(member.object)[0]
        problem = self._why_not(member.object, element, kind)
        if problem:
            self._note(source, path, problem)
            return
        template = self._assignment(rule, element, member, service)
        if rule.basis == "ifAlias" or _WILD.intersection(member.object):
            followed = Followed(template, objects=member.object)
            self.claims.append(_Claim(template, source, path, followed, member.object))
            return
        series, name = series_name(element, rule.basis, unquote(name)), unquote(name)
        assignment = msgspec.structs.replace(template, series=series, object=member.object, name=name)
        self.claims.append(_Claim(assignment, source, path, called=series))

    def _assignment(self, rule: MeteringRule, element: str, member: Member, service: Service | None) -> Assignment:
        """Return all of an assignment but the port."""
        return Assignment(
            series="",
            element=element,
            object=element,
            name="",
            basis=rule.basis,
            feed=rule.feed,
            rule=rule.id,
            contract=rule.contract,
            service=service.id if service else "",
            party=service.party_ref if service else "",
            facing=member.facing,
            poll_ms=rule.poll.ms if rule.poll else self._settings.poll_ms,
            speed_override_bps=rule.speed_override_bps,
            valid_from=member.valid_from,
            valid_to=member.valid_to,
        )

    def _why_not(self, object_: str, element: str, kind: str) -> str:
        elements = self._where.inventory.elements
        if element not in elements:
            return f'unknown element "{element}"{suggestion(element, elements)}'
        return "" if kind == "if" else f'"{object_}" is no interface (write r1/if:xe-0/0/1)'

    def _gather(self, into: list[_Source], type_: type[Any], document: Document, path: Path) -> None:
        for item in self._decoded(type_, document, path):
            for other in into:
                if item.id and other.item.id == item.id:
                    place = other.document.place((*other.path, "id"))
                    text = f'{path_text((*path, "id"))}: "{item.id}" stands at {place} already'
                    self.problems.append(Problem(document.place((*path, "id")), text))
            into.append(_Source(item, document, path))

    def _decoded(self, type_: type[T], document: Document, path: Path) -> Iterator[T]:
        try:
            yield decode(type_, document, path, stand_ins=self._stand_ins)
        except Invalid as invalid:
            self.problems.extend(invalid.problems)
            if invalid.partial is not None:
                # What it names is checked in the same pass.
                yield invalid.partial

    def _known(self, source: _Source, what: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        if name not in known:
            self._note(source, (what,), f'unknown {what} "{name}"{suggestion(name, known)}')

    def _note(self, source: _Source, path: Path, message: str) -> None:
        whole = (*source.path, *path)
        self.problems.append(Problem(source.document.place(whole), f"{path_text(whole)}: {message}"))


def _order(claim: _Claim) -> tuple[str, int]:
    return claim.assignment.feed, claim.assignment.valid_from or 0
