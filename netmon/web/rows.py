"""Compact rows of alarms, as lists and the live feed carry them (specs/dashboard.md 2.3)."""

import sys
from collections.abc import Callable

import msgspec

from netmon.domain.alarm import SEVERITIES, Alarm, Severity
from netmon.domain.inventory import Inventory
from netmon.domain.managed_object import LINK, SITE, is_link

RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


class Row(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An alarm in short; what is empty is absent. Times are UTC ms."""

    id: str
    el: str
    """Element."""
    obj: str
    """Managed object."""
    sev: Severity
    """X.733 perceived severity; ``cleared`` after the clear."""
    type: str
    """Alarm type, ``link-alarm``."""
    event: str
    """X.733 event type."""
    cause: str
    """X.733 probable cause."""
    text: str
    n: int
    """Distinct raise events in the chain."""
    raised: int
    changed: int
    rule: str
    v: int
    """Version: greater is newer; the number of its last change."""
    cleared: int | None = None
    was: Severity | None = None
    """Severity before the clear."""
    ack: str = ""
    """Who acknowledged it."""
    owner: str = ""
    closed: bool = False
    shelved_until: int | None = None
    hidden: tuple[str, ...] = ()
    """Why it is hidden: ``alarm:<key>``, ``maint:<id>``, ``shelf:<user>``."""
    root: bool = False
    """It is the root cause of others."""
    parents: tuple[str, ...] = ()
    kids: int = 0
    """Number of its children."""
    flags: tuple[str, ...] = ()
    site: str = ""
    """Site of the element, by id."""
    region: str = ""
    """What the site is part of, by id."""
    svc: tuple[str, ...] = ()
    """Services that the object carries, by id."""
    ends: tuple[str, ...] = ()
    """Of a link: the managed objects it joins."""
    names: tuple[str, ...] = ()
    """What the element is called, or those that a link joins; absent: by their ids."""
    alias: str = ""
    """What operators wrote on the port (ifAlias)."""
    affects: bool = False
    """Its rule says that it affects service."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A row and the JSON of it, encoded once."""

    row: Row
    json: bytes


class Where(msgspec.Struct, frozen=True):
    """What the inventory knows of a managed object."""

    site: str = ""
    region: str = ""
    services: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    """Of a link."""
    names: tuple[str, ...] = ()
    """Of the elements; empty: they are called by their ids."""


NOWHERE = Where()
_BEHIND_LINK = f"alarm:{LINK}"

Places = Callable[[str, str], Where]
"""Finds the place of (element, managed object)."""

_encode = msgspec.json.Encoder().encode


def row(alarm: Alarm, where: Where = NOWHERE) -> Row:
    """Return the row of an alarm; words that many alarms have are shared."""
    share = sys.intern
    return Row(
        id=alarm.alarm_id,
        el=share(alarm.element),
        obj=alarm.object if alarm.object != alarm.element else share(alarm.element),
        sev=alarm.severity,
        type=share(alarm.type),
        event=share(alarm.event_type),
        cause=share(alarm.probable_cause),
        text=alarm.text,
        n=alarm.count,
        raised=alarm.raised,
        changed=alarm.changed if alarm.changed != alarm.raised else alarm.raised,
        rule=share(alarm.rule),
        v=alarm.version,
        cleared=alarm.cleared,
        was=alarm.last_severity,
        ack=share(alarm.ack_user or alarm.ack_system or "unknown") if alarm.ack else "",
        owner=share(alarm.owner),
        closed=alarm.closed,
        shelved_until=alarm.shelved_until,
        hidden=alarm.hidden_by,
        root=alarm.root_cause,
        parents=alarm.parents,
        kids=len(alarm.children),
        flags=alarm.flags,
        site=where.site,
        region=where.region,
        svc=where.services,
        ends=where.ends,
        names=where.names,
        alias=share(alarm.additional_info.get("ifAlias", "")),
        affects=alarm.service_affecting is True,
    )


def entry(alarm: Alarm, where: Where = NOWHERE) -> Entry:
    """Return the row of an alarm with its JSON."""
    return entry_of(row(alarm, where))


def entry_of(made: Row) -> Entry:
    """Return a row with its JSON."""
    return Entry(made, _encode(made))


def order(one: Row) -> tuple[int, int, str]:
    """Return what rows sort by: the worst severity, then the newest raise, then the id."""
    return -RANK[one.sev], -one.raised, one.id


def element_name(one: Row) -> str:
    """Return what people call the element of an alarm, of a link both."""
    return " – ".join(one.names or elements_of(one))


def visible(one: Row) -> bool:
    """Tell whether an alarm is active and nothing hides it."""
    return one.cleared is None and not one.hidden


def elements_of(one: Row) -> tuple[str, ...]:
    """Return the elements an alarm is about: its own, or those that a link joins."""
    return tuple(end.partition("/")[0] for end in one.ends) or (one.el,)


def is_own(hidden: tuple[str, ...]) -> bool:
    """Tell whether nothing hides an alarm but the link its port belongs to."""
    return all(reason.startswith(_BEHIND_LINK) for reason in hidden)


def is_seen_at_object(one: Row) -> bool:
    """Tell whether an alarm is active and its object's own."""
    return one.cleared is None and is_own(one.hidden)


def where_of(alarm: Alarm, find: Places) -> Where:
    """Return the place of an alarm; that of a link is where its first end is, and it carries what both ends carry."""
    if not is_link(alarm.object):
        return find(alarm.element, alarm.object)
    ends = tuple(end for name, end in alarm.additional_info.items() if name in ("a", "b"))
    if len(ends) != 2:
        return find(alarm.element, alarm.object)
    ids = [end.partition("/")[0] for end in ends]
    first, second = map(find, ids, ends)
    services = dict.fromkeys((*first.services, *second.services))
    names = (*(first.names or ids[:1]), *(second.names or ids[1:])) if first.names or second.names else ()
    return Where(first.site, first.region, tuple(services), ends, names)


def places(inventory: Inventory) -> Places:
    """Return what finds places in an inventory; a service is carried by an object, and by the whole element."""
    carried: dict[str, dict[str, None]] = {}
    for service in inventory.services.values():
        for member in (one for one in service.members if one.object):
            for name in (member.object, member.object.partition("/")[0]):
                carried.setdefault(name, {})[service.id] = None

    sites = {one.id: one.site for one in inventory.elements.values()} | {f"{SITE}{id_}": id_ for id_ in inventory.sites}
    names = {one.id: (one.name,) for one in inventory.elements.values() if one.name not in ("", one.id)}
    names |= {f"{SITE}{one.id}": (one.name,) for one in inventory.sites.values() if one.name}

    def find(element: str, object_: str) -> Where:
        site = sites.get(element, "")
        region = inventory.sites[site].parent if site in inventory.sites else ""
        return Where(site, region, tuple(carried.get(object_, ())), names=names.get(element, ()))

    return find
