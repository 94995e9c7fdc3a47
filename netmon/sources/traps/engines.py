"""Engines of trap senders: who they are, their time, and what their users prove (specs/snmp.md 2.8, 2.5)."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Literal

import msgspec

from netmon.snmp import secured, usm
from netmon.snmp.engines import LAST_BOOTS, Clock
from netmon.snmp.secured import Opened, Secured
from netmon.snmp.user import NO_KEYS, User
from netmon.sources.credential import Credential

_ENGINES = 10_000
_KEYS = 20_000
_KEEP_S = 60
"""A restart may forget so much of an engine's time: within it a replay of what came just before could pass."""

Refusal = Literal[
    "unknown_user",
    "unknown_engine",
    "wrong_digest",
    "not_in_time_window",
    "decryption_failed",
    "unsupported_security_level",
]


class Told(msgspec.Struct, frozen=True):
    """What a user of a sender's engine said, proven as far as its level proves anything."""

    credential: str
    opened: Opened


SOURCE = "trap-engines"
"""Whose state it is in the store."""


class Known(msgspec.Struct):
    """An engine whose user proved itself."""

    clock: Clock
    element: str
    first_ms: int
    last_ms: int


class Senders:
    """Judges traps of version 3, whose sender is the authoritative engine.

    Args:
        credentials: those with a user may send.
        engines: engine id to element, of the inventory.
        learn: take an engine that nobody named when a user's MAC is right.
    """

    def __init__(self, credentials: Iterable[Credential], engines: dict[bytes, str], *, learn: bool = True) -> None:
        self._engines = engines
        self._learn = learn
        self._marks: dict[bytes, tuple[int, int, str]] = {}
        self._users: dict[bytes, list[tuple[str, User]]] = {}
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        # Only keys that a MAC was made with are kept: forged engine ids fill nothing.
        self._keys: OrderedDict[tuple[User, bytes], usm.Keys] = OrderedDict()
        for credential in credentials:
            if credential.user is not None:
                self._users.setdefault(credential.user.name, []).append((credential.id, credential.user))

    def known(self) -> dict[bytes, Known]:
        """Return the engines that proved themselves, the longest silent first."""
        return dict(self._known)

    def element(self, engine_id: bytes) -> str:
        """Return the element that an engine is bound to, or nothing."""
        known = self._known.get(engine_id)
        return self._engines.get(engine_id) or (known.element if known is not None else "")

    def bind(self, engine_id: bytes, element: str) -> None:
        """Bind an engine to the element that an authenticated trap of it came from."""
        known = self._known.get(engine_id)
        if known is not None and not known.element:
            known.element = element

    def learned(self, most: int) -> dict[str, bytes]:
        """Return the engines whose boots or element are new, at most ``most``, for the store."""
        found: dict[str, bytes] = {}
        for engine_id, known in self._known.items():
            mark = (known.clock.boots, known.clock.engine_time // _KEEP_S, known.element)
            if len(found) < most and self._marks.get(engine_id) != mark:
                self._marks[engine_id] = mark
                found[engine_id.hex()] = msgspec.msgpack.encode(known)
        return found

    def restore(self, engine_id: bytes, known: Known) -> None:
        """Take back what was learned of an engine before a restart."""
        self._known[engine_id] = known

    def judge(self, found: Secured, *, at_ms: int, now_ns: int) -> Told | Refusal:
        """Return what a message says, or why it is not believed.

        Raises:
            DecodeError: its ScopedPDU is malformed.
        """
        user = self._user(found)
        if user is None:
            return "unknown_user"
        credential, one = user
        if found.level != one.level:
            return "unsupported_security_level"
        known = self._known.get(found.engine_id)
        if known is None and not self._learn and found.engine_id not in self._engines:
            return "unknown_engine"
        if not one.auth:
            opened = secured.open_pdu(found, NO_KEYS)
            assert opened is not None, "what is not encrypted needs no keys"
            return Told(credential, opened)
        proven = self._prove(found, one, known)
        if isinstance(proven, str):
            return proven
        self._saw(found, known, at_ms=at_ms, now_ns=now_ns)
        return Told(credential, proven)

    def user(self, found: Secured) -> User | None:
        """Return the user that a message names, proven or not."""
        known = self._user(found)
        return known[1] if known is not None else None

    def _user(self, found: Secured) -> tuple[str, User] | None:
        """Return the user of that name, before all others the one that is for this engine alone."""
        of_name = self._users.get(found.user, ())
        for one in of_name:
            if one[1].engine_id == found.engine_id and found.engine_id:
                return one
        return next((one for one in of_name if not one[1].engine_id), None)

    def _prove(self, found: Secured, user: User, known: Known | None) -> Opened | Refusal:
        kept = self._keys.get((user, found.engine_id))
        tried = [kept] if kept is not None else [user.keys(found.engine_id, way) for way in user.extensions()]
        if not secured.verify(found, tried[0]):
            return "wrong_digest"
        late = known is not None and not known.clock.is_in_time(found.boots, found.engine_time)
        if late or found.boots == LAST_BOOTS:
            return "not_in_time_window"
        for keys in tried:
            opened = secured.open_pdu(found, keys)
            if opened is not None:
                self._keep((user, found.engine_id), keys)
                return opened
        return "decryption_failed"

    def _keep(self, key: tuple[User, bytes], keys: usm.Keys) -> None:
        if key not in self._keys and len(self._keys) >= _KEYS:
            self._keys.popitem(last=False)
        self._keys[key] = keys

    def _saw(self, found: Secured, known: Known | None, *, at_ms: int, now_ns: int) -> None:
        if known is None:
            self._make_room()
            clock = Clock(found.boots, found.engine_time, now_ns)
            element = self._engines.get(found.engine_id, "")
            self._known[found.engine_id] = Known(clock, element, at_ms, at_ms)
            return
        known.clock.saw(found.boots, found.engine_time, now_ns)
        known.last_ms = at_ms
        self._known.move_to_end(found.engine_id)

    def _make_room(self) -> None:
        """Forget an engine: the longest silent one of no element first."""
        if len(self._known) < _ENGINES:
            return
        stranger = next((engine_id for engine_id, known in self._known.items() if not known.element), None)
        del self._known[stranger if stranger is not None else next(iter(self._known))]

    def replace(self, engine_id: bytes, clock: Clock) -> bool:
        """Take the time that the element itself told; tell whether it is a lower one: it was reset or replaced."""
        known = self._known.get(engine_id)
        if known is None or (clock.boots, clock.engine_time) >= (known.clock.boots, known.clock.engine_time):
            return False
        known.clock.set(clock.boots, clock.engine_time, clock.at_ns)
        return True

    def is_new(self, engine_id: bytes) -> bool:
        """Tell whether an engine has proved itself just now, for the first time."""
        known = self._known.get(engine_id)
        return known is not None and known.first_ms == known.last_ms
