"""Accounts with their tokens, sessions and views, and how a request changes them."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from netmon.storage import account as asked
from netmon.storage.account import AccountCall, ApiToken, Operator, SavedView, Session
from netmon.storage.sqlite import audit, tasks
from netmon.storage.store import StoreError

_DAY_MS = 86_400_000
_LONGEST_SESSION_MS = 31 * _DAY_MS
"""Longer than ``web.session_life`` can be."""

_OPERATOR = """INSERT INTO operator VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, password = excluded.password, created = excluded.created"""
_ADD_FOR_OWNER = "INSERT INTO api_token SELECT ?, name, ?, ?, ?, ?, NULL FROM operator WHERE name = ?"
_BEGIN_FOR_OWNER = "INSERT INTO session SELECT ?, name, ?, ?, ? FROM operator WHERE name = ?"
_KNOWN = "SELECT id, operator, scope, sha256, created, expires, used FROM api_token"
_DELETE_ALL_OF = (
    "DELETE FROM api_token WHERE operator = ?",
    "DELETE FROM session WHERE operator = ?",
    "DELETE FROM saved_view WHERE operator = ?",
)
_VIEWS = """SELECT operator, name, shared, body, changed FROM saved_view
    WHERE operator = ? OR shared ORDER BY name, operator"""
_SAVE = """INSERT INTO saved_view SELECT name, ?, ?, ?, ? FROM operator WHERE name = ?
    ON CONFLICT (operator, name)
    DO UPDATE SET shared = excluded.shared, body = excluded.body, changed = excluded.changed"""


def apply(connection: sqlite3.Connection, calls: Sequence[AccountCall]) -> None:
    """Do what was asked, in order.

    Raises:
        StoreError: one of them cannot be; the caller keeps none.
    """
    for call in calls:
        _DO[type(call)](connection, call)


def _add_operator(connection: sqlite3.Connection, call: asked.AddOperator) -> None:
    new = call.operator
    known = operator(connection, new.name)
    if known is not None and known.password != new.password:
        connection.execute("DELETE FROM session WHERE operator = ?", (new.name,))
    connection.execute(_OPERATOR, (new.name, new.role, new.password, new.created))


def _remove_operator(connection: sqlite3.Connection, call: asked.RemoveOperator) -> None:
    for statement in _DELETE_ALL_OF:
        connection.execute(statement, (call.name,))
    if connection.execute("DELETE FROM operator WHERE name = ?", (call.name,)).rowcount != 1:
        raise StoreError(f"there is no operator {call.name!r}")


def _add_token(connection: sqlite3.Connection, call: asked.AddToken) -> None:
    new = call.token
    row = (new.id, new.scope, new.sha256, new.created, new.expires, new.operator)
    if connection.execute(_ADD_FOR_OWNER, row).rowcount != 1:
        raise StoreError(f"there is no operator {new.operator!r}; add it with `netmon user add`")


def _revoke_token(connection: sqlite3.Connection, call: asked.RevokeToken) -> None:
    if connection.execute("DELETE FROM api_token WHERE id = ?", (call.id,)).rowcount != 1:
        raise StoreError(f"there is no token {call.id!r}")


def _begin_session(connection: sqlite3.Connection, call: asked.BeginSession) -> None:
    new = call.session
    connection.execute("DELETE FROM session WHERE created < ?", (new.created - _LONGEST_SESSION_MS,))
    row = (new.sha256, new.created, new.used, new.address, new.operator)
    if connection.execute(_BEGIN_FOR_OWNER, row).rowcount != 1:
        raise StoreError(f"there is no operator {new.operator!r}")


def _end_session(connection: sqlite3.Connection, call: asked.EndSession) -> None:
    connection.execute("DELETE FROM session WHERE sha256 = ?", (call.sha256,))


def _used(connection: sqlite3.Connection, call: asked.Used) -> None:
    connection.execute("UPDATE session SET used = max(used, ?) WHERE sha256 = ?", (call.at, call.sha256))
    connection.execute("UPDATE api_token SET used = max(coalesce(used, 0), ?) WHERE sha256 = ?", (call.at, call.sha256))


def _save_view(connection: sqlite3.Connection, call: asked.SaveView) -> None:
    new = call.view
    others = "SELECT count(*) FROM saved_view WHERE operator = ? AND name <> ?"
    if connection.execute(others, (new.operator, new.name)).fetchone()[0] >= asked.MOST_VIEWS:
        raise StoreError(f"{new.operator} has {asked.MOST_VIEWS} views already; remove one")
    connection.execute(_SAVE, (new.name, new.shared, new.body, new.changed, new.operator))


def _remove_view(connection: sqlite3.Connection, call: asked.RemoveView) -> None:
    gone = connection.execute("DELETE FROM saved_view WHERE operator = ? AND name = ?", (call.operator, call.name))
    if gone.rowcount != 1:
        raise StoreError(f"there is no view {call.name!r}")


def _note(connection: sqlite3.Connection, call: asked.Note) -> None:
    audit.add(connection, [call.row])


_DO: dict[type, Callable[[sqlite3.Connection, Any], None]] = {
    asked.AddOperator: _add_operator,
    asked.RemoveOperator: _remove_operator,
    asked.AddToken: _add_token,
    asked.RevokeToken: _revoke_token,
    asked.BeginSession: _begin_session,
    asked.EndSession: _end_session,
    asked.Used: _used,
    asked.SaveView: _save_view,
    asked.RemoveView: _remove_view,
    asked.Note: _note,
    asked.KeepTask: tasks.keep,
}


def operators(connection: sqlite3.Connection) -> list[Operator]:
    """Return all accounts by name."""
    return [Operator(*row) for row in connection.execute("SELECT * FROM operator ORDER BY name")]


def operator(connection: sqlite3.Connection, name: str) -> Operator | None:
    """Return an account."""
    row = connection.execute("SELECT * FROM operator WHERE name = ?", (name,)).fetchone()
    return Operator(*row) if row else None


def tokens(connection: sqlite3.Connection) -> list[ApiToken]:
    """Return all tokens by operator, then in the order they were made."""
    return [ApiToken(*row) for row in connection.execute(f"{_KNOWN} ORDER BY operator, created, id")]


def token(connection: sqlite3.Connection, sha256: str) -> tuple[ApiToken, Operator] | None:
    """Return a token and its owner."""
    row = connection.execute(f"{_KNOWN} WHERE sha256 = ?", (sha256,)).fetchone()
    owner = operator(connection, row[1]) if row else None
    return (ApiToken(*row), owner) if owner is not None else None


def session(connection: sqlite3.Connection, sha256: str) -> tuple[Session, Operator] | None:
    """Return a session and whose it is."""
    row = connection.execute("SELECT * FROM session WHERE sha256 = ?", (sha256,)).fetchone()
    owner = operator(connection, row[1]) if row else None
    return (Session(*row), owner) if owner is not None else None


def views(connection: sqlite3.Connection, name: str) -> list[SavedView]:
    """Return the views of an operator and what others share."""
    rows = connection.execute(_VIEWS, (name,))
    return [SavedView(row[0], row[1], bool(row[2]), bytes(row[3]), row[4]) for row in rows]
