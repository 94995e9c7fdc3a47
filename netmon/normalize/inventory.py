"""The inventory after a change of it, and what changes of it mean."""

from collections.abc import Iterable, Iterator

import msgspec

from netmon.domain.event import (
    HARDWARE_CHANGED,
    LINK_MATCHES,
    LINK_MISMATCH,
    MEMBER_MATCHES,
    MEMBER_MISMATCH,
    OBJECT_PENDING,
    OBJECT_SEEN,
    Event,
)
from netmon.domain.inventory import Element, Inventory
from netmon.domain.managed_object import LINK, segments
from netmon.domain.observation import InventoryChange, PollResult
from netmon.normalize.addresses import plain


def changed_inventory(inventory: Inventory, change: InventoryChange) -> Inventory:
    """Return the inventory with a ``loaded`` difference applied; other kinds change facts about it, not itself."""
    if change.kind != "loaded":
        return inventory
    elements = {id_: element for id_, element in inventory.elements.items() if id_ not in change.removed}
    elements |= {element.id: element for element in (*change.added, *change.changed)}
    return msgspec.structs.replace(
        inventory,
        sites={site.id: site for site in change.sites},
        elements=dict(sorted(elements.items())),
        links={link.id: link for link in change.links},
        groups={group.id: group for group in change.groups},
        services={service.id: service for service in change.services},
    )


def given(inventory: Inventory, change: InventoryChange) -> tuple[Element, ...]:
    """Return the elements that a change gives addresses to."""
    if change.kind == "resolved":
        named = inventory.elements.get(change.new)
        return () if named is None else (msgspec.structs.replace(named, addresses=change.addresses),)
    return *change.added, *change.changed


def adoptions(change: InventoryChange, inventory: Inventory, roots: Iterable[str]) -> Iterator[InventoryChange]:
    """Yield the senders with alarms that are elements now, by one of their addresses; ``roots``: what has alarms."""
    unknown = {root for root in roots if root.startswith("addr:")}
    for element in given(inventory, change) if unknown else ():
        for address in sorted(plain((*element.addresses, *element.trap_sources))):
            old = f"addr:{element.realm}:{address}"
            if old in unknown:
                yield InventoryChange(change.at, "adopted", old=old, new=element.id)


def changed_hardware(seq: int, result: PollResult, path: str) -> Event:
    """Return the event of a part that is another one under the same name."""
    return Event(seq, result.at, result.at, result.element, path, "event", HARDWARE_CHANGED)


def contradiction(seq: int, change: InventoryChange, inventory: Inventory) -> Event:
    """Return the event of something in the inventory that is not what polls show, or is so again."""
    match change.kind:
        case "link_mismatch":
            return _link(seq, change, inventory)
        case "member_mismatch":
            name = MEMBER_MISMATCH if change.new else MEMBER_MATCHES
            fields = {"service": change.old, "match": change.words, "found": change.new}
            return Event(seq, change.at, change.at, change.element, change.element, "event", name, fields=fields)
        case _:
            name, root = OBJECT_PENDING if change.new else OBJECT_SEEN, segments(change.old)[0]
            return Event(seq, change.at, change.at, root, change.old, "event", name, fields={"by": change.new})


def _link(seq: int, change: InventoryChange, inventory: Inventory) -> Event:
    link = inventory.links[change.old]
    name = LINK_MISMATCH if change.new else LINK_MATCHES
    fields = {"a": link.a, "b": link.b, "found": change.new}
    return Event(seq, change.at, change.at, segments(link.a)[0], LINK + link.id, "event", name, fields=fields)
