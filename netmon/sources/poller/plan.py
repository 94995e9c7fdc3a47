"""What to ask of an element: the profiles that fit it and the groups they make (specs/snmp.md 4.2, 6.1)."""

from collections.abc import Container, Iterable

import msgspec

from netmon.domain.inventory import Element
from netmon.rulebook.pattern import compile_search
from netmon.rulebook.profile_values import Column, Profile, Table


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


class Preferred:
    """Which column of each ``prefer`` list an element answers with: the first that did, until its agent restarts.

    The width of a counter never changes silently, so what answers later in its place is no sample (specs/snmp.md 6.1).
    """

    def __init__(self) -> None:
        self._learned: dict[tuple[str, str, tuple[str, ...]], str] = {}

    def forget(self) -> None:
        """Learn anew."""
        self._learned.clear()

    def columns(self, part: Part) -> tuple[Column, ...]:
        """Return the columns of a table that are worth asking for."""
        learned = [(group, self._learned.get((part.profile, part.table.name, group))) for group in part.table.prefer]
        others = {name for group, best in learned if best for name in group if name != best}
        return tuple(column for column in part.table.columns if column.name not in others)

    def learn(
        self, part: Part, *, told: Container[str], silent: Container[str], mixed: Container[tuple[str, ...]] = ()
    ) -> frozenset[str]:
        """Learn from what an agent answered.

        Args:
            part: the table.
            told: names of columns with a value.
            silent: names of columns that certainly have none.
            mixed: ``prefer`` lists of which some rows have only the better column and others only a worse one; these
                are read whole for ever, and each row keeps to its own.

        Returns:
            Names of columns that are no samples, be there values or not.
        """
        groups = [group for group in part.table.prefer if group not in mixed]
        best = {group: self._best((part.profile, part.table.name, group), told, silent) for group in groups}
        return frozenset(name for group in groups for name in group if name != best[group])

    def _best(self, key: tuple[str, str, tuple[str, ...]], told: Container[str], silent: Container[str]) -> str:
        """Return the name of the best column; empty while a better one than those that answered may yet do so."""
        if key not in self._learned:
            first = next((name for name in key[2] if name not in silent), "")
            if first not in told:
                return ""
            self._learned[key] = first
        return self._learned[key]


def choose(profiles: Iterable[Profile], element: Element, facts: Facts) -> tuple[Profile, ...]:
    """Return the profiles of an element, in the order given.

    Those the inventory names; else the most specific ones that fit (longest sysObjectID, then sysDescr, then ``has``)
    and every generic one that answers. One that another of them extends is left out: its tables are in that one.
    """
    known = tuple(profiles)
    if element.profiles:
        chosen = [profile for profile in known if profile.name in element.profiles]
    else:
        fitting = [(_fit(profile, facts), profile) for profile in known if not profile.module]
        best = max((fit for fit, _ in fitting if fit is not None), default=_GENERIC)
        chosen = [profile for fit, profile in fitting if fit == best or (fit is not None and fit[:2] == _GENERIC[:2])]
    extended = {name for profile in chosen for name in profile.extends}
    return tuple(profile for profile in chosen if profile.name not in extended)


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


Fit = tuple[int, bool, bool]
"""How well a profile fits: length of the sysObjectID, whether by sysDescr, whether by ``has``."""

_GENERIC: Fit = (0, False, False)


def _fit(profile: Profile, facts: Facts) -> Fit | None:
    """Return how well a profile fits, None where it does not."""
    if profile.has and not any(oid in facts.present for oid in profile.has):
        return None
    if any(_match(pattern, facts.sysobjectid) for pattern in profile.excluded):
        return None
    if profile.sysdescr and not compile_search(profile.sysdescr)(facts.sysdescr.decode("utf-8", "replace")):
        return None
    length = max((_match(pattern, facts.sysobjectid) for pattern in profile.sysobjectid), default=0)
    if profile.sysobjectid and not length:
        return None
    return length, bool(profile.sysdescr), bool(profile.has)


def _match(pattern: str, sysobjectid: str) -> int:
    """Return the length of a pattern in arcs where the sysObjectID fits it, else 0."""
    prefix = pattern.removesuffix(".*")
    below = prefix != pattern and sysobjectid.startswith(prefix + ".")
    return prefix.count(".") + 1 if below or sysobjectid == prefix else 0
