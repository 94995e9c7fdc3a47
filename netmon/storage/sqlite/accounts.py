"""Accounts and their tokens."""

import sqlite3

from netmon.storage.account import ApiToken, Operator
from netmon.storage.store import StoreError

_OPERATOR = """INSERT INTO operator VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, password = excluded.password, created = excluded.created"""
_ADD_FOR_OWNER = """INSERT INTO api_token SELECT ?, name, ?, ?, ?, ? FROM operator WHERE name = ?"""
_FIND = """SELECT t.id, t.operator, t.scope, t.sha256, t.created, t.expires, o.name, o.role, o.password, o.created
    FROM api_token AS t JOIN operator AS o ON o.name = t.operator WHERE t.sha256 = ?"""


def add_operator(connection: sqlite3.Connection, operator: Operator) -> None:
    """Add or replace an account."""
    connection.execute(_OPERATOR, (operator.name, operator.role, operator.password, operator.created))


def add_token(connection: sqlite3.Connection, token: ApiToken) -> None:
    """Add a token of an account that exists."""
    added = connection.execute(
        _ADD_FOR_OWNER, (token.id, token.scope, token.sha256, token.created, token.expires, token.operator)
    )
    if added.rowcount != 1:
        raise StoreError(f"there is no operator {token.operator!r}; add it with `netmon user add`")


def remove_operator(connection: sqlite3.Connection, name: str) -> None:
    """Remove an account and its tokens."""
    connection.execute("DELETE FROM api_token WHERE operator = ?", (name,))
    if connection.execute("DELETE FROM operator WHERE name = ?", (name,)).rowcount != 1:
        raise StoreError(f"there is no operator {name!r}")


def operators(connection: sqlite3.Connection) -> list[Operator]:
    """Return all accounts by name."""
    return [Operator(*row) for row in connection.execute("SELECT * FROM operator ORDER BY name")]


def tokens(connection: sqlite3.Connection) -> list[ApiToken]:
    """Return all tokens by operator, then in the order they were made."""
    rows = connection.execute(
        "SELECT id, operator, scope, sha256, created, expires FROM api_token ORDER BY operator, created, id"
    )
    return [ApiToken(*row) for row in rows]


def token(connection: sqlite3.Connection, sha256: str) -> tuple[ApiToken, Operator] | None:
    """Return a token and its owner."""
    row = connection.execute(_FIND, (sha256,)).fetchone()
    return (ApiToken(*row[:6]), Operator(*row[6:])) if row else None
