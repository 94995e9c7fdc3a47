"""Who may use ``netmon demo``: an account and a token made anew each time, and ``access.json`` for scripts."""

import os
import secrets
import time
from contextlib import closing
from pathlib import Path

import msgspec

from netmon.storage.account import AccountCall, AddOperator, AddToken, AuditRow, Note, Operator, RemoveOperator
from netmon.storage.sqlite.store import open_store
from netmon.web.passwords import hash_password
from netmon.web.tokens import make_token

USER = "operator-1"
_ROLE = "admin"
_SCOPES = "read operate usage"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class Access(msgspec.Struct, frozen=True):
    """What a script needs to use the demo."""

    url: str
    user: str
    password: str
    token: str
    traps: str
    metrics: str


def make_password() -> str:
    """Return a password that can be typed: three groups, about 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


async def make_access(file: Path, *, web: str, traps: str, engine: str) -> Access:
    """Make account and token in the store beside a file, which nobody else writes yet, and write all of it to the file.

    Raises:
        StoreError: the store cannot be written.
    """
    now = time.time_ns() // 1_000_000
    text, token = make_token(USER, _SCOPES, now=now)
    password = make_password()
    calls: list[AccountCall] = [
        AddOperator(Operator(USER, _ROLE, hash_password(password), now)),
        AddToken(token),
        Note(AuditRow(now, "cli:demo", "add-operator", "done", role="admin", targets=(USER,), after=_ROLE)),
    ]
    await _register(file.with_name("netmon.db"), calls)
    access = Access(f"http://{web}", USER, password, text, traps, f"http://{engine}/metrics")
    write_secret(file, msgspec.json.format(msgspec.json.encode(access)) + b"\n")
    return access


def write_secret(path: Path, octets: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(octets)
    unfinished.replace(path)


async def _register(path: Path, calls: list[AccountCall]) -> None:
    with closing(open_store(path)) as store:
        if store.operator(USER) is not None:
            # With the account go the tokens of earlier runs.
            await store.account(RemoveOperator(USER))
        await store.account(*calls)
