"""Links of an element, those of the inventory and those that neighbors tell of; and its parts as they were found."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from netmon.domain.element import LinkState, ObjectState
from netmon.domain.found import FoundLink, Layer, Part
from netmon.domain.inventory import Inventory, Link
from netmon.domain.managed_object import segments
from netmon.normalize.found import Found

Either = TypeVar("Either", FoundLink, Link)


class FoundOf(msgspec.Struct, frozen=True):
    """What was found of one element."""

    parts: tuple[Part, ...] = ()
    layers: tuple[Layer, ...] = ()
    addresses: tuple[str, ...] = ()
    links: tuple[LinkState, ...] = ()


def found_of(element: str, found: Found, inventory: Inventory) -> FoundOf:
    """Return what was found of an element, and its links."""
    parts, layers = found.of(element)
    near = list(_of(element, found.links.values()))
    mine = links_of(near, found.mismatches.by_link, _of(element, inventory.links.values()))
    strangers = (
        LinkState("", one.port, f"{one.name} {one.far_port}".strip(), "stranger")
        for one in found.neighborhood.strangers.get(element, ())
    )
    shown = (*(_from(element, link) for link in mine), *strangers)
    return FoundOf(parts, layers, found.addresses.get(element, ()), shown)


def links_of(
    found: Iterable[FoundLink], mismatches: Mapping[str, str], configured: Iterable[Link]
) -> Iterator[LinkState]:
    """Yield links between elements: those of the inventory with what neighbors say, then those only found."""
    by_ends = {frozenset((link.a, link.b)): link for link in found}
    between = [link for link in configured if segments(link.a)[0] != segments(link.b)[0]]
    known = {frozenset((link.a, link.b)) for link in between}
    for link in between:
        yield _configured(link, by_ends.get(frozenset((link.a, link.b))), mismatches.get(link.id, ""))
    for ends, one in by_ends.items():
        if ends not in known:
            yield LinkState(one.id, one.a, one.b, one.status, since=one.since)


def _of(element: str, links: Iterable[Either]) -> Iterator[Either]:
    """Yield the links at an element; all links of a network are looked at, on the loop."""
    below = f"{element}/"
    for link in links:
        if link.a.startswith(below) or link.b.startswith(below) or element in (link.a, link.b):
            yield link


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
