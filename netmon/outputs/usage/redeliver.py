"""Published files once more: the same names and octets, from the rows where the folder has lost or changed them."""

import os
import secrets
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from netmon.outputs.usage.folder import AGAIN, Folder
from netmon.outputs.usage.publish import records_of
from netmon.outputs.usage.render import Frame, Rendered, render
from netmon.outputs.usage.sign import SigningKey
from netmon.storage.store import Store, UsageFile
from netmon.usage.record_line import NO_HASH


class Redelivered(msgspec.Struct, frozen=True):
    """What became of a file."""

    file_seq: int
    name: str
    outcome: Literal["stands", "written", "refused"]
    why: str = ""


class _Prev(msgspec.Struct, frozen=True):
    prev: str


_PREV = msgspec.json.Decoder(_Prev)


def redeliver(
    store: Store, folder: Path, *, feed: str, group: str = "", first: int, last: int, key: SigningKey | None = None
) -> Iterator[Redelivered]:
    """Put back each published file from number ``first`` to ``last`` that does not stand as it was published.

    A file that would come out otherwise than it was published is refused, and what stands is left alone. It may be
    called while the daemon publishes, and while another call runs.

    Raises:
        OSError: the folder takes nothing.
        StoreError: the store cannot be read.
    """
    place = Folder(folder / feed, group=group, tmp=f"{AGAIN}{os.getpid()}-{secrets.token_hex(4)}")
    place.prepare_tmp()
    try:
        before = 0
        for file in store.usage_files(feed):
            if file.first_rec_seq is not None:
                before = file.first_rec_seq - 1
            if first <= file.file_seq <= last and file.published is not None:
                yield _again(store, place, file, before, key=key)
            before = file.last_rec_seq or before
    finally:
        place.remove_tmp()


def _has_rows(store: Store, file: UsageFile) -> bool:
    first = file.first_rec_seq
    return first is None or [one.rec_seq for one in store.records(file.feed, first - 1, 1)] == [first]


def _hash_before(store: Store, file: UsageFile, before: int) -> str:
    """Return the hash of the record before a file, which may be past its retention."""
    found = store.records(file.feed, before - 1, 1) if before else []
    if found and found[0].rec_seq == before:
        return found[0].hash
    first = store.records(file.feed, before, 1) if file.first_rec_seq is not None else []
    return _PREV.decode(first[0].line).prev if first else NO_HASH


def _again(store: Store, place: Folder, file: UsageFile, before: int, *, key: SigningKey | None) -> Redelivered:
    standing = place.published(file.name)
    if standing is not None and standing.rendered.sha256 == file.sha256:
        return Redelivered(file.file_seq, file.name, "stands")
    if place.restore(file.name, file.sha256):
        return Redelivered(file.file_seq, file.name, "written")
    if not _has_rows(store, file):
        return Redelivered(file.file_seq, file.name, "refused", "its records are past their retention")
    node_id = file.name.partition("_-_")[0]
    chain_prev = _hash_before(store, file, before)
    frame = Frame(node_id, before + 1, chain_prev, file.name.endswith(".gz"), key)

    def write(out: BinaryIO) -> Rendered:
        return render(file, frame, records_of(store, file), out)

    steps = place.publish(file.name, write)
    made = next(steps)
    if made.content_sha256 != file.content_sha256:
        why = "its rows give other lines than were published: another release wrote it, or the database was changed"
        return Redelivered(file.file_seq, file.name, "refused", why)
    if made.sha256 != file.sha256:
        return Redelivered(file.file_seq, file.name, "refused", "it is packed otherwise than it was published")
    deque(steps, maxlen=0)
    return Redelivered(file.file_seq, file.name, "written")
