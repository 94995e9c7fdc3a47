"""Links of an element, those of the inventory and those that neighbors tell of; and its parts as they were found."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from netmon.domain.element import LinkState, ObjectState
from netmon.domain.found import FoundLink, Layer, Part
from netmon.domain.inventory import Inventory, Link
from netmon.domain.managed_object import segments
from netmon.normalize.found import Found


class FoundOf(msgspec.Struct, frozen=True):
    """What was found of one element."""

    parts: tuple[Part, ...] = ()
    layers: tuple[Layer, ...] = ()
    addresses: tuple[str, ...] = ()
    links: tuple[LinkState, ...] = ()


def found_of(element: str, found: Found, inventory: Inventory) -> FoundOf:
    """Return what was found of an element, and its links."""
    parts, layers = found.of(element)
    ends = (f"{element}/", element)
    near = [link for link in found.links.values() if link.a.startswith(ends) or link.b.startswith(ends)]
    links = links_of(near, found.mismatches.by_link, inventory)
    mine = [link for link in links if element in (segments(link.a)[0], segments(link.b)[0])]
    strangers = (
        LinkState("", one.port, f"{one.name} {one.far_port}".strip(), "stranger")
        for one in found.neighborhood.strangers.get(element, ())
    )
    shown = (*(_from(element, link) for link in mine), *strangers)
    return FoundOf(parts, layers, found.addresses.get(element, ()), shown)


def links_of(found: Sequence[FoundLink], mismatches: Mapping[str, str], inventory: Inventory) -> Iterator[LinkState]:
    """Yield all links between elements: those of the inventory with what neighbors say, then those only found."""
    by_ends = {frozenset((link.a, link.b)): link for link in found}
    between = [link for link in inventory.links.values() if segments(link.a)[0] != segments(link.b)[0]]
    configured = {frozenset((link.a, link.b)) for link in between}
    for link in between:
        yield _configured(link, by_ends.get(frozenset((link.a, link.b))), mismatches.get(link.id, ""))
    for ends, one in by_ends.items():
        if ends not in configured:
            yield LinkState(one.id, one.a, one.b, one.status, since=one.since)


def with_parts(objects: Iterable[ObjectState], found: FoundOf) -> Iterator[ObjectState]:
    """Yield objects with what was found of them; parts that no poll of their values shows are there, too."""
    parts = {part.object: part for part in found.parts}
    over: dict[str, list[str]] = {}
    for layer in found.layers:
        over.setdefault(layer.upper, []).append(layer.lower)
    links = {link.a: link for link in found.links}
    for one in objects:
        part = parts.pop(one.object, None)
        yield _with(one, part, over.get(one.object, ()), links)
    for part in parts.values():
        kind, _, name = segments(part.object)[-1].partition(":")
        yield _with(ObjectState(part.object, kind, name, index=part.index), part, (), links)


def _with(one: ObjectState, part: Part | None, over: Iterable[str], links: Mapping[str, LinkState]) -> ObjectState:
    link = links.get(one.object)
    one = msgspec.structs.replace(one, over=tuple(over), neighbor=link.b if link is not None else "")
    if part is None:
        return one
    return msgspec.structs.replace(
        one,
        description=one.description or part.description,
        inside=part.inside,
        port=part.port,
        serial=part.serial,
        model=part.model,
        software=part.software,
    )


def _configured(link: Link, found: FoundLink | None, mismatch: str) -> LinkState:
    status = found.status if found is not None else "configured"
    return LinkState(
        link.id, link.a, link.b, status, since=found.since if found else 0, configured=True, mismatch=mismatch
    )


def _from(element: str, link: LinkState) -> LinkState:
    """Return a link seen from an element: its own end first."""
    if segments(link.a)[0] == element:
        return link
    return msgspec.structs.replace(link, a=link.b, b=link.a)
