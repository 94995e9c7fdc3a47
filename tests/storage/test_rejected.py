"""The last messages that were turned away, in the store; and the schema before, which had no table for them."""

import sqlite3
from pathlib import Path

from netmon.storage.sqlite.database import VERSION
from netmon.storage.sqlite.store import open_store


async def test_the_last_thousand_are_kept_the_newest_first(tmp_path: Path) -> None:
    store = open_store(tmp_path / "netmon.db")
    for at in range(0, 1_200, 100):
        await store.keep_rejected([(number, str(number).encode()) for number in range(at, at + 100)])
    store.close()
    again = open_store(tmp_path / "netmon.db")
    assert again.rejected() == [str(number).encode() for number in range(1_199, 199, -1)]
    again.close()


async def test_a_file_of_the_schema_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "netmon.db"
    open_store(path).close()
    before = sqlite3.connect(path)
    wanted = before.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
    before.executescript("DROP TABLE trap_rejected; PRAGMA user_version=2;")
    before.close()
    store = open_store(path)
    await store.keep_rejected([(1, b"{}")])
    assert store.rejected() == [b"{}"]
    store.close()
    after = sqlite3.connect(path)
    assert after.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall() == wanted
    assert after.execute("PRAGMA user_version").fetchone() == (VERSION,)
    after.close()
