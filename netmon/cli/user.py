"""``netmon user``: accounts and their API tokens."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, get_args

import typer

from netmon.cli.accounts import Account, accounts, change, known_operator, now_ms, read_password
from netmon.cli.frame import ConfigOption, JsonOption, count, examples, fail, print_json, print_table, read_settings
from netmon.cli.help import Commands
from netmon.domain.duration import Duration
from netmon.storage.account import AddOperator, AddToken, Operator, RemoveOperator, RevokeToken
from netmon.web.rights import Right, Role, rights_of
from netmon.web.tokens import make_token

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")

user = Commands(no_args_is_help=True, help="Accounts and API tokens.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.", show_default=False)]


@user.command(
    "add",
    epilog=examples(
        ("netmon user add ann --role operator", "asks for a password"),
        ("netmon user add noc-wall --no-password", "for tokens only"),
    ),
)
def add(
    name: NameArgument,
    config: ConfigOption = None,
    role: Annotated[Role, typer.Option(help="What it may do.")] = "viewer",
    password_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Read the password here (-: standard input).", show_default=False),
    ] = None,
    no_password: Annotated[bool, typer.Option("--no-password", help="Ask for none: for tokens only.")] = False,
) -> None:
    """Add an account, or give it another role or password.

    At a terminal the password is asked for; without one the account can have tokens only (netmon user token). A new
    password ends the sessions of the account.
    """
    if not _NAME.fullmatch(name):
        fail(f"'{name}' is no name of an account (letters, digits, . _ -, at most 64)")
    data_dir = read_settings(config).data_dir
    old = known_operator(data_dir, name)
    password = "" if no_password else read_password(password_file)
    kept = password if password is not None else old.password if old is not None else ""
    new = Operator(name=name, role=role, password=kept, created=old.created if old is not None else now_ms())
    change(data_dir, AddOperator(new), action="add-operator", target=name, before=old.role if old else "", after=role)
    typer.echo(f"{name} is an account with the role {role} in {data_dir}{'' if kept else '; for tokens only'}")


@user.command("list", epilog=examples(("netmon user list --json", "for programs")))
def list_(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the accounts with their roles and tokens; of a token netmon knows only its id, scope, expiry and use."""
    found = accounts(read_settings(config).data_dir)
    if json:
        print_json(found)
    else:
        titles = ("name", "role", "password", "token", "scope", "expires", "last used")
        print_table(titles, (row for one in found for row in _rows(one)))
        typer.echo(f"{count(len(found), 'account')}, {count(sum(len(one.tokens) for one in found), 'token')}")


@user.command("remove", epilog=examples(("netmon user remove noc-wall", "its tokens and sessions are void at once")))
def remove(name: NameArgument, config: ConfigOption = None) -> None:
    """Remove an account with all its tokens and sessions."""
    data_dir = read_settings(config).data_dir
    if name not in (account.name for account in accounts(data_dir)):
        fail(f"there is no account '{name}'")
    change(data_dir, RemoveOperator(name), action="remove-operator", target=name)
    typer.echo(f"{name} is no account any more")


@user.command(
    "token",
    epilog=examples(
        ("netmon user token noc-wall --scope read --expires 90d", "prints it once"),
        ("netmon user token noc-wall --revoke 3f2a9c0d1e5b", "makes it void"),
    ),
)
def token(
    name: NameArgument,
    config: ConfigOption = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help=f"What it may do: {', '.join(get_args(Right))}; several times for several."),
    ] = None,
    expires: Annotated[str, typer.Option(metavar="SPAN", help="How long it is good for, e.g. 90d.")] = "90d",
    revoke: Annotated[str, typer.Option(metavar="ID", help="Make the token of this id void.", show_default=False)] = "",
) -> None:
    """Make an API token and print it, once: netmon keeps only its hash.

    Use it as `Authorization: Bearer TOKEN`. Without --scope it may only read. It never may more than its owner.
    """
    try:
        life = Duration(expires)
    except ValueError as error:
        fail(f"--expires: {error}")
    data_dir = read_settings(config).data_dir
    owner = next((known for known in accounts(data_dir) if known.name == name), None)
    if owner is None:
        fail(f"there is no account '{name}'; add it with: netmon user add {name}")
    if revoke:
        _revoke(data_dir, owner, revoke)
        return
    scopes = list(dict.fromkeys(scope or ["read"]))
    for wanted in scopes:
        if wanted not in get_args(Right):
            fail(f"--scope: '{wanted}' is not one of {', '.join(get_args(Right))}")
        if wanted not in rights_of(owner.role):
            fail(f"'{owner.name}' has the role {owner.role}, which may not have the scope {wanted}")
    now = now_ms()
    text, made = make_token(name, " ".join(scopes), now=now, expires=now + life.ms)
    change(data_dir, AddToken(made), action="add-token", target=made.id, after=f"{name}: {made.scope}")
    typer.echo(text)


def _revoke(data_dir: Path, owner: Account, token_id: str) -> None:
    if token_id not in (known.id for known in owner.tokens):
        fail(f"'{owner.name}' has no token '{token_id}'; netmon user list shows the ids")
    change(data_dir, RevokeToken(token_id), action="revoke-token", target=token_id)
    typer.echo(f"{token_id} is void")


def _rows(account: Account) -> list[tuple[str, ...]]:
    """Return a line for each token, or one for an account without."""
    told = (account.name, account.role, "yes" if account.signs_in else "no")
    tokens = [
        (token.id, token.scope, _day(token.expires), _day(token.used) if token.used else "") for token in account.tokens
    ] or [("", "", "", "")]
    return [(*told, *token) for token in tokens]


def _day(at: int | None) -> str:
    return "never" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
