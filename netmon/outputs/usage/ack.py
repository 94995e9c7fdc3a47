"""Acknowledgments of a feed: cumulative, monotone, idempotent; refused records become exceptions (specs/usage.md 7)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from netmon.domain.observation import Observation, UsageRejected
from netmon.domain.usage import Assignment, Rejection, UsageRecord
from netmon.outputs.usage.folder import Folder, file_number
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.taken import Ack, Complaint, Taken, taken
from netmon.storage.account import AuditRow, Note
from netmon.storage.store import Store, UsageFile
from netmon.usage.record_line import Line

log = structlog.get_logger("netmon.usage")

Observe = Callable[[Observation], Awaitable[None]]
"""Hands an observation to the core and returns once it is committed."""

_PATIENCE_S = 10.0
"""A file that cannot be read may still be being written for so long."""
_AT_ONCE = 500
"""Rejections in one observation."""

_NO_RECORD = "the feed has no such record"

_LINE = msgspec.json.Decoder(Line)


class AckRefused(Exception):
    """Nothing was acknowledged."""

    reason = ""


class NoSuchFile(AckRefused):
    """The feed has not published this file."""

    reason = "unknown_file"


class WrongHash(AckRefused):
    """Billing took other octets than were published."""

    reason = "wrong_hash"


class NotCommitted(Exception):
    """A file stands in ``out/``, but that it is published is not committed yet: ask again."""


class Acknowledgments:
    """What billing says of the files of one feed, by file or by request; all that lasts is in the store."""

    def __init__(
        self,
        feed: str,
        *,
        store: Store,
        folder: Folder,
        observe: Observe,
        aside: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._feed = feed
        self._store = store
        self._folder = folder
        self._observe = observe
        self._aside = aside
        """Counts a file that is set aside, by reason."""
        self.stuck: OSError | None = None
        """Why the last look could not take one of the files, or not move it away."""

    async def acknowledge(self, through: int, sha256: str, *, now: int) -> int:
        """Note that billing has all files up to number ``through``; return of how many that is news.

        Raises:
            NoSuchFile, WrongHash: nothing was acknowledged.
        """
        file = await asyncio.to_thread(self._store.usage.file, self._feed, through)
        if file is None or file.published is None:
            raise NoSuchFile(f"feed {self._feed} has not published file {through}")
        if sha256 and sha256.lower() != file.sha256:
            raise WrongHash(
                f"billing acknowledges file {file.file_seq} ({file.name}) with sha256 {sha256[:64]}, "
                f"but {file.sha256} was published; nothing was acknowledged"
            )
        await asyncio.to_thread(self._take_away, through)
        if file.acknowledged is not None:
            return 0
        return await self._store.acknowledge_usage_files(self._feed, through, now)

    async def look(self, now: int) -> list[str]:
        """Take what consumers have put into the folder of acknowledgments; return what was wrong with hashes.

        One that cannot be taken or moved away is ``stuck`` and stops no other one.

        Raises:
            OSError: the folder cannot be read.
            StoreError: it cannot be kept; it stays where it is.
        """
        self.stuck = None
        wrong = []
        files = taken(self._folder.ack, now / 1000)
        # Each is read when its turn comes: a consumer says how many there are, and each may be of 4 MiB.
        while (one := await asyncio.to_thread(next, files, None)) is not None:
            try:
                wrong += await self._take_or_refuse(one, now)
            except NotCommitted:
                log.info("not committed yet", feed=self._feed, file=one.name)
            except OSError as error:
                log.warning("stuck", feed=self._feed, file=one.path.name, error=str(error))
                self.stuck = OSError(error.errno, f"{one.path.name} in ack/: {error.strerror}")
        return wrong

    async def _take_or_refuse(self, one: Taken, now: int) -> list[str]:
        try:
            await self._take(one, now)
        except AckRefused as refused:
            await self._set_aside(one, refused.reason, str(refused))
            return [str(refused)] if isinstance(refused, WrongHash) else []
        return []

    def _take_away(self, through: int) -> None:
        """Remove from ``out/`` what was delivered once more and has been taken once more."""
        for name in self._folder.numbered(through):
            file = self._store.usage.file(self._feed, file_number(name))
            if file is not None and file.archived is not None:
                self._folder.take_away(file.name)

    async def _take(self, one: Taken, now: int) -> None:
        match one.said:
            case Ack():
                await self._ack(one, one.said.sha256, now)
            case str():
                if one.age_s > _PATIENCE_S:
                    await self._set_aside(one, "not_understood", one.said)
            case _:
                await self._nack(one, one.said, now)

    async def _ack(self, one: Taken, sha256: str, now: int) -> None:
        file = await asyncio.to_thread(self._known, one)
        if await self.acknowledge(file.file_seq, sha256, now=now):
            await self._note("acknowledge-usage", [(file.name, "")], now)
        else:
            log.info("acknowledged already", feed=self._feed, file=one.name)
        await asyncio.to_thread(one.path.unlink, missing_ok=True)

    async def _nack(self, one: Taken, complaints: Sequence[Complaint], now: int) -> None:
        await asyncio.to_thread(self._known, one)
        rejections, unknown = await asyncio.to_thread(self._rejections, complaints)
        for first in range(0, len(rejections), _AT_ONCE):
            await self._observe(UsageRejected(now, tuple(rejections[first : first + _AT_ONCE])))
        for result, of_none in (("done", False), (_NO_RECORD, True)):
            told = [(said.id, f"{said.code}: {said.text}") for said in complaints if (said.id in unknown) is of_none]
            await self._note("reject-usage", told, now, result=result)
        if unknown:
            await self._set_aside(one, "unknown_record", f"{_NO_RECORD}: {', '.join(sorted(unknown)[:10])}")
        else:
            await asyncio.to_thread(one.path.unlink, missing_ok=True)

    def _known(self, one: Taken) -> UsageFile:
        file = self._store.usage.file(self._feed, file_number(one.name))
        if file is not None and file.name == one.name:
            if file.published is not None:
                return file
            if (self._folder.out / (file.name + MANIFEST)).exists():
                raise NotCommitted(one.name)
        raise NoSuchFile(f"feed {self._feed} has not published {one.name}")

    def _rejections(self, complaints: Sequence[Complaint]) -> tuple[list[Rejection], set[str]]:
        """Return what is new among complaints, and the ids that are of no record; reads the store."""
        found: dict[tuple[str, str], Rejection] = {}
        unknown = set()
        for said in complaints:
            record = self._store.usage.record(said.id)
            if record is None or record.feed != self._feed:
                unknown.add(said.id)
                continue
            told = self._store.usage.exceptions_of(record)
            reason = f"nack_{said.code}"
            lines = [_LINE.decode(other.line) for other in told]
            # What a kill left after its commit is read again.
            if not any((line.adjusts, line.reason) == (said.id, reason) for line in lines):
                found.setdefault((said.id, reason), _rejection(record, reason, number=len(told)))
        return list(found.values()), unknown

    async def _set_aside(self, one: Taken, reason: str, why: str) -> None:
        log.warning("set aside", feed=self._feed, file=one.path.name, reason=reason, why=why)
        await asyncio.to_thread(self._folder.set_aside, one.path)
        self._aside(reason)

    async def _note(self, action: str, what: Sequence[tuple[str, str]], now: int, *, result: str = "done") -> None:
        rows = [
            AuditRow(now, f"feed:{self._feed}", action, result, targets=(target,), comment=comment)
            for target, comment in what
        ]
        await self._store.account(*map(Note, rows))


def _rejection(record: UsageRecord, reason: str, *, number: int) -> Rejection:
    line = _LINE.decode(record.line)
    who = Assignment(
        series=line.series,
        element=line.element,
        object=line.resource.id,
        name=line.resource.name,
        basis="",
        feed=line.feed,
        rule="",
        contract=line.contract_id or "",
        service=line.service_id or "",
        party=line.party_ref or "",
        facing=line.facing or "",
        poll_ms=line.source.poll_s * 1000,
    )
    return Rejection(who, record.start, record.end, number, record.id, reason)
