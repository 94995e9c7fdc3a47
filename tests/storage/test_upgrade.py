"""Files of the schemas before are brought up to date when the engine opens them; nothing tells them from new ones."""

import re
import sqlite3
from pathlib import Path

import pytest

from netmon.storage.sqlite.database import VERSION
from netmon.storage.sqlite.store import open_store
from netmon.storage.sqlite.usage_queries import _ACKNOWLEDGED, _UNACKNOWLEDGED, _UNARCHIVED, _WAITING

WITHOUT_7 = "".join(f"DROP INDEX usage_file_{name};" for name in ("waiting", "unarchived", "acknowledged"))
WITHOUT_6 = WITHOUT_7 + "ALTER TABLE usage_file DROP COLUMN archived; ALTER TABLE usage_file DROP COLUMN acknowledged;"
WITHOUT_5 = WITHOUT_6 + "DROP TABLE usage_settled; DROP INDEX usage_record_number; DROP INDEX usage_record_doubt;"
WITHOUT_4 = WITHOUT_5 + "DROP INDEX usage_record_series;"
BEFORE = {
    "2": WITHOUT_4 + "DROP TABLE trap_rejected; DROP INDEX audit_refused; PRAGMA user_version=2;",
    "2, made after the audit had its index": WITHOUT_4 + "DROP TABLE trap_rejected; PRAGMA user_version=2;",
    "3, made from 2": WITHOUT_4 + "DROP INDEX audit_refused; PRAGMA user_version=3;",
    "3": WITHOUT_4 + "PRAGMA user_version=3;",
    "4": WITHOUT_4 + "PRAGMA user_version=4;",
    "5": WITHOUT_5 + "PRAGMA user_version=5;",
    "6": WITHOUT_6 + "PRAGMA user_version=6;",
    "7": WITHOUT_7 + "PRAGMA user_version=7;",
}
"""What makes a file one of each schema."""


def schema(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return [(name, " ".join((sql or "").split()).replace("( ", "(").replace(" )", ")")) for name, sql in rows]


@pytest.mark.parametrize("lacked", BEFORE.values(), ids=BEFORE)
async def test_a_file_of_a_schema_before_is_like_a_new_one(tmp_path: Path, lacked: str) -> None:
    path = tmp_path / "netmon.db"
    open_store(path).close()
    wanted = schema(path)
    before = sqlite3.connect(path)
    before.executescript(lacked)
    before.close()
    store = open_store(path)
    await store.keep_rejected([(1, b"{}")])
    assert store.rejected() == [b"{}"]
    assert store.refused("nobody", since=0, limit=1) == []
    store.close()
    assert schema(path) == wanted
    after = sqlite3.connect(path)
    assert after.execute("PRAGMA user_version").fetchone() == (VERSION,)
    plan = after.execute("EXPLAIN QUERY PLAN SELECT id FROM audit WHERE after <> '' AND at > 5").fetchall()
    assert "audit_refused" in plan[0][-1]
    by_series = "EXPLAIN QUERY PLAN SELECT * FROM usage_record WHERE feed = 'm' AND series = 'r1|xe' ORDER BY start"
    assert [row[-1] for row in after.execute(by_series)] == [
        "SEARCH usage_record USING INDEX usage_record_series (feed=? AND series=?)"
    ]
    for asked in (_WAITING, _UNARCHIVED, _UNACKNOWLEDGED, _ACKNOWLEDGED):
        values = (0,) * asked.count("?")
        [step] = after.execute(f"EXPLAIN QUERY PLAN {asked}", values).fetchall()
        assert re.search(r"USING (COVERING )?INDEX usage_file_[a-z]+ \(feed=", step[-1]), step
    after.close()
