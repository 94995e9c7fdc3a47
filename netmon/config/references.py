"""What must hold between the items of an inventory (the table of specs/snmp.md 5.6)."""

import ipaddress
import re
from collections.abc import Mapping
from itertools import pairwise

from netmon.config.findings import Findings
from netmon.domain.instant import iso
from netmon.domain.inventory import Element, Group, Link, Member, Service, Site
from netmon.domain.managed_object import MOST, SINGLE, segments
from netmon.domain.place import Path
from netmon.sources.realm import DEFAULT, Realms, realm_of

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*\.?")
_NUMERIC = re.compile(r"[0-9.]+|.*:.*")


def check_references(findings: Findings, *, credentials: Mapping[str, str], realms: Realms) -> None:
    """Note every reference that leads nowhere, every cycle and every double claim."""
    _check_sites(findings)
    _check_elements(findings, credentials, realms)
    _check_addresses(findings)
    _check_engines(findings)
    _check_links(findings)
    _check_groups(findings)
    _check_services(findings)
    _check_overlaps(findings)


def _check_sites(findings: Findings) -> None:
    above: dict[str, list[str]] = {}
    paths: dict[str, Path] = {}
    site: Site
    for path, site in findings.of("sites"):
        where = (*path, "parent")
        if site.parent and findings.refer(where, "site", id_=site.parent, known=findings.ids("sites")):
            above[site.id], paths[site.id] = [site.parent], where
    for cycle in _cycles(above):
        findings.note(paths[cycle[0]], f"cycle: {' -> '.join(cycle)}")


def _check_elements(findings: Findings, credentials: Mapping[str, str], realms: Realms) -> None:
    element: Element
    for path, element in findings.of("elements"):
        named = (
            ("site", element.site, findings.ids("sites")),
            ("credential", element.credential, sorted(credentials)),
            ("realm", element.realm, sorted(realms)),
        )
        for key, id_, known in named:
            if id_:
                findings.refer((*path, key), key, id_=id_, known=known)
        if element.contexts and credentials.get(element.credential, "v3") != "v3":
            findings.note((*path, "contexts"), f'"{element.credential}" is no credential of version 3')
        realm = realm_of(realms, element.realm)
        if not realm.serves(element.addresses[0]):
            bound = ", ".join(realm.addresses)
            findings.note(
                (*path, "addresses", 0), f'realm "{element.realm}" is bound to {bound} only: no address of that family'
            )
        for position, prefix in enumerate(element.trap_sources):
            if not _is_prefix(prefix):
                findings.note(
                    (*path, "trap_sources", position), f"{prefix} is no address or prefix (write 192.0.2.0/28)"
                )


def _check_addresses(findings: Findings) -> None:
    owners: dict[tuple[str, str], tuple[str, int]] = {}
    element: Element
    for path, element in findings.of("elements"):
        for position, address in enumerate(element.addresses):
            where = (*path, "addresses", position)
            plain = _plain_address(address)
            if not plain:
                findings.note(where, f'"{address}" is no address and no host name')
                continue
            owner = owners.setdefault((element.realm, plain), (element.id, position))
            if owner[0] != element.id:
                realm = "" if element.realm == DEFAULT else f' in realm "{element.realm}"'
                findings.note(where, f'{address}{realm} is an address of both "{owner[0]}" and "{element.id}"')
            elif owner[1] != position:
                findings.note(where, f"{address} stands there already")


def _check_engines(findings: Findings) -> None:
    """Note cloned devices: they work, by the address that each sends from."""
    owners: dict[tuple[str, str], str] = {}
    element: Element
    for path, element in findings.of("elements"):
        if element.engine_id:
            first = owners.setdefault((element.realm, element.engine_id), element.id)
            if first != element.id:
                findings.warn((*path, "engine_id"), f'engine_id_shared: "{first}" has it, too')


def _plain_address(address: str) -> str:
    """Return one spelling for each address or name, nothing for what is neither."""
    try:
        plain = ipaddress.ip_address(address)
    except ValueError:
        is_name = _HOST.fullmatch(address) and not _NUMERIC.fullmatch(address)
        return address.lower().rstrip(".") if is_name else ""
    return str((plain.ipv4_mapped if isinstance(plain, ipaddress.IPv6Address) else None) or plain)


def _is_prefix(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _check_links(findings: Findings) -> None:
    below: dict[str, list[str]] = {}
    paths: dict[str, Path] = {}
    link: Link
    for path, link in findings.of("links"):
        known = [_check_object(findings, (*path, end), object_) for end, object_ in (("a", link.a), ("b", link.b))]
        if link.a == link.b:
            findings.note((*path, "b"), f'both ends are "{link.a}"')
        elif link.kind == "uplink" and all(known):
            upper, lower = segments(link.a)[0], segments(link.b)[0]
            if upper == lower:
                # A part and what it carries.
                upper, lower = link.a, link.b
            below.setdefault(upper, []).append(lower)
            paths.setdefault(upper, path)
    for cycle in _cycles(below):
        findings.note(paths[cycle[0]], f"uplink cycle: {' -> '.join(cycle)}")


def _check_groups(findings: Findings) -> None:
    group: Group
    for path, group in findings.of("groups"):
        if not 1 <= group.need <= len(group.members):
            findings.note((*path, "need"), f"{group.need} is not in 1..{len(group.members)}, the number of members")
        for position, member in enumerate(group.members):
            _check_named(findings, (*path, "members", position), name=member, kinds=("links",))


def _check_services(findings: Findings) -> None:
    service: Service
    for path, service in findings.of("services"):
        for position, member in enumerate(service.members):
            where = (*path, "members", position)
            _check_member(findings, where, member)
            if member.valid_from is not None and member.valid_to is not None and member.valid_to <= member.valid_from:
                findings.note((*where, "valid_to"), f"{iso(member.valid_to)} is not after valid_from")
        for position, name in enumerate(service.depends_on):
            _check_named(findings, (*path, "depends_on", position), name=name, kinds=("groups", "links"))


def _check_member(findings: Findings, path: Path, member: Member) -> None:
    if member.match is None and not member.object:
        findings.note(path, "says no port (write object, or match with element and ifAlias)")
    elif member.match is None:
        _check_object(findings, (*path, "object"), member.object)
    elif member.object:
        findings.note((*path, "match"), "stands beside object: a member has one of them")
    else:
        where = (*path, "match", "element")
        findings.refer(where, "element", id_=member.match.element, known=findings.ids("elements"))
        if not (member.match.alias or member.match.pattern):
            findings.note((*path, "match", "ifAlias"), "is empty, as of every port without a description")


def _check_named(findings: Findings, path: Path, *, name: str, kinds: tuple[str, ...]) -> None:
    """Check a name that may be an id of some kinds or a managed object."""
    if name in findings.ids(*kinds):
        return
    if "/" in name:
        _check_object(findings, path, name)
        return
    what = f"{', '.join(kind[:-1] for kind in kinds)} or element"
    findings.refer(path, what, id_=name, known=findings.ids(*kinds, "elements"))


def _check_object(findings: Findings, path: Path, object_: str) -> bool:
    """Check that a managed object lies in a known element; its parts may be learned later."""
    root, *parts = segments(object_)
    if len(object_) > MOST:
        findings.note(path, f"longer than {MOST} characters")
    if "/" in root or any(not part.partition(":")[2] and part not in SINGLE for part in parts):
        findings.note(path, f'"{object_}" is no managed object (write r1/if:xe-0/0/1)')
        return False
    return findings.refer(path, "element", id_=root, known=findings.ids("elements"))


def _check_overlaps(findings: Findings) -> None:
    spans: dict[str, list[tuple[float, float, str, Path]]] = {}
    service: Service
    for path, service in findings.of("services"):
        for position, member in enumerate(service.members):
            begin, end = _span(member)
            key = "match" if member.match is not None else "object"
            spans.setdefault(_called(member), []).append((begin, end, service.id, (*path, "members", position, key)))
    for object_, claims in spans.items():
        if not object_:
            continue
        claims.sort(key=lambda claim: claim[0])
        for (_, end, first, _), (begin, _, second, where) in pairwise(claims):
            if begin < end:
                both = (
                    f'twice in service "{first}"' if first == second else f'in both services "{first}" and "{second}"'
                )
                findings.note(where, f'"{object_}" is {both} at one time (what is shared stands in depends_on)')


def _called(member: Member) -> str:
    match = member.match
    return f"{match.element} ifAlias {match.pattern or match.alias}" if match is not None else member.object


def _span(member: Member) -> tuple[float, float]:
    begin = float("-inf") if member.valid_from is None else member.valid_from
    return begin, float("inf") if member.valid_to is None else member.valid_to


def _cycles(graph: Mapping[str, list[str]]) -> list[list[str]]:
    """Return a cycle for each way back found, as the nodes along it with the first one again at the end."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in graph:
        trail = {start: iter(graph[start])} if start not in done else {}
        while trail:
            node = next(reversed(trail))
            successor = next(trail[node], None)
            if successor is None:
                done.add(node)
                del trail[node]
            elif successor in trail:
                nodes = list(trail)
                found.append([*nodes[nodes.index(successor) :], successor])
            elif successor not in done:
                trail[successor] = iter(graph.get(successor, ()))
    return found
