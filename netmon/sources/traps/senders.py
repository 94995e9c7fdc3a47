"""Traps of version 3, whose sender is the authoritative engine: what its user proves (specs/snmp.md 2.8, 2.5)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec
import structlog

from netmon.domain.inventory import Element
from netmon.snmp import secured
from netmon.snmp.engines import LAST_BOOTS, Clock
from netmon.snmp.secured import Opened, Secured
from netmon.snmp.user import NO_KEYS
from netmon.sources.credential import Credential
from netmon.sources.traps.engines import EngineId, Engines, Key, Known
from netmon.sources.traps.users import Named, Users

log = structlog.get_logger("netmon.traps")

_WARNED = 10_000

Refusal = Literal[
    "unknown_user",
    "unknown_engine",
    "wrong_digest",
    "not_in_time_window",
    "decryption_failed",
    "unsupported_security_level",
]


class Told(msgspec.Struct, frozen=True):
    """What a user said, proven as far as its level proves anything."""

    credential: str
    opened: Opened
    engine: Key | None = None
    """Of its sender; None where nothing proves it."""


class Senders:
    """Judges traps by users, engines and the elements that these are of."""

    def __init__(self) -> None:
        self.engines = Engines()
        self.users = Users(())
        self._learn = True
        self._elements: set[str] = set()
        self._configured: dict[EngineId, tuple[str, ...]] = {}
        self._polled: Mapping[EngineId, tuple[str, ...]] = {}
        self._warned: set[tuple[str, bytes, tuple[str, ...]]] = set()

    def load(self, credentials: Iterable[Credential], elements: Iterable[Element], *, learn: bool = True) -> None:
        """Use other users and elements from now on; engines that proved themselves stay known, of living elements.

        Without ``learn`` only engines of the inventory are heard.
        """
        known = tuple(elements)
        self.users = Users(credentials)
        self._learn = learn
        self._configured = _by_engine(known)
        self._elements = {element.id for element in known}
        self.engines.only(self._elements)
        self._warn()

    def restore(self, kept: Iterable[tuple[Key, Known]]) -> None:
        """Take back the engines that were known before a restart, as far as their elements are still there."""
        self.engines.restore(kept)
        self.engines.only(self._elements)
        self._warn()

    def polled(self, found: Mapping[EngineId, tuple[str, ...]]) -> None:
        """Take which elements answer the poller as which engine."""
        self._polled = found
        self._warn()

    def owners(self, realm: str, engine_id: bytes) -> tuple[str, ...]:
        """Return the elements of an engine id: one, or all that share it, or none that is known."""
        of = (realm, engine_id)
        told = {*self._configured.get(of, ()), *self._polled.get(of, ()), *self.engines.shared().get(of, ())}
        known = None if told else self.engines.get(Key(realm, engine_id))
        return tuple(sorted(told)) if known is None else (known.element,) if known.element else ()

    def shared(self) -> dict[EngineId, tuple[str, ...]]:
        """Return the engine ids that more than one element has, with these elements."""
        every = {*self._configured, *self._polled, *self.engines.shared()}
        return {of: owners for of in sorted(every) if len(owners := self.owners(*of)) > 1}

    def key(self, realm: str, engine_id: bytes, source: Callable[[], str]) -> Key:
        """Return the engine of a message; where several have its id it is of the element whose address it came from."""
        owners = self.owners(realm, engine_id)
        element = source() if len(owners) > 1 else ""
        return Key(realm, engine_id, element if element in owners else "")

    def judge(
        self, found: Secured, *, realm: str, source: Callable[[], str], at_ms: int, now_ns: int
    ) -> Told | Refusal:
        """Return what a message says, or why it is not believed.

        Args:
            found: the message.
            realm: where it came from.
            source: tells whose own address it came from; nothing where a relay speaks for others.
            at_ms: when it came.
            now_ns: the same on the monotonic clock.

        Raises:
            DecodeError: its ScopedPDU is malformed.
        """
        named = self.users.named(found)
        if not named:
            return "unknown_user"
        able = [one for one in named if one.user.level == found.level]
        if not able:
            return "unsupported_security_level"
        if not self._learn and (realm, found.engine_id) not in self._configured:
            return "unknown_engine"
        if found.level == "noAuthNoPriv":
            opened = secured.open_pdu(found, NO_KEYS)
            assert opened is not None, "what is not encrypted needs no keys"
            return Told(able[0].credential, opened)
        return self._proven(found, able, self.key(realm, found.engine_id, source), source, at_ms=at_ms, now_ns=now_ns)

    def _proven(
        self, found: Secured, able: list[Named], key: Key, source: Callable[[], str], *, at_ms: int, now_ns: int
    ) -> Told | Refusal:
        refusal: Refusal = "wrong_digest"
        for one in self.users.signed(found, able):
            if not self._in_time(found, key, source):
                return "not_in_time_window"
            opened = self.users.open(one, found)
            if opened is not None:
                key = self._of_whom(key, source)
                self.engines.saw(key, Clock(found.boots, found.engine_time, now_ns), at_ms)
                return Told(one.credential, opened, key)
            refusal = "decryption_failed"
        return refusal

    def _in_time(self, found: Secured, key: Key, source: Callable[[], str]) -> bool:
        known = self.engines.get(key)
        in_time = known is None or known.clock.is_in_time(found.boots, found.engine_time)
        if known is not None and not in_time and (element := self._other(key, known, source)):
            # A clone with a time of its own looks like a replay: only the inventory or a poll can tell them apart.
            self._warn_of(key.realm, key.engine_id, (known.element, element))
        return in_time and found.boots != LAST_BOOTS

    def _of_whom(self, key: Key, source: Callable[[], str]) -> Key:
        """Return the engine that a message is of, its own one where it shows that two elements have one id."""
        known = self.engines.get(key)
        if known is not None and (element := self._other(key, known, source)):
            key = self.engines.split(key, element)
            self._warn()
        return key

    def _other(self, key: Key, known: Known, source: Callable[[], str]) -> str:
        """Return the element whose own address a message came from, if that of its engine is known to be another one.

        What the inventory or a poll says of an engine, no address contradicts: elements send from many.
        """
        if key.element or not known.by_source or not known.element:
            return ""
        of = (key.realm, key.engine_id)
        element = source()
        return element if element != known.element and of not in self._configured and of not in self._polled else ""

    def _warn(self) -> None:
        for (realm, engine_id), elements in self.shared().items():
            self._warn_of(realm, engine_id, elements)

    def _warn_of(self, realm: str, engine_id: bytes, elements: tuple[str, ...]) -> None:
        warning = (realm, engine_id, tuple(sorted(elements)))
        if warning not in self._warned and len(self._warned) < _WARNED:
            self._warned.add(warning)
            log.warning("engine_id_shared", engine_id=engine_id.hex(), realm=realm, elements=warning[2])


def _by_engine(elements: Iterable[Element]) -> dict[EngineId, tuple[str, ...]]:
    found: dict[EngineId, tuple[str, ...]] = {}
    for element in elements:
        if element.engine_id:
            of = (element.realm, bytes.fromhex(element.engine_id))
            found[of] = (*found.get(of, ()), element.id)
    return found
