"""What to ask of an element: the profiles that fit it and the groups they make (specs/snmp.md 4.2, 6.1)."""

from collections.abc import Iterable

import msgspec

from netmon.domain.inventory import Element
from netmon.rulebook.kinds import Profile, Table


class Facts(msgspec.Struct, frozen=True):
    """What an element says it is."""

    sysobjectid: str
    sysdescr: bytes = b""
    present: frozenset[str] = frozenset()
    """The ``has`` OIDs that answer."""


class Part(msgspec.Struct, frozen=True):
    """One table of one profile."""

    profile: str
    table: Table


def choose(profiles: Iterable[Profile], element: Element, facts: Facts) -> tuple[Profile, ...]:
    """Return the profiles of an element, in the order given.

    Those the inventory names; else the one with the longest sysObjectID that fits, and every generic one that answers.
    """
    known = tuple(profiles)
    if element.profiles:
        return tuple(profile for profile in known if profile.name in element.profiles)
    fitting = [(_fit(profile, facts), profile) for profile in known]
    longest = max((fit for fit, _ in fitting), default=0)
    return tuple(profile for fit, profile in fitting if fit == 0 or (fit > 0 and fit == longest))


def questions(profiles: Iterable[Profile]) -> tuple[str, ...]:
    """Return the OIDs to ask for before profiles can be chosen, each once, in order."""
    return tuple(dict.fromkeys(oid for profile in profiles for oid in profile.has))


def groups(profiles: Iterable[Profile], *, every_ms: int) -> dict[int, tuple[Part, ...]]:
    """Return the tables by interval, shortest first; the element's own interval is always there."""
    found: dict[int, list[Part]] = {every_ms: []}
    for profile in profiles:
        for table in profile.tables:
            found.setdefault(table.every_ms or every_ms, []).append(Part(profile.name, table))
    return {interval_ms: tuple(parts) for interval_ms, parts in sorted(found.items())}


def _fit(profile: Profile, facts: Facts) -> int:
    """Return how well a profile fits: 0 as a generic one, more by the length of its sysObjectID, -1 not at all."""
    if profile.has and not any(oid in facts.present for oid in profile.has):
        return -1
    if not profile.sysobjectid:
        return 0
    return max(_match(pattern, facts.sysobjectid) for pattern in profile.sysobjectid)


def _match(pattern: str, sysobjectid: str) -> int:
    prefix = pattern.removesuffix(".*")
    below = prefix != pattern and sysobjectid.startswith(prefix + ".")
    return prefix.count(".") + 1 if below or sysobjectid == prefix else -1
