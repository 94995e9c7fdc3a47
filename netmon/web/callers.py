"""Who asks: sessions and tokens, looked up in the store and remembered for some seconds (specs/dashboard.md 4)."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from netmon.storage.account import ApiToken, Operator, Session, Used
from netmon.storage.sqlite.store import SqliteStore
from netmon.web.config import WebConfig
from netmon.web.engine import EngineClient
from netmon.web.error import Refusal
from netmon.web.lane import Lane
from netmon.web.rights import rights_of
from netmon.web.tokens import token_sha256

_REMEMBERED_S = 3.0
"""How long the time of a session is taken as known; one that is ended is forgotten as soon as the engine tells."""
_MOST_REMEMBERED = 10_000
_TELL_USE_MS = 300_000
_TELL_USE_PARTS = 5
"""The use of a session is told this often within its idle time at least."""


class Who(msgspec.Struct, frozen=True):
    """Who asks."""

    name: str
    role: str
    rights: frozenset[str]
    """Of a token: those of its scopes that its owner has too."""
    via: Literal["session", "token"]
    key: str
    """SHA-256 of the cookie or the token."""
    scope: str = ""
    """Of the token."""
    csrf: str = ""
    """What a write must carry; empty for a token, which no browser sends by itself."""
    address: str = ""


class Callers:
    """Knows sessions and tokens.

    What ended in the store is refused once the engine has told that accounts changed, which it does at once, and after
    some seconds anyway.
    """

    def __init__(
        self,
        store: SqliteStore,
        engine: EngineClient,
        config: WebConfig,
        *,
        now_ms: Callable[[], int],
        lane: Lane,
    ) -> None:
        self._lane = lane
        self._store = store
        self._engine = engine
        self._config = config
        self._now_ms = now_ms
        self._known: dict[str, tuple[float, ApiToken | Session, Operator]] = {}
        self._known_at = 0
        """Number of the change of accounts before which all of them were looked up."""
        self._used: dict[str, int] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def by_token(self, text: str, address: str) -> Who:
        """Return whose token this is.

        Raises:
            Refusal: 401, it is unknown or has expired.
        """
        found = await self._find(token_sha256(text), self._store.token)
        if found is None or not isinstance(found[0], ApiToken):
            raise unauthenticated("the token is not known", error="invalid_token")
        token, owner = found[0], found[1]
        if not self._lasts(token):
            raise unauthenticated("the token has expired", error="invalid_token")
        self._note_use(token.sha256, token.used or 0, _TELL_USE_MS)
        rights = rights_of(owner.role, token.scope)
        return Who(owner.name, owner.role, rights, "token", token.sha256, scope=token.scope, address=address)

    async def by_cookie(self, cookie: str, address: str) -> Who | None:
        """Return whose session this is, None when there is none or it has ended."""
        found = await self._find(token_sha256(cookie), self._store.session)
        if found is None or not isinstance(found[0], Session) or not self._lasts(found[0]):
            return None
        session, owner = found[0], found[1]
        self._note_use(session.sha256, session.used, min(_TELL_USE_MS, self._config.session_idle.ms // _TELL_USE_PARTS))
        csrf = csrf_of(cookie)
        return Who(owner.name, owner.role, rights_of(owner.role), "session", session.sha256, csrf=csrf, address=address)

    async def still(self, who: Who) -> bool:
        """Tell whether a session or a token is good still, without using it; for streams that live long."""
        found = await self._find(who.key, self._store.token if who.via == "token" else self._store.session)
        return found is not None and self._lasts(found[0])

    def forget(self, key: str) -> None:
        """Look a session or a token up anew at its next use."""
        self._known.pop(key, None)

    async def _find(
        self, key: str, lookup: Callable[[str], tuple[ApiToken, Operator] | tuple[Session, Operator] | None]
    ) -> tuple[ApiToken | Session, Operator] | None:
        now, asked_at = time.monotonic(), self._engine.newest.accounts
        if self._known_at != asked_at:
            self._known_at = asked_at
            self._known.clear()
        known = self._known.get(key)
        if known is not None and now - known[0] < _REMEMBERED_S:
            return known[1], known[2]
        self._known.pop(key, None)
        found = await self._lane.run(lookup, key)
        if found is not None and asked_at == self._engine.newest.accounts:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = (now, *found)
        return found

    def _lasts(self, known: ApiToken | Session) -> bool:
        now = self._now_ms()
        if isinstance(known, ApiToken):
            return known.expires is None or now < known.expires
        used = max(known.used, self._used.get(known.sha256, 0))
        return now < min(used + self._config.session_idle.ms, known.created + self._config.session_life.ms)

    def _note_use(self, key: str, told: int, every_ms: int) -> None:
        """Tell the engine now and then that this was used; nobody waits for it."""
        now = self._now_ms()
        if now - max(told, self._used.get(key, 0)) < every_ms:
            return
        if len(self._used) >= _MOST_REMEMBERED:
            self._used.clear()
        self._used[key] = now
        task = asyncio.get_running_loop().create_task(self._tell_use(key, now))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell_use(self, key: str, at: int) -> None:
        with contextlib.suppress(Refusal):
            await self._engine.account(Used(key, at))


def unauthenticated(message: str, *, error: str = "") -> Refusal:
    """Return the refusal of a request of nobody that is known."""
    # RFC 6750 section 3: a request without any token is told the scheme only.
    challenge = f'Bearer realm="netmon", error="{error}"' if error else 'Bearer realm="netmon"'
    return Refusal(401, "unauthenticated", message=message, headers={"WWW-Authenticate": challenge})


def make_cookie() -> str:
    """Return the text of a new session cookie: 32 random bytes."""
    return secrets.token_urlsafe(32)


def csrf_of(cookie: str, purpose: str = "csrf") -> str:
    """Return what only a page of the same session can know: it is made of the cookie, which scripts cannot read."""
    made = hmac.new(cookie.encode("utf-8", "replace"), purpose.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode("ascii").rstrip("=")
