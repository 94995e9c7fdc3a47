"""Authoritative engines: boots, time and what lies in their window (RFC 3414 section 2.2, 2.3, 3.2)."""

from typing import Final

import msgspec

from netmon.snmp.user import User
from netmon.snmp.usm import Extension, Keys

WINDOW_S: Final = 150
LAST_BOOTS: Final = 0x7FFFFFFF
"""Here an engine stays until it gets new keys: nothing of it is in time any more."""


class Clock(msgspec.Struct):
    """Boots and time of a foreign engine, as the newest message told that was believed."""

    boots: int
    engine_time: int
    """Seconds since its last boot."""
    at_ns: int
    """When it was told, on the monotonic clock."""

    def now(self, now_ns: int) -> tuple[int, int]:
        """Return boots and time as they should be by now."""
        return self.boots, min(self.engine_time + (now_ns - self.at_ns) // 1_000_000_000, LAST_BOOTS)

    def is_in_time(self, boots: int, engine_time: int) -> bool:
        """Tell whether a message of that engine is no replay."""
        if boots == LAST_BOOTS or boots < self.boots:
            return False
        return boots > self.boots or engine_time >= self.engine_time - WINDOW_S

    def saw(self, boots: int, engine_time: int, now_ns: int) -> None:
        """Take the time of a message whose MAC is right, if it is newer."""
        if (boots, engine_time) > (self.boots, self.engine_time):
            self.boots, self.engine_time, self.at_ns = boots, engine_time, now_ns

    def set(self, boots: int, engine_time: int, now_ns: int) -> None:
        """Take a time that the engine itself gave in answer to a request of ours, newer or not."""
        self.boots, self.engine_time, self.at_ns = boots, engine_time, now_ns


class Engine:
    """An agent's engine as it is asked: its clock, and the keys of the users it is asked by."""

    __slots__ = ("_keys", "clock", "engine_id")

    def __init__(self, engine_id: bytes, clock: Clock) -> None:
        self.engine_id = engine_id
        self.clock = clock
        self._keys: dict[tuple[User, Extension], Keys] = {}

    def keys(self, user: User, extension: Extension) -> Keys:
        """Return the keys of a user at this engine, made longer in that way if need be; made once."""
        known = self._keys.get((user, extension))
        if known is None:
            known = self._keys[user, extension] = user.keys(self.engine_id, extension)
        return known


class OwnEngine(msgspec.Struct, frozen=True):
    """This program as an authoritative engine: of informs it takes and of requests it answers."""

    engine_id: bytes
    boots: int
    started_ns: int
    """On the monotonic clock."""

    def time(self, now_ns: int) -> int:
        """Return the seconds since it booted."""
        return (now_ns - self.started_ns) // 1_000_000_000

    def is_in_time(self, boots: int, engine_time: int, now_ns: int) -> bool:
        """Tell whether a message to it is no replay (RFC 3414 section 3.2 step 7a)."""
        if boots != self.boots or self.boots == LAST_BOOTS:
            return False
        return abs(engine_time - self.time(now_ns)) <= WINDOW_S
