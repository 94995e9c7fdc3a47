"""Engines of trap senders as they are known: their time, their element, and what of that is worth a write.

One engine id is no proof of one engine (specs/snmp.md 2.3): another realm may have the same, and devices are cloned.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from typing import Final

import msgspec
import structlog

from netmon.snmp.engines import Clock
from netmon.sources.realm import DEFAULT

log = structlog.get_logger("netmon.traps")

_ENGINES: Final = 10_000
_KEEP_S: Final = 60
"""Seconds of an engine's time between two writes: a replay of what came within them could pass after a restart."""

SOURCE: Final = "trap-engines"
"""Whose state it is in the store."""

EngineId = tuple[str, bytes]
"""Realm and engine id."""


class Key(msgspec.Struct, frozen=True):
    """An engine: its id in a realm, and its element where several have that id."""

    realm: str
    engine_id: bytes
    element: str = ""

    def text(self) -> str:
        """Return it as it is called in the store."""
        plain = self.realm == DEFAULT and not self.element
        return self.engine_id.hex() if plain else f"{self.engine_id.hex()} {self.realm} {self.element}"


def read_key(text: str) -> Key:
    """Return the engine that is called so in the store.

    Raises:
        ValueError: it is no name of an engine.
    """
    engine_id, _, rest = text.partition(" ")
    realm, _, element = rest.partition(" ")
    return Key(realm or DEFAULT, bytes.fromhex(engine_id), element)


class Known(msgspec.Struct):
    """An engine whose user proved itself."""

    clock: Clock
    element: str
    first_ms: int
    last_ms: int
    by_source: bool = False
    """Its element is whose address it sent from; nobody else said so."""


class Engines:
    """At most 10,000 engines, the longest silent first; of those without an element goes one when it is full."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, Known] = OrderedDict()
        self._shared: dict[EngineId, tuple[str, ...]] = {}
        """Elements that were seen to send from one engine id, each by its own address."""
        self._marks: dict[Key, tuple[int, int, str]] = {}
        self._urgent: dict[Key, None] = {}
        self._due: dict[Key, None] = {}
        self._gone: dict[Key, None] = {}

    def __len__(self) -> int:
        return len(self._known)

    def all(self) -> dict[Key, Known]:
        """Return all, the longest silent first."""
        return dict(self._known)

    def shared(self) -> Mapping[EngineId, tuple[str, ...]]:
        """Return the elements that send from one engine id."""
        return self._shared

    def get(self, key: Key) -> Known | None:
        """Return what is known of an engine; of one that is shared since then what was known of it as a whole."""
        known = self._known.get(key)
        if known is None and key.element:
            whole = self._known.get(Key(key.realm, key.engine_id))
            return whole if whole is not None and whole.element == key.element else None
        return known

    def saw(self, key: Key, clock: Clock, at_ms: int) -> Known:
        """Take the time of a message that was proven; return what is known now."""
        known = self._known.get(key)
        if known is None:
            before = self.get(key)
            self._make_room()
            began = clock if before is None else copy(before.clock)
            known = self._known[key] = Known(began, key.element, at_ms, at_ms)
            self._gone.pop(key, None)
        known.clock.saw(clock.boots, clock.engine_time, clock.at_ns)
        known.last_ms = max(at_ms, known.last_ms)
        self._known.move_to_end(key)
        self._changed(key, known)
        return known

    def bind(self, key: Key, element: str, *, by_source: bool = False) -> None:
        """Bind an engine to its element, unless it has one."""
        known = self._known.get(key)
        if known is not None and element and not known.element:
            known.element, known.by_source = element, by_source
            self._changed(key, known)

    def split(self, key: Key, element: str) -> Key:
        """Take that a second element sends from an engine id by its own address; return the engine that is its own."""
        of, whole = (key.realm, key.engine_id), self._known[key]
        first = Key(*of, whole.element)
        self._shared[of] = tuple(sorted({*self._shared.get(of, ()), whole.element, element}))
        self._put(first, Known(copy(whole.clock), whole.element, whole.first_ms, whole.last_ms))
        # What comes from elsewhere is still measured by the time that was known so far.
        whole.element, whole.by_source = "", False
        self._changed(key, whole)
        return Key(*of, element)

    def replace(self, key: Key, clock: Clock) -> bool:
        """Take the time that the element itself told; tell whether it is a lower one: it was reset or replaced."""
        known = self._known.get(key)
        if known is None or (clock.boots, clock.engine_time) >= (known.clock.boots, known.clock.engine_time):
            return False
        known.clock.set(clock.boots, clock.engine_time, clock.at_ns)
        self._changed(key, known)
        return True

    def restore(self, kept: Iterable[tuple[Key, Known]]) -> None:
        """Take back what was learned before a restart; of too many the longest silent are forgotten."""
        ordered = sorted(kept, key=lambda one: (bool(one[1].element), one[1].last_ms))
        self._gone.update((key, None) for key, _ in ordered[:-_ENGINES])
        for key, known in sorted(ordered[-_ENGINES:], key=lambda one: one[1].last_ms):
            self._marks[key] = _mark(known)
            self._put(key, known)

    def only(self, elements: Collection[str]) -> None:
        """Keep bindings to these elements alone: the others have left the inventory."""
        for key, known in list(self._known.items()):
            if key.element and key.element not in elements:
                self._forget(key)
            elif known.element and known.element not in elements:
                known.element, known.by_source = "", False
                self._changed(key, known)
        self._share_anew()

    def learned(self, most: int) -> dict[str, bytes | None]:
        """Return what is worth a write, at most ``most``: new boots first, then what waits longest; None: gone."""
        found: dict[str, bytes | None] = {}
        for waiting in (self._gone, self._urgent, self._due):
            while waiting and len(found) < most:
                key = next(iter(waiting))
                del waiting[key]
                known = self._known.get(key)
                if known is None:
                    found[key.text()] = None
                elif self._marks.get(key) != _mark(known):
                    self._marks[key] = _mark(known)
                    found[key.text()] = msgspec.msgpack.encode(known)
        return found

    def _put(self, key: Key, known: Known) -> None:
        self._known[key] = known
        self._gone.pop(key, None)
        self._changed(key, known)

    def _changed(self, key: Key, known: Known) -> None:
        """Take note of what must be written: at once where boots or element are new, else in its turn."""
        mark = self._marks.get(key)
        if mark is None or mark[0] != known.clock.boots or mark[2] != known.element:
            self._urgent[key] = None
        elif mark[1] != known.clock.engine_time // _KEEP_S:
            self._due[key] = None

    def _forget(self, key: Key) -> None:
        self._known.pop(key, None)
        self._marks.pop(key, None)
        self._gone[key] = None

    def _make_room(self) -> None:
        if len(self._known) >= _ENGINES:
            stranger = next((key for key, known in self._known.items() if not known.element), None)
            self._forget(stranger if stranger is not None else next(iter(self._known)))

    def _share_anew(self) -> None:
        """Find out which engine ids are shared; one that a single element is left of is a whole again."""
        of: dict[EngineId, list[Key]] = {}
        for key in self._known:
            if key.element:
                of.setdefault((key.realm, key.engine_id), []).append(key)
        self._shared = {id_: tuple(sorted(key.element for key in keys)) for id_, keys in of.items() if len(keys) > 1}
        for [key] in [keys for keys in of.values() if len(keys) == 1]:
            known = self._known[key]
            self._forget(key)
            self._put(Key(key.realm, key.engine_id), known)


def _mark(known: Known) -> tuple[int, int, str]:
    return known.clock.boots, known.clock.engine_time // _KEEP_S, known.element
