"""Hints to a broker that a usage file was published, and how far the chain of records is (specs/usage.md section 8)."""

from collections.abc import Iterator

import msgspec

from netmon.outputs.retained import Message
from netmon.storage.store import Store, UsageFile
from netmon.usage.periods import utc_text

_DAY_MS = 86_400_000
_ENCODER = msgspec.json.Encoder()


class UsageHints:
    """What was told of each feed over one connection; a hint that is lost loses nothing."""

    def __init__(self, feeds: tuple[str, ...]) -> None:
        self._feeds = feeds
        self._files: dict[str, int] = {}
        """Number of the last file told."""
        self._days: dict[str, int] = {}
        """Day on which the head was told."""

    def messages(self, store: Store, now: int) -> list[Message]:
        """Return what is new since the last look; reads the store."""
        return list(self._new(store, now))

    def _new(self, store: Store, now: int) -> Iterator[Message]:
        for feed in self._feeds:
            file = store.published_file(feed)
            if file is None:
                continue
            if self._files.get(feed) != file.file_seq:
                yield _file(file)
                self._files[feed] = file.file_seq
            head = store.usage_head(feed)
            if head is not None and self._days.get(feed) != now // _DAY_MS:
                yield _head(file, *head, now=now)
                self._days[feed] = now // _DAY_MS


def _file(file: UsageFile) -> Message:
    first, last = file.first_rec_seq, file.last_rec_seq
    records = last - first + 1 if first is not None and last is not None else 0
    told = {"file_seq": file.file_seq, "name": file.name, "sha256": file.sha256, "records": records}
    return Message(f"netmon/usage/v1/{file.feed}/file", _ENCODER.encode(told))


def _head(file: UsageFile, rec_seq: int, chain_head: str, *, now: int) -> Message:
    told = {"rec_seq": rec_seq, "chain_head": chain_head, "file_seq": file.file_seq, "at": utc_text(now)}
    return Message(f"netmon/usage/v1/{file.feed}/head", _ENCODER.encode(told))
