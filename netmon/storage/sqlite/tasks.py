"""Tasks that TMF642 callers asked for, kept for a time so that they can be read again."""

import sqlite3

from netmon.storage.account import KeepTask, Task

_KEPT_MS = 30 * 86_400_000
_OLD = "DELETE FROM task WHERE id IN (SELECT id FROM task WHERE at < ? ORDER BY at LIMIT ?)"


def keep(connection: sqlite3.Connection, call: KeepTask) -> None:
    """Keep a task."""
    task = call.task
    connection.execute("INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?)", (task.id, task.kind, task.at, task.body))


def retire(connection: sqlite3.Connection, *, now: int, most: int) -> int:
    """Forget some of the tasks that are older than 30 days; return how many."""
    return connection.execute(_OLD, (now - _KEPT_MS, most)).rowcount


def of_kind(connection: sqlite3.Connection, kind: str) -> list[Task]:
    """Return the tasks of a kind, the oldest first."""
    rows = connection.execute("SELECT id, kind, at, body FROM task WHERE kind = ? ORDER BY at, id", (kind,))
    return [Task(*row) for row in rows]


def one(connection: sqlite3.Connection, task_id: str) -> Task | None:
    """Return a task."""
    row = connection.execute("SELECT id, kind, at, body FROM task WHERE id = ?", (task_id,)).fetchone()
    return Task(*row) if row else None
