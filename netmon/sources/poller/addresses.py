"""Addresses of elements that are given by a DNS name: resolved off the loop, the last good answer is kept."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable

_KEPT_MS = 300_000


class Addresses:
    """Turns the address of an element into a numeric one."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._known: dict[str, tuple[int, str]] = {}

    async def numeric(self, address: str) -> str:
        """Return a numeric address; a name that never had an answer comes back as it is and is unreachable."""
        if _is_numeric(address):
            return address
        asked_ms, known = self._known.get(address, (None, address))
        if asked_ms is None or self._now_ms() - asked_ms >= _KEPT_MS:
            known = await self._resolve(address, known)
            self._known[address] = (self._now_ms(), known)
        return known

    async def _resolve(self, name: str, known: str) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_DGRAM)
        except OSError:
            return known
        answers = [str(one[4][0]) for one in found]
        return known if known in answers else answers[0]


def _is_numeric(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True
