"""One run's talk with one agent: requests within a budget, what they teach, and how they end (specs/snmp.md 4.4)."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from netmon.domain.observation import PollFailure
from netmon.domain.oid import SYS_UPTIME, Varbind
from netmon.snmp.ber import TIME_TICKS
from netmon.snmp.client import Client, Reply, Target
from netmon.snmp.errors import SnmpError, SnmpFailure, SnmpRefused, SnmpUnreachable
from netmon.snmp.message import NO_SUCH_NAME, V1
from netmon.snmp.walk import Walk
from netmon.sources.poller.adapt import ResponseSize, RoundTrip

_MOST_REMOVED = 10
_TOO_LARGE = frozenset({"agent_error", "timeout"})
_REFUSED = os.strerror(errno.ECONNREFUSED)
"""ICMP port unreachable: the host is there, its agent is not."""
_REPORTED: dict[str, PollFailure] = {
    "unknown_user": "unknown_user",
    "wrong_digest": "wrong_digest",
    "decryption_failed": "decryption_failed",
    "unsupported_security_level": "unsupported_security_level",
    "not_in_time_window": "not_in_time_window",
}
"""What a Report says of us; any other one is a fault of the agent (specs/snmp.md 2.6)."""


class OutOfBudget(Exception):
    """The run has used up its share of the interval."""


class Session:
    """Asks one agent for one run; ``answered`` tells whether anything came back, were it an error-status."""

    def __init__(
        self,
        client: Client,
        target: Target,
        *,
        now_ms: Callable[[], int],
        deadline_ms: int,
        round_trip: RoundTrip,
        size: ResponseSize,
    ) -> None:
        self.target = target
        self.size = size
        self.now_ms = now_ms
        self.answered = False
        self.failure: SnmpFailure | None = None
        self._client = client
        self._deadline_ms = deadline_ms
        self._round_trip = round_trip

    @property
    def v1(self) -> bool:
        """Whether the agent speaks SNMPv1: no Counter64, no exceptions."""
        return self.target.version == V1

    async def get(self, oids: Sequence[str]) -> Reply:
        """Ask for exact instances.

        Raises:
            SnmpFailure: no answer, or an error-status.
            OutOfBudget: the run has no time left.
        """
        return await self._ask(self._client.get, oids)

    async def get_next(self, oids: Sequence[str]) -> Reply:
        """Ask for the instances after ``oids``; raises as ``get`` does."""
        return await self._ask(self._client.get_next, oids)

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

    async def get_each(self, lists: Sequence[Sequence[str]], *, in_flight: int) -> list[Reply | SnmpFailure]:
        """Ask for each list in a PDU of its own; what fails stands in its place.

        Raises:
            OutOfBudget: the run has no time left; nothing is returned.
        """
        if self.v1:
            return [await self._one(oids) for oids in lists]
        async with self._within_budget():
            answers = await self._client.get_many(self.target, lists, in_flight=in_flight)
        for answer in answers:
            self._learn(answer)
        return answers

    async def walk(self, columns: Sequence[str], *, max_rows: int) -> Walk:
        """Walk columns of one table.

        Raises:
            SnmpFailure: the first page brought nothing.
            OutOfBudget: the run had no time left before the first page.
        """
        if self.now_ms() >= self._deadline_ms:
            raise OutOfBudget
        while True:
            try:
                walk = await self._client.walk(
                    self.target,
                    columns,
                    max_repetitions=self.size.max_repetitions(len(columns)),
                    max_rows=max_rows,
                    deadline_ms=self._deadline_ms,
                )
            except SnmpFailure as failure:
                # Large answers get lost or refused where small ones come through.
                known_alive = self.answered
                self._learn(failure)
                if not (known_alive or self.answered) or not self._smaller(len(columns)):
                    raise
                continue
            self.answered = True
            for page in walk.pages:
                self._round_trip.measured(page.rtt_us)
            if not _TOO_LARGE.intersection(walk.stops) or not self._smaller(len(columns)):
                return walk

    def _smaller(self, columns: int) -> bool:
        return self.size.too_big(columns, now_ms=self.now_ms()) and self.now_ms() < self._deadline_ms

    def reason(self) -> PollFailure:
        """Return why the run brought nothing."""
        if isinstance(self.failure, SnmpRefused):
            return _REPORTED.get(self.failure.reason, "agent_error")
        if isinstance(self.failure, SnmpUnreachable):
            return "refused" if _REFUSED in str(self.failure) else "unreachable"
        return "timeout"

    async def _one(self, oids: Sequence[str]) -> Reply | SnmpFailure:
        try:
            return await self.get_present(oids)
        except SnmpFailure as failure:
            return failure

    async def _ask(self, ask: Callable[[Target, Sequence[str]], Awaitable[Reply]], oids: Sequence[str]) -> Reply:
        try:
            async with self._within_budget():
                reply = await ask(self.target, oids)
        except SnmpFailure as failure:
            self._learn(failure)
            raise
        self._learn(reply)
        return reply

    @asynccontextmanager
    async def _within_budget(self) -> AsyncIterator[None]:
        left_ms = self._deadline_ms - self.now_ms()
        if left_ms <= 0:
            raise OutOfBudget
        try:
            async with asyncio.timeout(left_ms / 1000):
                yield
        except TimeoutError as error:
            raise OutOfBudget from error

    def _learn(self, answer: Reply | SnmpFailure) -> None:
        match answer:
            case Reply():
                self.answered = True
                self._round_trip.measured(answer.rtt_us)
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
