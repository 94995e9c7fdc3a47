"""The store on real files: what was committed is there, what was not is not."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netmon.domain.observation import Observation, OperatorRequest, RulesChange
from netmon.storage.account import AddOperator, AddToken, ApiToken, Operator, RemoveOperator
from netmon.storage.sqlite.database import VERSION
from netmon.storage.sqlite.disk import sync_p99_ms
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.store import StoreError, StoreFull, UsageFile
from tests.storage.batches import AT, alarm, batch, change, failed, poll, record, storm, trap

FILE = UsageFile("main", 1, "main-1.jsonl", AT, AT + 1, 0, 1, 2, "0" * 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "netmon.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = open_store(path)
    yield opened
    opened.close()


def logged(store: SqliteStore, after: int = 0) -> list[tuple[int, Observation]]:
    return list(store.log.read(after))


async def test_log_merges_polls_and_all_else_in_order_after_reopen(path: Path) -> None:
    arrivals = (trap(1), poll(2), failed(3), trap(4), OperatorRequest(AT, "q1", "ann", "acknowledge", ("a",)), poll(5))
    first = batch(1, 1, arrivals)
    second = batch(2, 8, (RulesChange(AT, b"{}", "sha256:1"),))
    opened = open_store(path)
    await opened.commit(first)
    await opened.commit(second)
    opened.close()

    again = open_store(path)
    assert again.position() == (2, 9)
    assert logged(again) == list(enumerate((*first.observations, *second.observations), 1))
    assert [seq for seq, _ in logged(again, 4)] == [5, 6, 7, 8, 9]
    assert logged(again, 9) == []
    assert (again.log.first_seq(), again.log.complete_after()) == (1, 0)
    again.close()


async def test_where_in_the_log_a_time_stands(store: SqliteStore) -> None:
    assert store.log.before(AT) == 0
    for n in range(1, 38):
        await store.commit(batch(n, 2 * n - 1, (trap(n),)))
    for n in (1, 2, 17, 36, 37):
        [(_, first), *_] = logged(store, store.log.before(AT + n) + 1 if n > 1 else 0)
        assert first.at == AT + n
    assert logged(store, store.log.before(AT + 38) + 1) == []


async def test_reads_more_than_one_page(store: SqliteStore) -> None:
    for n in range(70):
        await store.commit(batch(n + 1, 1 + 2 * n, (trap(n),)))
    assert [seq for seq, _ in logged(store)] == list(range(1, 141))
    assert [seq for seq, _ in logged(store, 101)] == list(range(102, 141))


async def test_a_batch_that_does_not_follow_is_refused(store: SqliteStore) -> None:
    await store.commit(batch(1, 1))
    for wrong in (batch(2, 3), batch(2, 1), batch(1, 2)):
        with pytest.raises(StoreError, match="does not follow"):
            await store.commit(wrong)
    assert store.position() == (1, 1)


async def test_two_batches_in_flight_and_the_second_waits_for_the_first(store: SqliteStore) -> None:
    await asyncio.gather(*(store.commit(storm(n, 20)) for n in range(1, 9)))
    assert store.position() == (8, 8 * 21)
    assert [one.seq for one in store.changes(0, 100)] == list(range(1, 17))


async def test_alarm_stands_as_its_last_change_left_it(store: SqliteStore) -> None:
    a, b = alarm(1), alarm(2, version=2)
    worse = alarm(1, version=3, severity="critical")
    await store.commit(batch(1, 1, changes=(change(1, a), change(2, b), change(3, worse, "severity"))))
    assert store.alarms() == [worse, b]
    assert store.alarm(a.alarm_id) == worse
    assert store.changes(1, 10) == [change(2, b), change(3, worse, "severity")]
    assert store.changes(0, 1) == [change(1, a)]

    cleared = alarm(1, version=4, state="cleared", severity="cleared", cleared=AT + 9)
    damped = alarm(2, version=6, count=9)
    await store.commit(batch(2, 2, changes=(change(4, cleared, "cleared"), change(5, cleared, "purged"))))
    await store.commit(batch(3, 3, changes=(change(6, damped, "edge"),)))
    assert store.alarms_at() == (6, [b])
    assert store.alarm(a.alarm_id) is None
    assert [one.seq for one in store.changes(3, 10)] == [4, 5, 6]


async def test_usage_records_and_files(store: SqliteStore) -> None:
    await store.commit(batch(1, 1, records=(record(1), record(2), record(1, "other"))))
    assert [one.rec_seq for one in store.records("main", 0, 10)] == [1, 2]
    assert store.records("main", 1, 10) == [record(2)]
    with pytest.raises(StoreError):
        await store.commit(batch(2, 2, records=(record(2),)))
    assert store.position() == (1, 1)

    await store.bind_usage_file(FILE)
    with pytest.raises(StoreError, match="usage file 1 of feed main is bound already"):
        await store.bind_usage_file(FILE)
    published = UsageFile("main", 1, "main-1.jsonl", AT, AT + 1, 0, 1, 2, "0" * 64, "a" * 64, "b" * 64, AT + 2)
    await store.publish_usage_file(published)
    assert store.usage_files("main") == [published]
    with pytest.raises(StoreError, match="was never bound"):
        await store.publish_usage_file(UsageFile("main", 2, "x", 0, 0, 0, None, None, ""))


async def test_cursors_source_state_and_answers(store: SqliteStore) -> None:
    await asyncio.gather(store.set_cursor("b", 1), store.set_cursor("a", 7), store.set_cursor("b", 2))
    assert store.cursors() == {"a": 7, "b": 2}
    assert (store.cursor("b"), store.cursor("never")) == (2, 0)
    await store.set_source_state("traps", "k", b"1", AT)
    await store.set_source_state("traps", "k", b"2", AT)
    await store.set_source_state("traps", "gone", b"3", AT)
    await store.set_source_state("traps", "gone", None, AT)
    assert store.source_state("traps") == {"k": b"2"}
    await store.commit(batch(1, 1, answers=(("q1", b"{}"), ("q1", b"late"))))
    assert (store.answer("q1"), store.answer("q2")) == (b"{}", None)


async def test_accounts_and_tokens(store: SqliteStore) -> None:
    token = ApiToken("1", "ann", "read", "f" * 64, AT)
    with pytest.raises(StoreError, match="there is no operator 'ann'"):
        await store.account(AddToken(token))
    await store.account(AddOperator(Operator("ann", "viewer", "", AT)))
    await store.account(AddToken(token))
    await store.account(AddOperator(Operator("ann", "admin", "", AT)))
    assert store.operators() == [Operator("ann", "admin", "", AT)]
    assert store.token("f" * 64) == (token, Operator("ann", "admin", "", AT))
    assert store.token("0" * 64) is None


async def test_one_bad_write_does_not_take_the_others_with_it(store: SqliteStore) -> None:
    bad = OperatorRequest(AT, "q", "ann", "comment", (), "lone surrogate \udc80")
    results = await asyncio.gather(
        store.set_cursor("a", 1),
        store.publish_usage_file(FILE),
        store.commit(batch(1, 1, (bad,))),
        return_exceptions=True,
    )
    assert results[0] is None
    assert [str(type(one).__name__) for one in results[1:]] == ["StoreError", "Unstorable"]
    assert "cannot encode" in str(results[2])
    assert (store.cursor("a"), store.position()) == (1, (0, 0))


async def test_a_bug_in_one_write_fails_it_and_no_other(store: SqliteStore) -> None:
    def broken(_: object) -> None:
        raise KeyError("nobody thought of this")

    results = await asyncio.gather(store.set_cursor("a", 1), store._join(broken), return_exceptions=True)
    assert results[0] is None
    assert isinstance(results[1], StoreError)
    assert "cannot write: KeyError" in str(results[1])
    # The thread that writes lives.
    await store.commit(batch(1, 1))
    assert (store.cursor("a"), store.position()) == (1, (1, 1))


async def test_an_account_goes_with_its_tokens(store: SqliteStore) -> None:
    for name in ("ann", "bob"):
        await store.account(AddOperator(Operator(name, "viewer", "", AT)))
        await store.account(AddToken(ApiToken(name, name, "read", name * 20, AT, AT + 1)))
    assert [(token.id, token.operator, token.expires) for token in store.tokens()] == [
        ("ann", "ann", AT + 1),
        ("bob", "bob", AT + 1),
    ]
    await store.account(RemoveOperator("ann"))
    assert [one.name for one in store.operators()] == [token.operator for token in store.tokens()] == ["bob"]
    assert store.token("ann" * 20) is None
    with pytest.raises(StoreError, match="there is no operator 'ann'"):
        await store.account(RemoveOperator("ann"))


async def test_full_database_keeps_nothing_of_the_batch_and_goes_on_when_there_is_room(store: SqliteStore) -> None:
    await store.commit(storm(1))
    writing = store._engine._connection  # type: ignore[union-attr]
    pages = writing.execute("PRAGMA page_count").fetchone()[0]
    writing.execute(f"PRAGMA max_page_count={pages + 4}")
    results = await asyncio.gather(
        store.commit(storm(2)), store.commit(storm(3)), store.set_cursor("a", 1), return_exceptions=True
    )
    assert [type(one) for one in results[:2]] == [StoreFull, StoreFull]
    assert "no room on the disk" in str(results[0])
    assert store.position() == (1, 201)
    assert len(store.changes(0, 1000)) == len(store.alarms()) == 20
    writing.execute("PRAGMA max_page_count=1000000")
    await store.commit(storm(2))
    assert store.position() == (2, 402)


def test_no_room_for_the_file(path: Path) -> None:
    """RLIMIT_FSIZE makes real writes fail for every user: each batch that was not refused is there afterwards."""
    told = subprocess.run(
        [sys.executable, "-c", _FILL, path], capture_output=True, text=True, check=True, env=_env()
    ).stdout.split()
    refused, committed, kept, after = told
    assert refused == "StoreFull"
    assert int(committed) > 0
    assert kept == committed
    assert int(after) == int(committed) + 1


_FILL = """
import asyncio, resource, sys
from pathlib import Path
from tests.storage.batches import storm
from netmon.storage.sqlite.store import open_store

async def fill():
    store = open_store(Path(sys.argv[1]))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, hard))
    number = 0
    try:
        while True:
            await store.commit(storm(number + 1))
            number += 1
    except Exception as error:
        seqs = [seq for seq, _ in store.log.read(0)]
        assert seqs == list(range(1, number * 201 + 1))
        print(type(error).__name__, number, store.position()[0])
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await store.commit(storm(number + 1))
    print(store.position()[0])
    store.close()

asyncio.run(fill())
"""

_WRITE = """
import asyncio, sys
from collections.abc import Iterator
from pathlib import Path
from tests.storage.batches import storm
from netmon.storage.sqlite.store import open_store

async def write():
    store = open_store(Path(sys.argv[1]))
    number = store.position()[0]
    while True:
        number += 1
        await store.commit(storm(number, 20))
        print(number, flush=True)

asyncio.run(write())
"""


def _env() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_committed(path: Path) -> None:
    committed = 0
    for count in (5, 12, 30):
        writer = subprocess.Popen([sys.executable, "-c", _WRITE, path], stdout=subprocess.PIPE, text=True, env=_env())
        assert writer.stdout is not None
        for _ in range(count):
            committed = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        committed = max([committed, *map(int, writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()
        store = open_store(path)
        last, last_seq = store.position()
        # The last one may have been committed without being told.
        assert last in (committed, committed + 1)
        assert [seq for seq, _ in store.log.read(0)] == list(range(1, last * 21 + 1))
        assert last_seq == last * 21
        assert [one.seq for one in store.changes(0, 10_000)] == list(range(1, last * 2 + 1))
        store.close()


def test_second_engine_is_refused_and_a_reader_is_not(store: SqliteStore, path: Path) -> None:
    with pytest.raises(StoreError, match=f"data directory {path.parent} is in use by another netmon"):
        open_store(path)
    reader = open_store(path, read_only=True)
    assert reader.position() == (0, 0)
    reader.close()
    store.close()
    open_store(path).close()


async def test_reader_sees_commits_and_cannot_write(store: SqliteStore, path: Path) -> None:
    reader = open_store(path, read_only=True)
    await store.commit(batch(1, 1))
    assert await asyncio.to_thread(reader.position) == (1, 1)
    with pytest.raises(StoreError, match="open for reading only"):
        await reader.set_cursor("a", 1)
    with pytest.raises(StoreError), reader._readers.read() as connection:
        connection.execute("DELETE FROM checkpoint")
    reader.close()


def test_what_cannot_be_opened_is_said_in_one_line(path: Path) -> None:
    with pytest.raises(StoreError, match="made by `netmon run`"):
        open_store(path, read_only=True)
    with pytest.raises(StoreError, match=r"cannot be written \(No such file or directory\)"):
        open_store(path / "missing" / "netmon.db")
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(StoreError, match="is not a database of netmon"):
        open_store(path)


@pytest.mark.parametrize(
    ("version", "told"),
    [
        (99, rf"written by a newer netmon \(schema 99, this one knows {VERSION}\)"),
        (1, r"written before the first release \(schema 1\): move it away"),
    ],
)
def test_file_of_another_netmon_is_refused(path: Path, version: int, told: str) -> None:
    open_store(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={version}")
    connection.close()
    for read_only in (False, True):
        with pytest.raises(StoreError, match=told):
            open_store(path, read_only=read_only)


def test_pragmas_and_mode(store: SqliteStore, path: Path) -> None:
    writing = store._engine._connection  # type: ignore[union-attr]
    wanted = {"journal_mode": "wal", "synchronous": 2, "page_size": 4096, "wal_autocheckpoint": 1000, "mmap_size": 0}
    assert {name: writing.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
    assert path.stat().st_mode & 0o777 == 0o600


async def test_close_commits_what_waits(path: Path) -> None:
    store = open_store(path)
    waiting = [asyncio.ensure_future(store.set_cursor("a", 5)), asyncio.ensure_future(store.commit(batch(1, 1)))]
    await asyncio.sleep(0)
    store.close()
    await asyncio.gather(*waiting)
    again = open_store(path)
    assert (again.cursor("a"), again.position()) == (5, (1, 1))
    again.close()
    with pytest.raises(StoreError, match="closed"):
        await store.set_cursor("a", 6)


def test_sync_is_measured(tmp_path: Path) -> None:
    assert 0 < sync_p99_ms(tmp_path) < 60_000
    assert list(tmp_path.iterdir()) == []
