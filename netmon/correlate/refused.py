"""The alarm ``snmp-auth``: a source whose messages the receiver refuses again and again (specs/alarms.md 3)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from netmon.correlate.own import OwnAlarm, edge
from netmon.domain.alarm import Edge
from netmon.domain.inventory import Inventory
from netmon.domain.observation import HealthRow, ShedRow
from netmon.domain.rejection import UNAUTHORIZED

REFUSED = OwnAlarm(
    "snmp-auth", "", "grows", "warning", "authenticationFailure", "securityService",
    "Traps and informs of {name} are refused: {about}",
    "Read why with netmon traps rejected, then mend community, user or passwords at the device, or in the "
    "configuration; if nobody knows the device, find out who sends",
    rest_ms=900_000,
)  # fmt: skip
"""As it is at first; a source that sends a lot makes it minor."""

_SOME = 3
"""So many without a rest between them are no mistake of a moment."""
_MANY = 60
_MINUTE_MS = 60_000
_MOST = 1_000
_MOST_ALARMS = 100
_REST = ("*", "*")
"""All other sources together: whoever forges addresses must not fill the list of alarms."""
_LEVELS: Final = (REFUSED, REFUSED, msgspec.structs.replace(REFUSED, severity="minor"))
_DEFAULT_REALM = "default"

_Key = tuple[str, str]
"""(realm, source)."""


class _Source(msgspec.Struct, array_like=True):
    last: int
    count: int = 0
    """Since it began, or began again."""
    minute: int = 0
    """When the present minute began."""
    new: int = 0
    """In the present minute."""
    level: int = 0
    """0: no alarm; else the place in ``_LEVELS``."""


class RefusedSources:
    """Sources with refused messages, the one that was heard last at the end."""

    def __init__(self) -> None:
        self._sources: dict[_Key, _Source] = {}
        self._elements: dict[_Key, str] = {}
        self._alarms = 0

    def use(self, inventory: Inventory) -> None:
        """Know whose address is whose."""
        elements = inventory.elements.items()
        self._elements = {(one.realm, address): id_ for id_, one in elements for address in one.addresses}

    def tick(self, rows: Sequence[ShedRow], *, now: int, seq: int) -> list[Edge]:
        """Return the edges of a Tick: sources that are refused again and again, and those that rested."""
        edges = self._rested(now, seq)
        for row in rows:
            if row.reason in UNAUTHORIZED:
                edges += self._refused(row, now, seq)
        return edges

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        return [[*key, source] for key, source in self._sources.items()]

    def load_item(self, item: list[Any]) -> None:
        """Take back one item that ``dump`` gave."""
        realm, name, source = item
        self._sources[realm, name] = kept = msgspec.convert(source, _Source)
        self._alarms += kept.level > 0

    def _refused(self, row: ShedRow, now: int, seq: int) -> list[Edge]:
        key = self._key(row)
        source = self._sources.pop(key, None) or _Source(now)
        self._sources[key] = source
        if now - source.minute >= _MINUTE_MS:
            source.minute, source.new = now, 0
        source.last = now
        source.count += row.count
        source.new += row.count
        level = max(source.level, 2 if source.new >= _MANY else int(source.count >= _SOME))
        if level == source.level:
            return []
        self._alarms += source.level == 0
        source.level = level
        why = HealthRow(_name(key), "", level, f"{row.reason}{self._whose(key)}")
        return [edge(_LEVELS[level], why.name, True, now, seq, row=why)]

    def _key(self, row: ShedRow) -> _Key:
        """Return where a refusal is counted; without room for another source it is among the rest."""
        key = (row.realm, row.source)
        known = self._sources.get(key)
        is_new = known is None and len(self._sources) >= _MOST
        is_silent = (known is None or known.level == 0) and self._alarms >= _MOST_ALARMS
        return _REST if is_new or is_silent else key

    def _rested(self, now: int, seq: int) -> list[Edge]:
        edges: list[Edge] = []
        while self._sources:
            key, source = next(iter(self._sources.items()))
            if now - source.last < REFUSED.rest_ms:
                break
            del self._sources[key]
            if source.level:
                self._alarms -= 1
                edges.append(edge(REFUSED, _name(key), False, now, seq))
        return edges

    def _whose(self, key: _Key) -> str:
        """Return who sends, as far as it is known."""
        element = self._elements.get(key, "")
        return ", all other senders together" if key == _REST else f", by {element}" if element else ""


def _name(key: _Key) -> str:
    realm, source = key
    return source if realm in (_DEFAULT_REALM, _REST[0]) else f"{realm}/{source}"
