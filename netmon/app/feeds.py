"""What may be asked of the usage feeds of a running engine."""

import asyncio
import time
from collections.abc import Mapping
from typing import Protocol

import msgspec

from netmon.config.rules import Judged, metering_of
from netmon.config.zones import zones_version
from netmon.control.feeds import NotDone
from netmon.domain.request import AckAnswer, AckCall, RedeliverCall
from netmon.outputs.output import Output
from netmon.outputs.usage.ack import AckRefused, WrongHash
from netmon.outputs.usage.feed import UsageFeed
from netmon.outputs.usage.redeliver import Redelivered, redeliver
from netmon.outputs.usage.sign import signing_key
from netmon.storage.account import AuditRow, Note
from netmon.storage.sqlite.store import SqliteStore
from netmon.usage.contracts import ContractInUse, Contracts


class Behind(Protocol):
    """What of the engine is asked."""

    @property
    def judged(self) -> Judged:
        """The configuration in use."""
        ...

    @property
    def outputs(self) -> Mapping[str, Output]:
        """All outputs by name."""
        ...

    @property
    def store(self) -> SqliteStore:
        """The store."""
        ...


class Feeds:
    """Answers for all feeds."""

    def __init__(self, engine: Behind) -> None:
        self._engine = engine

    async def acknowledge(self, call: AckCall) -> AckAnswer:
        """Note that billing has files.

        Raises:
            NotDone: nothing was acknowledged.
            StoreError: it could not be kept.
        """
        try:
            many = await self._feed(call.feed).acknowledge(call.through_file_seq, call.sha256)
        except AckRefused as refused:
            raise NotDone(409 if isinstance(refused, WrongHash) else 404, str(refused)) from None
        if call.audit:
            targets = (f"{call.feed}/{call.through_file_seq}",)
            now = time.time_ns() // 1_000_000
            await self._engine.store.account(
                Note(AuditRow(now, call.user, "acknowledge-usage", "done", targets=targets))
            )
        return AckAnswer(call.feed, call.through_file_seq, many)

    async def redeliver(self, call: RedeliverCall) -> bytes:
        """Put files back; what is refused is a breach of the feed's integrity.

        Raises:
            NotDone: there is no such feed, or its folder takes nothing.
            StoreError: the store cannot be read.
        """
        feed = self._feed(call.feed)
        try:
            found = await asyncio.to_thread(self._again, call)
        except OSError as error:
            raise NotDone(409, f"{error.filename or call.feed}: {error.strerror or error}") from None
        for one in found:
            if one.outcome == "refused":
                feed.breach(f"{one.name} cannot be delivered again: {one.why}")
        return msgspec.json.encode(found)

    def contracts(self) -> Contracts:
        """Return the contracts of the usage rules, each with the feeds that have records of it."""
        metering = metering_of(self._engine.judged.loaded)
        assigned = (*metering.assignments, *(one.assignment for one in metering.followed))
        of = {one.id: {other.feed for other in assigned if other.contract == one.id} for one in metering.contracts}
        states = [ContractInUse(one, tuple(sorted(of[one.id]))) for one in metering.contracts]
        return Contracts(tuple(states), zones_version())

    def _again(self, call: RedeliverCall) -> list[Redelivered]:
        loaded = self._engine.judged.loaded
        of = next(one for one in loaded.config.usage.feeds if one.id == call.feed)
        key = signing_key(loaded.secret(of.sign)) if of.sign is not None else None
        return list(
            redeliver(
                self._engine.store,
                loaded.data_dir / "usage",
                feed=call.feed,
                group=of.group,
                first=call.first,
                last=call.last,
                key=key,
            )
        )

    def _feed(self, id_: str) -> UsageFeed:
        found = self._engine.outputs.get(f"usage-{id_}")
        if not isinstance(found, UsageFeed):
            names = [
                name.removeprefix("usage-") for name, one in self._engine.outputs.items() if isinstance(one, UsageFeed)
            ]
            raise NotDone(404, f"there is no feed {id_} (one of {', '.join(sorted(names))})")
        return found
