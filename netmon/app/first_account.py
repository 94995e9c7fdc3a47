"""The first account: there is no mode without sign-in, so the first start makes ``admin`` (specs/dashboard.md 4)."""

import asyncio
import os
from pathlib import Path

import structlog

from netmon.sources.clock import Clock
from netmon.storage.account import AddOperator, AuditRow, Note, Operator
from netmon.storage.store import Store, StoreError
from netmon.web.passwords import hash_password, make_password

log = structlog.get_logger("netmon.engine")

_NAME = "admin"


async def make_first_account(store: Store, data_dir: Path, clock: Clock) -> None:
    """Make ``admin`` when no account exists, its random password in a file for its owner only.

    A file that is there already is never overwritten: what it says is the password.

    Raises:
        StoreError: the file cannot be written or read, or holds no password.
    """
    if await asyncio.to_thread(store.operators):
        return
    path = data_dir / "admin-password"
    try:
        kept = await asyncio.to_thread(_kept_password, path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoreError(f"{path}: {reason}; remove it, and the next start makes a new one") from None
    now = clock.now_ms()
    row = AuditRow(now, "netmon", "add-operator", "done", role="admin", targets=(_NAME,), after="admin")
    await store.account(AddOperator(Operator(_NAME, "admin", kept, now)), Note(row))
    log.info("first account made; its password is in the file", name=_NAME, file=str(path))


def _kept_password(path: Path) -> str:
    """Return what the store keeps of the password, after the file has it for good."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return hash_password(path.read_text("utf-8").strip())
    password = make_password()
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{password}\n")
        file.flush()
        os.fsync(file.fileno())
    return hash_password(password)
