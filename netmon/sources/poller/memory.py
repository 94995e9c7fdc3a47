"""What the poller learned of elements, kept over a restart: losing it would cost time only (specs/snmp.md, 4.4)."""

import time
from collections.abc import Iterable, Mapping

import msgspec
import structlog

from netmon.snmp.engines import Clock as EngineClock
from netmon.snmp.udp import SocketAddress, endpoint
from netmon.snmp.user import User
from netmon.snmp.usm import Extension
from netmon.sources.poller.clients import Clients
from netmon.sources.poller.element import Polled
from netmon.sources.poller.limits import Kept
from netmon.sources.realm import is_numeric

log = structlog.get_logger("netmon.poller")

SOURCE = "poller"
"""Whose state it is in the store."""


class Learned(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of one element."""

    limits: Kept
    engine_id: bytes = b""
    boots: int = 0
    booted_ms: int = 0
    """When the engine last booted, UTC: its time goes on while netmon is away."""
    extension: Extension | None = None
    """The way to make a short key longer that its agent decrypted."""


_DECODER = msgspec.msgpack.Decoder(Learned)


class Memory:
    """Tells what changed enough to be worth a write."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, ...]] = {}
        self._gone: set[str] = set()
        self._unseen: list[str] = []
        """Elements that this round has not come to."""

    def changed(
        self, elements: Mapping[str, Polled], clients: Clients, now_ms: int, *, most: int
    ) -> dict[str, bytes | None]:
        """Return at most ``most`` elements of which something new is known, as they are kept, and those that are gone.

        Calls in a row go round all elements, so that none comes too short; nothing is returned at the end of a round.
        """
        found: dict[str, bytes | None] = {}
        while self._gone and len(found) < most:
            found[self._gone.pop()] = None
        self._unseen = self._unseen or sorted(elements, reverse=True)
        while self._unseen and len(found) < most:
            polled = elements.get(self._unseen.pop())
            if polled is None:
                continue
            learned = _learned(polled, clients, now_ms)
            mark = (polled.limits.mark(), learned.engine_id, learned.boots, learned.extension)
            if self._kept.get(polled.key) != mark:
                self._kept[polled.key] = mark
                found[polled.key] = msgspec.msgpack.encode(learned)
        return found

    def forget(self, known: Mapping[str, Polled], kept: Iterable[str] = ()) -> None:
        """Let go of elements that are polled no more; ``kept`` are those of the store."""
        self._gone = {*self._gone, *self._kept, *kept} - known.keys()
        self._kept = {element: mark for element, mark in self._kept.items() if element in known}


def restore(kept: Mapping[str, bytes], elements: Mapping[str, Polled], clients: Clients, now_ms: int) -> None:
    """Give elements what was kept of them; what cannot be read is learned again."""
    now_ns = time.monotonic_ns()
    for element, data in kept.items():
        polled = elements.get(element)
        if polled is None:
            continue
        try:
            learned = _DECODER.decode(data)
        except msgspec.MsgspecError as error:
            log.warning("what was learned of an element cannot be read", element=element, error=str(error))
            continue
        polled.limits.restore(learned.limits)
        if learned.engine_id:
            since_s = max((now_ms - learned.booted_ms) // 1000, 0)
            asking, peer = clients[polled.element.realm].asking, _peer(polled)
            asking.learn(peer, learned.engine_id, EngineClock(learned.boots, since_s, now_ns))
            user = _user(polled)
            if user is not None and learned.extension in user.extensions():
                asking.ways.prove(peer, user, engine_id=learned.engine_id, extension=learned.extension)


def let_go(gone: Iterable[Polled], living: Iterable[Polled], clients: Clients) -> None:
    """Forget the engines of elements that are polled no more, unless another one answers at the same place."""
    kept = {(polled.element.realm, _peer(polled)) for polled in living}
    for realm, peer in {(polled.element.realm, _peer(polled)) for polled in gone} - kept:
        clients[realm].asking.forget(peer)


def _peer(polled: Polled) -> SocketAddress:
    """Return where an element is asked, as its engine is known; of a name the look-up is not waited for."""
    address, port = polled.asked or polled.element.addresses[0], polled.element.port
    return endpoint(address, port)[1] if is_numeric(address) else (address, port)


def engine_of(polled: Polled, clients: Clients) -> tuple[bytes, EngineClock] | None:
    """Return the SNMP engine that an element answers as, and its time."""
    engine = clients[polled.element.realm].asking.engine(_peer(polled))
    return (engine.engine_id, engine.clock) if engine is not None else None


def _learned(polled: Polled, clients: Clients, now_ms: int) -> Learned:
    engine = engine_of(polled, clients)
    if engine is None:
        return Learned(polled.limits.dump())
    engine_id, clock = engine
    boots, engine_time = clock.now(time.monotonic_ns())
    user = _user(polled)
    extension = None if user is None else clients[polled.element.realm].asking.ways.proven(_peer(polled), user)
    return Learned(polled.limits.dump(), engine_id, boots, now_ms - engine_time * 1000, extension)


def _user(polled: Polled) -> User | None:
    return polled.credential.user if polled.credential is not None else None
