"""Addresses of elements that are given by a DNS name: resolved off the loop, the last good answer is kept."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from netmon.domain.inventory import Element
from netmon.sources.realm import Realms, is_numeric, realm_of
from netmon.sources.traps.directory import plain_address

log = structlog.get_logger("netmon.poller")

_KEPT_MS = 300_000
_AGAIN_MS = 30_000
"""A name without an answer is looked up again so soon."""
_AT_ONCE = 4

Name = tuple[str, str]
"""Realm and DNS name."""


class Addresses:
    """Turns the address of an element into a numeric one of a family that its realm can ask.

    An address that another element has, by the inventory or by a name of its own, is refused: nobody is asked for two.
    """

    def __init__(self, now_ms: Callable[[], int], realms: Realms) -> None:
        self._now_ms = now_ms
        self._realms = realms
        self._elements: dict[Name, str] = {}
        """Whose name it is."""
        self._given: dict[Name, str] = {}
        """Whose address it is by the inventory, by realm and address."""
        self._known: dict[Name, str] = {}
        self._refused: dict[Name, str] = {}
        self._asked_ms: dict[Name, int] = {}
        self.told: Callable[[str, Name, str], None] = lambda element, name, address: None
        """Takes element, name and address whenever a name has another address than before."""
        self._asking: dict[Name, asyncio.Future[tuple[str, ...]]] = {}
        # Threads of its own: while no DNS server answers, nothing else waits for them.
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="dns")

    def load(self, elements: Iterable[Element]) -> None:
        """Take a new inventory; a name whose address is another element's now has none any more."""
        self._elements, self._given = {}, {}
        for one in elements:
            for text in one.addresses:
                if is_numeric(text):
                    self._given[one.realm, plain_address(text)] = one.id
                else:
                    self._elements[one.realm, text] = one.id
        self._refused = {name: why for name, why in self._refused.items() if name in self._elements}
        for name in [name for name, address in self._known.items() if self._owner(name, address)]:
            del self._known[name]
            self._asked_ms.pop(name, None)

    def restore(self, known: Mapping[Name, str]) -> None:
        """Take back the last good answers, until there are new ones."""
        self._known |= known

    def refused(self, name: str, *, realm: str) -> str:
        """Return why the newest answer for a name was refused, nothing when it was not."""
        return self._refused.get((realm, name), "")

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
            looked_up = asyncio.get_running_loop().run_in_executor(self._threads, look_up, address)
            self._asking[key] = looked_up
            looked_up.add_done_callback(partial(self._take, key))
        return self._known.get(key, "")

    def last(self, name: str, *, realm: str) -> str:
        """Return the last good answer for a name, nothing before there was one."""
        return self._known.get((realm, name), "")

    async def look_up(self, name: str, *, realm: str) -> str:
        """Return a numeric address of a name outside the inventory, or nothing; what was found is not kept."""
        looked_up = asyncio.get_running_loop().run_in_executor(self._threads, look_up, name)
        served = realm_of(self._realms, realm)
        return next((address for address in await looked_up if served.serves(address)), "")

    def _take(self, key: Name, looked_up: asyncio.Future[tuple[str, ...]]) -> None:
        del self._asking[key]
        realm = realm_of(self._realms, key[0])
        answers = [] if looked_up.cancelled() else [text for text in looked_up.result() if realm.serves(text)]
        free = [text for text in answers if not self._owner(key, text)]
        if not free:
            self._refuse(key, answers)
            return
        self._refused.pop(key, None)
        if self._known.get(key) not in free:
            self._known[key] = free[0]
            self.told(self._elements.get(key, ""), key, free[0])

    def _owner(self, name: Name, address: str) -> str:
        """Return the other element that has an address, nothing when there is none."""
        realm, plain = name[0], plain_address(address)
        own = self._elements.get(name, "")
        named = (
            self._elements.get(other, "")
            for other, known in self._known.items()
            if other[0] == realm and plain_address(known) == plain
        )
        owners = (self._given.get((realm, plain), ""), *named)
        return next((owner for owner in owners if owner not in ("", own)), "")

    def _refuse(self, name: Name, answers: list[str]) -> None:
        """Keep what was known; say so once for each other element."""
        if not answers:
            return
        owner = self._owner(name, answers[0])
        why = f"{answers[0]} is an address of {owner}"
        if self._refused.get(name) != why:
            self._refused[name] = why
            element = self._elements.get(name, "")
            log.warning("address refused: another element has it", name=name[1], element=element, reason=why)


def look_up(name: str) -> tuple[str, ...]:
    """Return the addresses of a DNS name, nothing when there is no answer; it may take many seconds."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except OSError:
        return ()
    return tuple(str(one[4][0]) for one in found)
