"""Which way each agent makes a short key longer: what decrypted, or what to try next (specs/snmp.md 2.1).

Many agents drop what they cannot decrypt without a word, so that silence is all there is to learn from.
"""

from typing import Final

import msgspec

from netmon.snmp.udp import SocketAddress
from netmon.snmp.user import User
from netmon.snmp.usm import Extension

_SILENT: Final = 30
"""Attempts without an answer after which even a way that did decrypt is in doubt: the agent may have been replaced."""


class Way(msgspec.Struct):
    """How a user is asked at one agent."""

    extension: Extension
    engine_id: bytes = b""
    """Of the engine that decrypted it; empty: not proven."""
    silent: int = 0
    """Attempts without an answer since the last one."""


class Ways:
    """By agent and user; users whose keys are long enough need none."""

    def __init__(self) -> None:
        self._ways: dict[SocketAddress, dict[User, Way]] = {}

    def first(self, peer: SocketAddress, user: User) -> Extension:
        """Return the way to ask by."""
        way = self._way(peer, user)
        return user.extensions()[0] if way is None else way.extension

    def proven(self, peer: SocketAddress, user: User) -> Extension | None:
        """Return the way that an agent decrypted, None where that is not known."""
        way = self._way(peer, user)
        return way.extension if way is not None and way.engine_id else None

    def prove(self, peer: SocketAddress, user: User, *, engine_id: bytes, extension: Extension) -> None:
        """Take that an engine decrypts what is made this way."""
        if len(user.extensions()) > 1:
            self._ways.setdefault(peer, {})[user] = Way(extension, engine_id)

    def unanswered(self, peer: SocketAddress, user: User, *, engine_id: bytes, tried: Extension) -> Extension:
        """Return the way to try after one that was not answered: the other one, unless the engine has proven this."""
        if len(user.extensions()) == 1:
            return tried
        way = self._ways.setdefault(peer, {}).setdefault(user, Way(tried))
        way.silent += 1
        if way.silent >= _SILENT or way.engine_id != engine_id:
            way.engine_id = b""
        if not way.engine_id and way.extension == tried:
            # Of several requests under way at once only the first one turns it.
            way.extension = other(user, tried)
        return way.extension

    def forget(self, peer: SocketAddress) -> None:
        """Let go of an agent."""
        self._ways.pop(peer, None)

    def _way(self, peer: SocketAddress, user: User) -> Way | None:
        return self._ways.get(peer, {}).get(user)


def other(user: User, extension: Extension) -> Extension:
    """Return the way that is left to try; the same where a user has only one."""
    return next((one for one in user.extensions() if one != extension), extension)
