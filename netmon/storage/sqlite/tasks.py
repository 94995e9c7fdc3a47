"""Tasks that TMF642 callers asked for, kept for a time so that they can be read again."""

import sqlite3

from netmon.storage.account import KeepTask, Task

_KEPT_MS = 30 * 86_400_000
# What is skipped is skipped in the index, without its body.
_PAGE = """SELECT id, kind, at, body FROM task JOIN
    (SELECT id FROM task WHERE kind = ? ORDER BY at, id LIMIT ? OFFSET ?) USING (id) ORDER BY at, id"""
_OLD = "DELETE FROM task WHERE id IN (SELECT id FROM task WHERE at < ? ORDER BY at LIMIT ?)"


def keep(connection: sqlite3.Connection, call: KeepTask) -> None:
    """Keep a task."""
    task = call.task
    connection.execute("INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?)", (task.id, task.kind, task.at, task.body))


def retire(connection: sqlite3.Connection, *, now: int, most: int) -> int:
    """Forget some of the tasks that are older than 30 days; return how many."""
    return connection.execute(_OLD, (now - _KEPT_MS, most)).rowcount


def of_kind(connection: sqlite3.Connection, kind: str, *, offset: int, limit: int) -> tuple[int, list[Task]]:
    """Return how many tasks of a kind there are, and some of them, the oldest first."""
    total = connection.execute("SELECT count(*) FROM task WHERE kind = ?", (kind,)).fetchone()[0]
    return total, [Task(*row) for row in connection.execute(_PAGE, (kind, limit, offset))]


def one(connection: sqlite3.Connection, task_id: str) -> Task | None:
    """Return a task."""
    row = connection.execute("SELECT id, kind, at, body FROM task WHERE id = ?", (task_id,)).fetchone()
    return Task(*row) if row else None
