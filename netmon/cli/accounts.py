"""Accounts for ``netmon user``: read from the store, changed by the engine, or here while none runs."""

import asyncio
import getpass
import sys
import time
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import msgspec
import typer

from netmon.cli.engine import NoEngine, ask
from netmon.cli.frame import fail
from netmon.config.data_dir import prepare_data_dir
from netmon.storage.account import AccountCall, AuditRow, Note, Operator
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import StoreError
from netmon.web.passwords import hash_password


class KnownToken(msgspec.Struct, frozen=True):
    """What can be told of a token; its text and its hash cannot."""

    id: str
    scope: str
    created: int
    expires: int | None
    used: int | None


class Account(msgspec.Struct, frozen=True):
    """An account and its tokens."""

    name: str
    role: str
    created: int
    signs_in: bool
    """Whether it has a password."""
    tokens: tuple[KnownToken, ...]


def accounts(data_dir: Path) -> list[Account]:
    """Return all accounts by name."""
    path = data_dir / "netmon.db"
    if not path.exists():
        return []
    try:
        with closing(open_store(path, read_only=True)) as store:
            operators, tokens = store.operators(), store.tokens()
    except StoreError as error:
        fail(str(error))
    return [
        Account(
            name=one.name,
            role=one.role,
            created=one.created,
            signs_in=bool(one.password),
            tokens=tuple(
                KnownToken(token.id, token.scope, token.created, token.expires, token.used)
                for token in tokens
                if token.operator == one.name
            ),
        )
        for one in operators
    ]


def known_operator(data_dir: Path, name: str) -> Operator | None:
    """Return an account with what is kept of its password."""
    path = data_dir / "netmon.db"
    if not path.exists():
        return None
    try:
        with closing(open_store(path, read_only=True)) as store:
            return store.operator(name)
    except StoreError as error:
        fail(str(error))


def change(data_dir: Path, call: AccountCall, *, action: str, target: str, before: str = "", after: str = "") -> None:
    """Have a change made and audited: by the engine, which alone may write while it runs, else here."""
    row = AuditRow(
        at=now_ms(),
        user=f"cli:{getpass.getuser()}",
        action=action,
        result="done",
        role="admin",
        targets=(target,),
        before=before,
        after=after,
    )
    calls: list[AccountCall] = [call, Note(row)]
    try:
        prepare_data_dir(data_dir)
        status, answer = ask(data_dir, "/internal/v1/account", calls)
        if status != HTTPStatus.OK:
            fail("; ".join(answer["problems"]))
    except NoEngine:
        asyncio.run(_write(data_dir / "netmon.db", calls))
    except OSError as error:
        fail(f"{error.filename}: {(error.strerror or 'cannot be written').lower()}")


async def _write(path: Path, calls: list[AccountCall]) -> None:
    try:
        with closing(open_store(path)) as store:
            await store.account(*calls)
    except StoreError as error:
        fail(str(error))


def read_password(file: Path | None) -> str | None:
    """Return what is to be kept of a new password, from a file or asked for at the terminal; None: there is none."""
    if file is not None:
        try:
            text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            fail(f"{file}: cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}")
        text = text.removesuffix("\n").removesuffix("\r")
    elif sys.stdin.isatty():
        text = typer.prompt("Password (empty: tokens only)", hide_input=True, default="", show_default=False)
        if not text:
            return None
        if typer.prompt("Once more", hide_input=True, default="", show_default=False) != text:
            fail("the two are not the same")
    else:
        return None
    try:
        return hash_password(text)
    except ValueError as error:
        fail(str(error))


def now_ms() -> int:
    """Return the time of this host."""
    return time.time_ns() // 1_000_000
