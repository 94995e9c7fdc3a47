"""Since when a made-up agent runs, and its engine with it: sysUpTime, snmpEngineBoots, snmpEngineTime (RFC 3411)."""

from typing import Final

from netmon.domain.oid import SYS_UPTIME
from netmon.snmp import ber
from netmon.snmp.engines import LAST_BOOTS, OwnEngine
from netmon.snmp.interfaces import ENGINE_BOOTS, ENGINE_ID, ENGINE_TIME
from netmon.snmp.rows import Rows
from netmon.snmp.secured import LONGEST_ENGINE_ID, SHORTEST_ENGINE_ID

_U32: Final = 1 << 32
_MADE: Final = bytes.fromhex("80007ed904")
"""Enterprise 32473, which RFC 5612 keeps for examples, and format 4: text (RFC 3411 SnmpEngineID)."""


class Boot:
    """The times of one agent, from the recorded values on.

    Args:
        rows: where the recorded values stand, if they do.
        name: of the agent; its engine id is made of it unless one was recorded or is given.
        started_ms: the time of the recorded values.
        engine_id: of its engine.
        boots: of its engine; None: as recorded, or 1.
    """

    def __init__(
        self, rows: Rows, *, name: str, started_ms: int, engine_id: bytes = b"", boots: int | None = None
    ) -> None:
        self._booted_ms = started_ms
        self._first_uptime_cs = rows.number(SYS_UPTIME, ber.TIME_TICKS) or 0
        self._engine_started_ms = started_ms - 1000 * (rows.number(ENGINE_TIME, ber.INTEGER) or 0)
        recorded = rows.number(ENGINE_BOOTS, ber.INTEGER)
        self.boots = next((known for known in (boots, recorded) if known is not None), 1)
        self.engine_id = engine_id or _recorded(rows) or made_engine_id(name)

    def uptime_cs(self, now: int) -> int:
        """Return sysUpTime."""
        return (self._first_uptime_cs + max(now - self._booted_ms, 0) // 10) % _U32

    def engine_time(self, now: int) -> int:
        """Return snmpEngineTime in seconds."""
        return min(max(now - self._engine_started_ms, 0) // 1000, LAST_BOOTS)

    def engine(self) -> OwnEngine:
        """Return the engine as the one that has the say about its messages."""
        return OwnEngine(self.engine_id, self.boots, self._engine_started_ms * 1_000_000)

    def restart(self, at: int, *, boots: int) -> None:
        """Start anew at a time, with so many boots more."""
        self._booted_ms = self._engine_started_ms = at
        self._first_uptime_cs = 0
        self.boots = max(self.boots + boots, 1)

    def reset_engine(self, now: int, *, boots: int, engine_id: bytes = b"") -> None:
        """Let the engine begin anew, as after a reset or a replacement; the rest of the agent runs on."""
        self.boots, self._engine_started_ms = boots, now
        self.engine_id = engine_id or self.engine_id

    def skew(self, by_ms: int, *, now: int) -> None:
        """Let the engine's clock jump ahead, or back where ``by_ms`` is negative, but not below 0."""
        self._engine_started_ms = min(self._engine_started_ms - by_ms, now)


def made_engine_id(name: str) -> bytes:
    """Return the engine id of a name."""
    return _MADE + (name.encode() or b"agent")[: LONGEST_ENGINE_ID - len(_MADE)]


def _recorded(rows: Rows) -> bytes:
    place = rows.find(ENGINE_ID)
    value = rows[place][2] if place >= 0 else b""
    return value if isinstance(value, bytes) and SHORTEST_ENGINE_ID <= len(value) <= LONGEST_ENGINE_ID else b""
