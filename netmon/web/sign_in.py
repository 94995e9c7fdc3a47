"""Begins and ends sessions: passwords two at a time, few failures, all of it audited (specs/dashboard.md section 4)."""

import asyncio
import contextlib
import math

from netmon.storage.account import REFUSED, AuditRow, BeginSession, EndSession, Note, Session
from netmon.web.callers import Who, make_cookie
from netmon.web.context import Web
from netmon.web.engine import EngineDown, NoAnswer
from netmon.web.error import Refusal
from netmon.web.passwords import fits
from netmon.web.tokens import token_sha256

FAILED = "Name or password is wrong."
"""For all failures: nobody learns which names there are."""

_AT_ONCE = 2
_MOST_WAITING = 20
_WINDOW_MS = 600_000
_PER_NAME, _PER_ADDRESS = 5, 20
_LONGEST_NAME = 64
_MOST_NOTED = 1_000
"""Names in one window whose refusal is audited: who makes names up does not fill the store."""


class SignIn:
    """Sign-ins of one web process. Failures are counted in the audit, so that all processes count the same ones."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._hashing = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._noted: dict[str, int] = {}

    async def begin(self, name: str, password: str, *, address: str, old: str) -> str:
        """Return the cookie of a new session; ``old`` is the cookie of one that it replaces, or empty.

        Raises:
            Refusal: 401 wrong, 429 too many failures, 503 too many at once or the engine cannot be asked.
        """
        name = name[:_LONGEST_NAME]
        try:
            return await self._in_turn(name, password, address=address, old=old)
        except Refusal as refusal:
            if refusal.code == "tooFast":
                await self._note(name, address, refusal)
            raise

    async def end(self, who: Who) -> None:
        """End a session, for every web process."""
        row = AuditRow(self._web.now_ms(), who.name, "sign-out", "done", role=who.role, address=who.address)
        await self._web.engine.account(EndSession(who.key), Note(row))
        self._web.callers.forget(who.key)

    async def _in_turn(self, name: str, password: str, *, address: str, old: str) -> str:
        if self._waiting >= _MOST_WAITING:
            raise Refusal(503, "tooFast", message="Too many sign in at once. Try again.", headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            async with self._hashing:
                return await self._try(name, password, address=address, old=old)
        finally:
            self._waiting -= 1

    async def _note(self, name: str, address: str, refusal: Refusal) -> None:
        """Audit that nobody was let in to try: once per name and window, however often and fast it is tried."""
        now = self._web.now_ms()
        self._noted = {known: at for known, at in self._noted.items() if now - at < _WINDOW_MS}
        if name in self._noted or len(self._noted) >= _MOST_NOTED:
            return
        self._noted[name] = now
        result = f"{REFUSED} {refusal.status} {refusal.code}: {refusal}"
        with contextlib.suppress(EngineDown, NoAnswer):
            await self._web.engine.account(Note(AuditRow(now, name, "sign-in", result, address=address)))

    async def _try(self, name: str, password: str, *, address: str, old: str) -> str:
        now = self._web.now_ms()
        await self._check_failures(name, address, now)
        operator = await self._web.quick.run(self._web.store.operator, name)
        good = await asyncio.to_thread(fits, password, operator.password if operator is not None else "")
        role = operator.role if operator is not None else ""
        if not good:
            row = AuditRow(now, name, "sign-in", "wrong name or password", role=role, address=address)
            await self._web.engine.account(Note(row))
            raise Refusal(401, "unauthenticated", message=FAILED)
        cookie = make_cookie()
        await self._web.engine.account(
            *([EndSession(token_sha256(old))] if old else []),
            BeginSession(Session(token_sha256(cookie), name, now, now, address)),
            Note(AuditRow(now, name, "sign-in", "done", role=role, address=address)),
        )
        if old:
            self._web.callers.forget(token_sha256(old))
        return cookie

    async def _check_failures(self, name: str, address: str, now: int) -> None:
        """Refuse a sign-in after too many failures; the failure that lets the next one in again is so many back."""
        by_name, by_address = await self._web.quick.run(
            self._web.store.sign_in_failures, user=name, address=address, since=now - _WINDOW_MS
        )
        until = 0
        for failed, most in ((by_name, _PER_NAME), (by_address, _PER_ADDRESS)):
            if len(failed) >= most:
                until = max(until, failed[most - 1] + _WINDOW_MS)
        if until:
            wait_s = max(1, math.ceil((until - now) / 1000))
            minutes = math.ceil(wait_s / 60)
            text = f"Too many failures. Try again in {minutes} minute{'' if minutes == 1 else 's'}."
            raise Refusal(429, "tooFast", message=text, headers={"Retry-After": str(wait_s)})
