"""ICMP echo: a look every few seconds whether an element is there at all (specs/snmp.md 4.8, 4.9)."""

import asyncio
import contextlib
import itertools
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import icmplib
import msgspec
import structlog

from netmon.domain.inventory import Element
from netmon.domain.observation import HealthRow, PollResult
from netmon.snmp.udp import lost_device
from netmon.sources.clock import Clock
from netmon.sources.poller.addresses import Addresses
from netmon.sources.poller.schedule import Agenda, PingConfig, next_slot, offset_ms
from netmon.sources.realm import DEFAULT, RealmConfig, Realms
from netmon.sources.source import Intake
from netmon.telemetry.metrics import Metrics

log = structlog.get_logger("netmon.ping")

_LONGEST_WAIT_S = 1.0
_READ_S = 0.01
"""A socket is only read when something is there; this bounds the wait where that is no echo."""
_SEQUENCES = 1 << 16
_AGAIN_MS = (2_000, 4_000)
"""An element that is only pinged is asked again so soon after a loss; three losses are enough."""
_ECHO_REPLIES = {4: 0, 6: 129}
_NUMBERS = itertools.count()
RIGHTS = "sysctl net.ipv4.ping_group_range='0 2147483647', or CAP_NET_RAW"
"""What lets a process ping."""
_SOCKETS: dict[int, Any] = {4: icmplib.ICMPv4Socket, 6: icmplib.ICMPv6Socket}

_MOST_UNCOMMITTED = 5_000
"""Results that may wait for the store: while it takes nothing no more are made."""

_Door = tuple[str, int]
"""Realm and version of IP: each has a socket of its own."""


class _Run(msgspec.Struct):
    """The echo requests of one slot."""

    element: str
    slot: int
    extra: bool
    """Asked for beside its slots: its loss starts nothing new, or each probe would start the next."""
    open: dict[int, int] = {}
    """Time sent in ns, by sequence number."""
    rtts_us: list[int] = []
    sent: int = 0


class _Slot(msgspec.Struct, frozen=True):
    element: str


class _Extra(msgspec.Struct, frozen=True):
    element: str


class _End(msgspec.Struct, frozen=True):
    run: _Run


class Ping:
    """Pings every element whose inventory does not forbid it; one socket per realm and address family for all.

    ``lost`` and ``answered`` are told at once, before the observation is committed: the poller probes by them.
    """

    name = "ping"

    def __init__(
        self,
        config: PingConfig | None,
        *,
        intake: Intake,
        clock: Clock,
        metrics: Metrics,
        realms: Realms | None = None,
        addresses: Addresses | None = None,
    ) -> None:
        self.lost: Callable[[str], None] = lambda _: None
        self.answered: Callable[[str], None] = lambda _: None
        self._config = config
        self._intake = intake
        self._clock = clock
        self._metrics = metrics
        self._realms = {DEFAULT: RealmConfig(), **(realms or {})}
        self._addresses = addresses or Addresses(clock.now_ms, self._realms)
        self._elements: dict[str, Element] = {}
        self._agenda: Agenda[_Slot | _Extra | _End] = Agenda()
        self._planned: set[str] = set()
        self._runs: dict[str, _Run] = {}
        self._waiting: dict[int, tuple[_Run, _Door]] = {}
        self._losses: dict[str, int] = {}
        self._uncommitted = 0
        self._sequence = 0
        self._id = int.from_bytes(os.urandom(2), "big")
        """Tells our echoes from those of others on a raw socket; else the kernel does."""
        self._sockets: dict[_Door, Any] = {}
        self._wake = asyncio.Event()

    def load(self, elements: Iterable[Element], config: PingConfig | None) -> None:
        """Ping these elements from now on; None: none at all."""
        self._config = config
        self._elements = {one.id: one for one in elements if one.ping} if config is not None else {}
        self._plan()
        self._losses = {element: count for element, count in self._losses.items() if element in self._elements}
        self._wake.set()

    def _plan(self) -> None:
        now = self._clock.now_ms()
        for element in self._elements:
            if element not in self._planned:
                self._planned.add(element)
                self._agenda.add(self._next(element, now), _Slot(element))

    def _plan_anew(self) -> None:
        """Forget what the stop has cut off and plan anew: it may have come because the old times hold no more."""
        self._agenda = Agenda()
        self._planned.clear()
        self._runs.clear()
        self._waiting.clear()
        self._plan()

    def now(self, element: str) -> None:
        """Ping an element at once, as a probe does."""
        if element in self._elements and self._sockets:
            self._agenda.add(self._clock.now_ms(), _Extra(element))
            self._wake.set()

    def health(self) -> tuple[HealthRow, ...]:
        """Return how many elements are pinged and how many did not answer the last time."""
        return (
            HealthRow(self.name, "elements", len(self._elements) if self._sockets else 0),
            HealthRow(self.name, "lost", len(self._losses)),
        )

    async def run(self) -> None:
        """Ping until cancelled; without the right to it say so once, and leave it to SNMP."""
        self._open()
        try:
            while True:
                self.turn()
                await self._wait()
        finally:
            self._close()
            self._plan_anew()

    def turn(self) -> None:
        """Send and give up what is due."""
        now = self._clock.now_ms()
        for due, item in self._agenda.due(now):
            match item:
                case _Slot(element) if element not in self._elements:
                    self._planned.discard(element)
                case _Slot(element):
                    self._agenda.add(self._next(element, max(due, now)), item)
                    self._begin(_Run(element, due, extra=False))
                case _Extra(element):
                    self._begin(_Run(element, due, extra=True))
                case _End(run) if self._runs.get(run.element) is run:
                    self._finish(run)

    def _next(self, element: str, after: int) -> int:
        assert self._config is not None, "nothing is planned while pings are off"
        every_ms = self._config.every.ms
        offset = offset_ms(element, interval_ms=every_ms, billed=False)
        return next_slot(after, interval_ms=every_ms, offset=offset)

    async def _wait(self) -> None:
        due = self._agenda.next_due()
        wait_s = _LONGEST_WAIT_S if due is None else min((due - self._clock.now_ms()) / 1000, _LONGEST_WAIT_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(wait_s, 0)):
                await self._wake.wait()
        self._wake.clear()

    def _begin(self, run: _Run) -> None:
        one, config, under_way = self._elements.get(run.element), self._config, self._runs.get(run.element)
        if under_way is not None:
            under_way.extra = under_way.extra and run.extra
        if one is None or config is None or not self._sockets or under_way is not None:
            return
        if self._uncommitted >= _MOST_UNCOMMITTED:
            self._metrics.source_dropped.labels(self.name, "uncommitted").inc()
            return
        address = self._addresses.known(one.addresses[0], realm=one.realm)
        if not address:
            # Nobody can tell where it is: that is no loss.
            return
        self._runs[run.element] = run
        for _ in range(config.count):
            self._send(run, address, door=(one.realm, 6 if ":" in address else 4))
        self._agenda.add(self._clock.now_ms() + config.timeout.ms, _End(run))

    def _send(self, run: _Run, address: str, *, door: _Door) -> None:
        run.sent += 1
        sock = self._sockets.get(door) or self._reopen(door)
        if sock is None:
            return
        self._sequence = (self._sequence + 1) % _SEQUENCES
        request = icmplib.ICMPRequest(destination=address, id=self._id, sequence=self._sequence)
        try:
            sock.send(request)
        except icmplib.ICMPLibError:
            # No route, an unknown host: as good as lost.
            self._metrics.source_errors.labels(self.name, "send").inc()
            if lost_device(sock.sock):
                self._close_one(door)
            return
        run.open[self._sequence] = time.monotonic_ns()
        self._waiting[self._sequence] = run, door

    def _readable(self, door: _Door) -> None:
        try:
            reply = self._sockets[door].receive(timeout=_READ_S)
        except icmplib.ICMPLibError:
            return
        ours = self._sockets[door].is_privileged is False or reply.id == self._id
        run, asked = self._waiting.get(reply.sequence, (None, None))
        # A raw socket hears what was meant for another realm, too.
        if run is None or asked != door or not ours or reply.type != _ECHO_REPLIES[door[1]]:
            return
        sent_ns = run.open.pop(reply.sequence)
        del self._waiting[reply.sequence]
        run.rtts_us.append((time.monotonic_ns() - sent_ns) // 1000)
        if not run.open:
            self._finish(run)

    def _finish(self, run: _Run) -> None:
        """Tell what came of a run."""
        del self._runs[run.element]
        for sequence in run.open:
            self._waiting.pop(sequence, None)
        if run.element not in self._elements:
            return
        now, rtts = self._clock.now_ms(), run.rtts_us
        spread = (min(rtts), sum(rtts) // len(rtts), max(rtts)) if rtts else (0, 0, 0)
        self._metrics.source_received.labels(self.name).inc()
        self._uncommitted += 1
        self._intake.put(
            PollResult(
                at=now,
                element=run.element,
                context="",
                group="ping",
                slot=run.slot,
                part=0,
                last=True,
                complete=True,
                protocol="icmp",
                run=self._clock.run,
                blocks=(),
                icmp=(run.sent, len(rtts), *spread),
            ),
            self._committed,
        )
        if rtts:
            self._losses.pop(run.element, None)
            self._metrics.source_last_success.labels(self.name).set(now / 1000)
            self.answered(run.element)
        else:
            self._take_loss(run, now)

    def _committed(self) -> None:
        self._uncommitted -= 1

    def _take_loss(self, run: _Run, now: int) -> None:
        element = run.element
        losses = self._losses[element] = self._losses.get(element, 0) + 1
        if not self._elements[element].credential and losses == 1:
            for after_ms in _AGAIN_MS:
                self._agenda.add(now + after_ms, _Extra(element))
        if not run.extra:
            self.lost(element)

    def _open(self) -> None:
        loop = asyncio.get_running_loop()
        for name, realm in self._realms.items():
            for door, sock in _sockets(name, realm):
                self._sockets[door] = sock
                loop.add_reader(sock.sock, self._readable, door)
        if not self._sockets and self._elements:
            log.warning(
                "no right to ping: only SNMP tells whether an element is there",
                hint=RIGHTS,
            )

    def _reopen(self, door: _Door) -> Any:
        """Open a socket anew whose network device was gone; None while it is."""
        realm, version = self._realms[door[0]], door[1]
        bound = _bound(realm)
        if not realm.device or version not in bound:
            return None
        sock = _socket(_SOCKETS[version], bound[version], device=realm.device)
        if sock is not None:
            self._sockets[door] = sock
            asyncio.get_running_loop().add_reader(sock.sock, self._readable, door)
        return sock

    def _close_one(self, door: _Door) -> None:
        sock = self._sockets.pop(door)
        asyncio.get_running_loop().remove_reader(sock.sock)
        sock.close()

    def _close(self) -> None:
        for door in list(self._sockets):
            self._close_one(door)


def may_ping(realm: RealmConfig, addresses: Iterable[str]) -> bool:
    """Tell whether this process may ping the addresses of a realm."""
    for version in sorted(set(map(_version, addresses))):
        sock = _socket(_SOCKETS[version], _bound(realm).get(version), device=realm.device)
        if sock is None:
            return False
        sock.close()
    return True


async def answers_ping(address: str, realm: RealmConfig, *, timeout_s: float = 1.0) -> bool:
    """Tell whether a host of a realm answers one echo request.

    Raises:
        PermissionError: this process may not ping.
    """
    version = _version(address)
    sock = _socket(_SOCKETS[version], _bound(realm).get(version), device=realm.device)
    if sock is None:
        raise PermissionError(f"{address} cannot be pinged ({RIGHTS})")
    request = icmplib.ICMPRequest(destination=address, id=next(_NUMBERS) % _SEQUENCES, sequence=0)
    with icmplib.AsyncSocket(sock) as asking:
        try:
            asking.send(request)
            reply = await asking.receive(request, timeout_s)
            reply.raise_for_status()
        except icmplib.ICMPLibError:
            return False
    return True


def _version(address: str) -> int:
    return 6 if ":" in address else 4


def _bound(realm: RealmConfig) -> dict[int, str | None]:
    """Return the local address of each version of IP that a realm asks by, None for any."""
    return {_version(address): address for address in realm.addresses} or dict.fromkeys(_SOCKETS)


def _sockets(name: str, realm: RealmConfig) -> Iterator[tuple[_Door, Any]]:
    """Yield the sockets of a realm, as far as this host and the rights of this process allow."""
    for version, address in _bound(realm).items():
        sock = _socket(_SOCKETS[version], address, device=realm.device)
        if sock is not None:
            yield (name, version), sock


def _socket(make: Any, address: str | None, *, device: str) -> Any:
    """Return an ICMP socket: without privilege where the kernel allows it, else raw, else None."""
    for privileged in (False, True):
        with contextlib.suppress(icmplib.ICMPLibError, OSError):
            sock = make(privileged=privileged)
            if device:
                sock.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
            if address is not None:
                sock.sock.bind((address, 0))
            return sock
    return None
