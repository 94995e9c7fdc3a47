"""``netmon user``: accounts and their API tokens."""

import asyncio
import time
from contextlib import closing
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from netmon.cli.engine import NoEngine, ask
from netmon.cli.frame import ConfigOption, JsonOption, count, examples, fail, print_json, print_table, read_loosely
from netmon.config.data_dir import prepare_data_dir
from netmon.domain.duration import Duration
from netmon.storage.account import AccountCall, AddOperator, AddToken, ApiToken, Operator, RemoveOperator
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import StoreError
from netmon.web.tokens import make_token

Role = Literal["viewer", "operator", "billing", "admin"]
Scope = Literal["read", "operate", "usage", "wallboard", "admin"]

_MAY: dict[str, tuple[Scope, ...]] = {
    "viewer": ("read", "wallboard"),
    "operator": ("read", "operate", "wallboard"),
    "billing": ("read", "usage", "wallboard"),
    "admin": ("read", "operate", "usage", "wallboard", "admin"),
}
"""A token never has more than its owner (specs/alarms.md 2.1)."""

user = typer.Typer(no_args_is_help=True, help="Accounts and API tokens.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.", show_default=False)]


@user.command("add", epilog=examples(("netmon user add noc-wall --role viewer", "for a token that only reads")))
def add(
    name: NameArgument,
    config: ConfigOption = None,
    role: Annotated[Role, typer.Option(help="What it may do.")] = "viewer",
) -> None:
    """Add an account, or give it another role.

    It can have tokens at once (netmon user token); it has no password.
    """
    if not name.isascii() or not name.replace("-", "").replace(".", "").replace("_", "").isalnum() or len(name) > 64:
        fail(f"'{name}' is no name of an account (letters, digits, . _ -, at most 64)")
    operator = Operator(name=name, role=role, password="", created=_now_ms())
    data_dir = read_loosely(config).data_dir
    _change(data_dir, AddOperator(operator))
    typer.echo(f"{name} is an account with the role {role} in {data_dir}")


@user.command("list", epilog=examples(("netmon user list --json", "for programs")))
def list_(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the accounts with their roles and tokens; of a token netmon knows only its id, scope and expiry."""
    found = _accounts(read_loosely(config).data_dir)
    if json:
        print_json(found)
    else:
        print_table(("name", "role", "token", "scope", "expires"), (row for one in found for row in _rows(one)))
        typer.echo(f"{count(len(found), 'account')}, {count(sum(len(one.tokens) for one in found), 'token')}")


@user.command("remove", epilog=examples(("netmon user remove noc-wall", "its tokens are void at once")))
def remove(name: NameArgument, config: ConfigOption = None) -> None:
    """Remove an account and all its tokens."""
    data_dir = read_loosely(config).data_dir
    if name not in (account.name for account in _accounts(data_dir)):
        fail(f"there is no account '{name}'")
    _change(data_dir, RemoveOperator(name))
    typer.echo(f"{name} is no account any more")


@user.command("token", epilog=examples(("netmon user token noc-wall --scope read --expires 90d", "prints it once")))
def token(
    name: NameArgument,
    config: ConfigOption = None,
    scope: Annotated[Scope, typer.Option(help="What it may do; never more than its owner may.")] = "read",
    expires: Annotated[str, typer.Option(metavar="SPAN", help="How long it is good for, e.g. 90d.")] = "90d",
) -> None:
    """Make an API token and print it, once: netmon keeps only its hash.

    Use it as `Authorization: Bearer TOKEN`.
    """
    try:
        life = Duration(expires)
    except ValueError as error:
        fail(f"--expires: {error}")
    now = _now_ms()
    text, made = make_token(name, scope, now=now, expires=now + life.ms)
    data_dir = read_loosely(config).data_dir
    _check_owner(data_dir, made)
    _change(data_dir, AddToken(made))
    typer.echo(text)


def _check_owner(data_dir: Path, made: ApiToken) -> None:
    owner = next((known for known in _accounts(data_dir) if known.name == made.operator), None)
    if owner is None:
        fail(f"there is no account '{made.operator}'; add it with: netmon user add {made.operator}")
    if made.scope not in _MAY.get(owner.role, ()):
        fail(f"'{owner.name}' has the role {owner.role}, which may not have the scope {made.scope}")


class KnownToken(msgspec.Struct, frozen=True):
    """What can be told of a token; its text and its hash cannot."""

    id: str
    scope: str
    created: int
    expires: int | None


class Account(msgspec.Struct, frozen=True):
    """An account and its tokens."""

    name: str
    role: str
    created: int
    tokens: tuple[KnownToken, ...]


def _accounts(data_dir: Path) -> list[Account]:
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
            tokens=tuple(
                KnownToken(token.id, token.scope, token.created, token.expires)
                for token in tokens
                if token.operator == one.name
            ),
        )
        for one in operators
    ]


def _rows(account: Account) -> list[tuple[str, ...]]:
    """Return a line for each token, or one for an account without."""
    tokens = [(token.id, token.scope, _day(token.expires)) for token in account.tokens] or [("", "", "")]
    return [(account.name, account.role, *token) for token in tokens]


def _day(at: int | None) -> str:
    return "never" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _change(data_dir: Path, call: AccountCall) -> None:
    """Let the engine do it, which alone may write while it runs; without one write here."""
    try:
        prepare_data_dir(data_dir)
        status, answer = ask(data_dir, "/internal/v1/account", call)
        if status != HTTPStatus.OK:
            fail("; ".join(answer["problems"]))
    except NoEngine:
        asyncio.run(_write(data_dir / "netmon.db", call))
    except OSError as error:
        fail(f"{error.filename}: {(error.strerror or 'cannot be written').lower()}")


async def _write(path: Path, call: AccountCall) -> None:
    try:
        with closing(open_store(path)) as store:
            match call:
                case AddOperator(operator):
                    await store.add_operator(operator)
                case AddToken(token):
                    await store.add_token(token)
                case RemoveOperator(name):
                    await store.remove_operator(name)
    except StoreError as error:
        fail(str(error))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
