"""Addresses of elements that are given by a DNS name: resolved off the loop, the last good answer is kept."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from netmon.sources.realm import Realms, is_numeric, realm_of

_KEPT_MS = 300_000
_AGAIN_MS = 30_000
"""A name without an answer is looked up again so soon."""
_AT_ONCE = 4


class Addresses:
    """Turns the address of an element into a numeric one of a family that its realm can ask."""

    def __init__(self, now_ms: Callable[[], int], realms: Realms) -> None:
        self._now_ms = now_ms
        self._realms = realms
        self._known: dict[tuple[str, str], str] = {}
        self._asked_ms: dict[tuple[str, str], int] = {}
        self.told: Callable[[str, str, str], None] = lambda realm, name, address: None
        """Takes realm, name and address of every name whose address is new."""
        self._asking: dict[tuple[str, str], asyncio.Future[tuple[str, ...]]] = {}
        # Threads of its own: while no DNS server answers, nothing else waits for them.
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="dns")

    async def numeric(self, address: str, *, realm: str) -> str:
        """Return a numeric address, nothing for a name that never had an answer; the first look-up is waited for."""
        found, pending = self.known(address, realm=realm), self._asking.get((realm, address))
        if not found and pending is not None:
            await asyncio.shield(pending)
            # Its callbacks run in the order they were added: what it found is kept by now.
            found = self._known.get((realm, address), "")
        return found

    def known(self, address: str, *, realm: str) -> str:
        """Return a numeric address, nothing while a name has no answer; one that is due is looked up meanwhile."""
        if is_numeric(address):
            return address
        key, now = (realm, address), self._now_ms()
        kept_ms = _KEPT_MS if key in self._known else _AGAIN_MS
        # The clock may go back.
        if key not in self._asking and not 0 <= now - self._asked_ms.get(key, now - kept_ms) < kept_ms:
            self._asked_ms[key] = now
            looked_up = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, address)
            self._asking[key] = looked_up
            looked_up.add_done_callback(partial(self._take, key))
        return self._known.get(key, "")

    async def look_up(self, name: str, *, realm: str) -> str:
        """Return a numeric address of a name outside the inventory, or nothing; what was found is not kept."""
        looked_up = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, name)
        served = realm_of(self._realms, realm)
        return next((address for address in await looked_up if served.serves(address)), "")

    def _take(self, key: tuple[str, str], looked_up: asyncio.Future[tuple[str, ...]]) -> None:
        del self._asking[key]
        realm = realm_of(self._realms, key[0])
        answers = [] if looked_up.cancelled() else [text for text in looked_up.result() if realm.serves(text)]
        if answers and self._known.get(key) not in answers:
            self._known[key] = answers[0]
            self.told(*key, answers[0])


def _look_up(name: str) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except OSError:
        return ()
    return tuple(str(one[4][0]) for one in found)
