"""``/api/v1/usage``: feeds, their files, what they say of each metered interface, and proof (specs/dashboard.md 7)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec

from netmon.storage.sqlite.store import SqliteStore
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.storage.store import UsageFile
from netmon.usage.record_line import Line
from netmon.web import usage_folder
from netmon.web.context import Call, Web
from netmon.web.error import Refusal
from netmon.web.openapi import operation
from netmon.web.usage_day import Day
from netmon.web.usage_feed import LAST, UsageFeed, feed_names, read_feed

_PROVED_FILES = 400

Many = Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class UsageFeeds(msgspec.Struct, frozen=True):
    """All feeds that have a record or a file."""

    now: int
    feeds: list[UsageFeed]


class FilesQuery(msgspec.Struct, frozen=True):
    """Which files."""

    before: Annotated[int, msgspec.Meta(ge=1, le=LAST)] = LAST
    """Those with a smaller file_seq."""
    limit: Many = 100


class UsageFileRow(msgspec.Struct, frozen=True):
    """A file of a feed; times are UTC ms, octets decimal text."""

    file_seq: int
    name: str
    opened: int
    closed: int
    closure_reason: int
    """Code of 3GPP TS 32.297: 1 size, 2 time, 3 records, 129 and 130 trouble with the folder."""
    first_rec_seq: int | None
    last_rec_seq: int | None
    records: int
    state: str
    """open: it is bound and being written; published."""
    published: int | None
    folder: str
    """whole, missing, changed: how it lies in its folder; archived: billing has it, so it was moved;
    deleted: 90 days after that; empty: it is not published yet."""
    acknowledged: int | None
    """When billing said that it has it."""
    sha256: str
    content_sha256: str
    octets_in: str | None
    """Sum over the usage records; null: nothing is known, which is not 0."""
    octets_out: str | None
    at_least: bool
    """Intervals of it are partial or unknown: its octets are a lower bound."""
    by_kind: dict[str, int]
    by_quality: dict[str, int]
    bytes: int | None
    hole: str
    """What is wrong between this file and the one before it; empty: nothing."""


class UsageFiles(msgspec.Struct, frozen=True):
    """Files of a feed, the newest first."""

    now: int
    feed: str
    folder: str
    """Below ``data_dir``."""
    files: list[UsageFileRow]
    before: int | None
    """Where the list goes on; null: this was its end."""


class UsageSeries(msgspec.Struct, frozen=True):
    """What a feed says of its metered interfaces."""

    now: int
    feed: str
    day: Day


class RecordsQuery(msgspec.Struct, frozen=True):
    """Which records: those of a series that start in a span of time, UTC ms."""

    series: str
    since: Annotated[int, msgspec.Meta(ge=0, le=LAST)]
    until: Annotated[int, msgspec.Meta(ge=0, le=LAST)] = LAST
    limit: Many = 500


class UsageRecordRow(msgspec.Struct, frozen=True):
    """A record: its line, with every count of octets as decimal text, and the hash that the next one carries."""

    hash: str
    line: dict[str, Any]


class UsageRecords(msgspec.Struct, frozen=True):
    """Records of one series, the newest interval first."""

    now: int
    total: int
    records: list[UsageRecordRow]


@operation("GET", "/api/v1/usage/feeds", summary="List usage feeds", role="read", answer=UsageFeeds)
async def list_usage_feeds(call: Call[None, None]) -> UsageFeeds:
    """List the feeds: how far they are, how complete the last day is, whether numbers are missing."""
    web = call.web
    names = await web.slow.run(feed_names, web.store)
    feeds = [await web.slow.run(read_feed, web.store, name, await _day(web, name)) for name in names]
    return UsageFeeds(web.now_ms(), feeds)


@operation(
    "GET", "/api/v1/usage/feeds/{feed}/files", summary="List usage files", role="read", query=FilesQuery,
    answer=UsageFiles, errors=(400, 404),
)  # fmt: skip
async def list_usage_files(call: Call[FilesQuery, None]) -> UsageFiles:
    """List the files of a feed with their sums, their hashes, and how they lie in the folder of the feed."""
    web, asked = call.web, call.query
    feed = await known_feed(call)
    found = await web.slow.run(web.store.usage.files_before, feed, before=asked.before, limit=asked.limit + 1)
    shown = found[: asked.limit]
    folder = _folder(web, feed)
    rows = await asyncio.to_thread(_rows, folder, found, len(shown))
    more = shown[-1].file_seq if len(found) > asked.limit else None
    return UsageFiles(web.now_ms(), feed, folder.relative_to(web.data_dir).as_posix(), rows, more)


@operation(
    "GET", "/api/v1/usage/feeds/{feed}/series", summary="List metered interfaces", role="read",
    answer=UsageSeries, errors=(404,),
)  # fmt: skip
async def list_usage_series(call: Call[None, None]) -> UsageSeries:
    """List the metered interfaces of a feed and what the last 24 hours say of each; of very many records the newest."""
    feed = await known_feed(call)
    return UsageSeries(call.web.now_ms(), feed, await _day(call.web, feed))


@operation(
    "GET", "/api/v1/usage/feeds/{feed}/records", summary="List usage records", role="read", query=RecordsQuery,
    answer=UsageRecords, errors=(400, 404),
)  # fmt: skip
async def list_usage_records(call: Call[RecordsQuery, None]) -> UsageRecords:
    """List the records of one metered interface with their evidence; to follow a feed see the lists of TMF771."""
    web = call.web
    feed = await known_feed(call)
    total, records = await web.slow.run(_records, web.store, feed, call.query)
    return UsageRecords(web.now_ms(), total, records)


@operation(
    "GET", "/api/v1/usage/feeds/{feed}/proof", summary="Verify usage files", role="read",
    answer=usage_folder.Proof, errors=(404,),
)  # fmt: skip
async def verify_usage_files(call: Call[None, None]) -> usage_folder.Proof:
    """Check the newest files in the folder of a feed as ``netmon usage verify`` does: numbers, hashes, ids, sums.

    An answer is good for five minutes, or until one of these files changes or the next one is published.
    """
    web = call.web
    feed = await known_feed(call)
    files = await web.slow.run(web.store.usage.files_before, feed, before=LAST, limit=_PROVED_FILES)

    published = [file for file in reversed(files) if file.published is not None]

    async def make() -> usage_folder.Proof:
        older = max(0, files[-1].file_seq - 1) if files else 0
        proof = await asyncio.to_thread(
            usage_folder.prove, _folder(web, feed), published, now=web.now_ms(), older=older
        )
        return msgspec.structs.replace(proof, feed=feed)

    lies = await asyncio.to_thread(usage_folder.stamp, _folder(web, feed), published)
    return await web.usage.proof(f"{feed} {lies}", make)


async def _day(web: Web, feed: str) -> Day:
    return await web.usage.day(web.slow, web.store, feed)


async def known_feed(call: Call[Any, Any]) -> str:
    """Return the feed in the path.

    Raises:
        Refusal: 404, there is none of this name.
    """
    feed = call.path["feed"]
    names = await call.web.slow.run(feed_names, call.web.store)
    if feed not in names:
        there = f"there are {', '.join(names)}" if names else "none has a record or a file yet"
        raise Refusal(404, "notFound", message=f"there is no feed {feed}; {there}")
    return feed


def _folder(web: Web, feed: str) -> Path:
    return web.data_dir / "usage" / feed / "out"


def _rows(folder: Path, files: Sequence[UsageFile], many: int) -> list[UsageFileRow]:
    """Show the first files, the newest first; one more serves to look at the one before the last."""
    older = [*files[1:], None]
    return [_row(folder, file, before) for file, before in zip(files[:many], older, strict=False)]


def _row(folder: Path, file: UsageFile, before: UsageFile | None) -> UsageFileRow:
    published = file.published is not None
    at = usage_folder.place(folder, file)
    told = usage_folder.manifest(at, file) if published else None
    known = told is not None and not told.nothing_known
    return UsageFileRow(
        file_seq=file.file_seq,
        name=file.name,
        opened=file.opened,
        closed=file.closed,
        closure_reason=file.closure_reason,
        first_rec_seq=file.first_rec_seq,
        last_rec_seq=file.last_rec_seq,
        records=usage_folder.records(file),
        state="published" if published else "open",
        published=file.published,
        folder=usage_folder.lies(at, file, told) if published else "",
        acknowledged=file.acknowledged,
        sha256=file.sha256,
        content_sha256=file.content_sha256,
        octets_in=told.sum_octets_in if told is not None and known else None,
        octets_out=told.sum_octets_out if told is not None and known else None,
        at_least=told is not None and told.at_least,
        by_kind=told.by_kind if told is not None else {},
        by_quality=told.by_quality if told is not None else {},
        bytes=told.bytes if told is not None else None,
        hole=_hole(file, before),
    )


def _hole(file: UsageFile, before: UsageFile | None) -> str:
    if before is None:
        return "" if file.file_seq == 1 else "the file before it is not in the store any more"
    if file.file_seq != before.file_seq + 1:
        return f"file {file.file_seq} follows {before.file_seq}"
    if before.published is not None and file.prev_file_sha256 != before.content_sha256:
        return f"it does not carry the hash of file {before.file_seq}"
    return ""


def _records(store: SqliteStore, feed: str, asked: RecordsQuery) -> tuple[int, list[UsageRecordRow]]:
    span = UsageSpan(feed, asked.since, asked.until)
    total, records = store.usage.last_of_series(asked.series, span, limit=asked.limit)
    return total, [UsageRecordRow(one.hash, _exact(one.line)) for one in records]


_LINE = msgspec.json.Decoder(Line)


def _exact(line: bytes) -> dict[str, Any]:
    """Return a line whose counts of octets are text: exact in every reader of JSON."""
    shown: dict[str, Any] = msgspec.to_builtins(_LINE.decode(line))
    for name, value in shown.items():
        if "octets" in name and isinstance(value, int):
            shown[name] = str(value)
        elif name in ("slots_in", "slots_out") and value is not None:
            shown[name] = [None if one is None else str(one) for one in value]
    for dropped in shown["evidence"]["dropped"]:
        dropped |= {name: None if dropped[name] is None else str(dropped[name]) for name in ("octets_in", "octets_out")}
    return shown


OPERATIONS = (list_usage_feeds, list_usage_files, list_usage_series, list_usage_records, verify_usage_files)
