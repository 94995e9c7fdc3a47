"""One run's talk with one agent: requests within a budget, what they teach, and how they end (specs/snmp.md 4.4)."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cached_property, partial
from typing import Final

import msgspec

from netmon.domain.observation import PollFailure
from netmon.domain.oid import SYS_UPTIME, Varbind
from netmon.snmp.ber import TIME_TICKS
from netmon.snmp.client import Client, Reply, Target
from netmon.snmp.errors import SnmpError, SnmpFailure, SnmpRefused, SnmpTimeout, SnmpUnreachable
from netmon.snmp.message import NO_SUCH_NAME, V1
from netmon.snmp.udp import endpoint
from netmon.sources.poller.limits import Limits
from netmon.sources.poller.room import Room

_MOST_REMOVED: Final = 10
_ENOUGH_LOST: Final = 2
_REFUSED: Final = os.strerror(errno.ECONNREFUSED)
"""ICMP port unreachable: the host is there, its agent is not."""

Ask = Callable[[Target], Awaitable[Reply]]


class OutOfBudget(Exception):
    """The run has used up its share of the interval."""


class TooLarge(Exception):
    """A request got no answer twice, while a small one is answered: it may ask for too much."""


class Session:
    """Asks one agent for one run; ``answered`` tells whether anything came back, were it an error-status."""

    def __init__(
        self, client: Client, target: Target, *, now_ms: Callable[[], int], deadline_ms: int, limits: Limits, room: Room
    ) -> None:
        self.target = target
        self.limits = limits
        self.now_ms = now_ms
        self.answered = False
        self.failure: SnmpFailure | None = None
        self.sent = 0
        """Requests sent, those sent again included."""
        self.resent = 0
        self._client = client
        self._deadline_ms = deadline_ms
        self._room = room

    @property
    def v1(self) -> bool:
        """Whether the agent speaks SNMPv1: no GETBULK, no Counter64, no exceptions."""
        return self.target.version == V1

    async def get(self, oids: Sequence[str]) -> Reply:
        """Ask for exact instances.

        Raises:
            SnmpFailure: no answer, or an error-status.
            OutOfBudget: the run has no time left.
        """
        return await self._ask(partial(self._client.get, oids=oids), self.target)

    async def get_next(self, oids: Sequence[str]) -> Reply:
        """Ask for the instances after ``oids``; raises as ``get`` does."""
        return await self._ask(partial(self._client.get_next, oids=oids), self.target)

    async def get_large(self, oids: Sequence[str]) -> Reply:
        """Ask as ``get`` does for what may be too much at once.

        Raises:
            TooLarge: no answer, though the agent is there.
        """
        return await self._patient(partial(self._client.get, oids=oids), len(oids))

    async def next_large(self, oids: Sequence[str]) -> Reply:
        """Ask as ``get_next`` does; raises as ``get_large`` does."""
        return await self._patient(partial(self._client.get_next, oids=oids), len(oids))

    async def bulk(self, oids: Sequence[str], *, max_repetitions: int) -> Reply:
        """Ask for sysUpTime once and for many instances after each of the other ``oids``; raises as ``get_large``."""
        ask = partial(self._client.bulk, oids=oids, non_repeaters=1, max_repetitions=max_repetitions)
        return await self._patient(ask, 1 + (len(oids) - 1) * max_repetitions)

    async def get_present(self, oids: Sequence[str]) -> Reply:
        """Ask for exact instances in one PDU; what an SNMPv1 agent does not have is left out and the rest asked again.

        Raises as ``get`` does. RFC 1157 section 4.1.2: noSuchName tells one missing name and gives no value at all.
        """
        wanted = list(oids)
        for _ in range(_MOST_REMOVED):
            try:
                return await self.get(wanted)
            except SnmpError as error:
                if error.status != NO_SUCH_NAME or not 1 <= error.index <= len(wanted) or len(wanted) == 1:
                    raise
                del wanted[error.index - 1]
        return await self.get(wanted)

    async def get_each(self, lists: Sequence[Sequence[str]]) -> list[Reply | SnmpFailure]:
        """Ask for each list in a PDU of its own, several at a time as there is room; what fails stands in its place.

        Raises:
            OutOfBudget: the run has no time left; nothing is returned.
        """
        if self.v1:
            return [await self._one(oids) for oids in lists]
        with self._room.more() as more:
            async with self._within_budget():
                answers = await self._client.get_many(self.target, lists, in_flight=1 + more)
        for answer in answers:
            self._learn(answer)
        return answers

    @property
    def boots(self) -> int | None:
        """snmpEngineBoots, where each answer proves it: in version 3 with authentication."""
        user = self.target.user
        if user is None or not user.auth:
            return None
        engine = self._client.asking.engine(endpoint(self.target.address, self.target.port)[1])
        return engine.clock.boots if engine is not None else None

    @cached_property
    def _large(self) -> Target:
        """The agent as it is asked for much: the last attempt is left to a request that is small."""
        return msgspec.structs.replace(self.target, retries=max(self.target.retries - 1, 0))

    def reason(self) -> PollFailure:
        """Return why the run brought nothing."""
        if isinstance(self.failure, SnmpRefused):
            return self.failure.reason
        if isinstance(self.failure, SnmpUnreachable):
            return "refused" if _REFUSED in str(self.failure) else "unreachable"
        return "timeout"

    async def _patient(self, ask: Ask, size: int) -> Reply:
        """Ask, but give the last attempt to a request that is small: of two sizes one may come through.

        So an agent that is dead costs no more time than it does anyway.
        """
        if size <= _ENOUGH_LOST and not self.answered:
            return await self._ask(ask, self.target)
        lost = 0
        while lost < _ENOUGH_LOST:
            try:
                return await self._ask(ask, self._large)
            except (SnmpTimeout, SnmpUnreachable) as failure:
                lost += failure.attempts
                await self._alive(failure, timeout_ms=self.target.timeout_ms << self.target.retries)
        raise TooLarge

    async def _alive(self, failure: SnmpFailure, *, timeout_ms: int) -> None:
        """Ask for sysUpTime alone; when that is not answered either, the failure stands."""
        small = msgspec.structs.replace(self.target, retries=0, timeout_ms=timeout_ms)
        try:
            await self._ask(partial(self._client.get, oids=(SYS_UPTIME,)), small)
        except SnmpError:
            return
        except SnmpFailure:
            failure.attempts += self.target.retries > 0
            raise failure from None

    async def _one(self, oids: Sequence[str]) -> Reply | SnmpFailure:
        try:
            return await self.get_present(oids)
        except SnmpFailure as failure:
            return failure

    async def _ask(self, ask: Ask, target: Target) -> Reply:
        try:
            # A timer per request would cost more than all else here; the client ends by itself before this.
            if self._left_ms() > target.timeout_ms << target.retries + 1:
                reply = await ask(target)
            else:
                async with self._within_budget():
                    reply = await ask(target)
        except SnmpFailure as failure:
            self._learn(failure)
            raise
        self._learn(reply)
        return reply

    def _left_ms(self) -> int:
        return self._deadline_ms - self.now_ms()

    @asynccontextmanager
    async def _within_budget(self) -> AsyncIterator[None]:
        left_ms = self._left_ms()
        if left_ms <= 0:
            raise OutOfBudget
        try:
            async with asyncio.timeout(left_ms / 1000):
                yield
        except TimeoutError as error:
            raise OutOfBudget from error

    def _learn(self, answer: Reply | SnmpFailure) -> None:
        self.sent += answer.attempts
        self.resent += max(answer.attempts - 1, 0)
        match answer:
            case Reply():
                self.answered = True
                self.limits.round_trip.measured(answer.rtt_us)
            case SnmpError():
                self.answered = True
            case SnmpFailure():
                self.failure = answer


def uptime_cs(varbinds: Sequence[Varbind]) -> int | None:
    """Return sysUpTime.0 in hundredths of a second, None where the agent did not say."""
    for oid, tag, value in varbinds:
        if oid == SYS_UPTIME and tag == TIME_TICKS:
            return int(value)
    return None
