"""What a run says of the element itself: up, round trip, duration of the poll (specs/snmp.md 6.5, 4.9)."""

from collections.abc import Iterable
from typing import Any

from netmon.domain.observation import Block, PollFailed, PollResult
from netmon.domain.sample import SampleBlock, SampleKind

TABLE = "netmon_element"
"""Name of the table of these blocks: one row, the element."""

UNITS = {
    "netmon_element_up": "",
    "netmon_element_rtt_seconds": "s",
    "netmon_poll_duration_seconds": "s",
    "netmon_agent_restarted": "",
}
_UP, _RTT, _DURATION, _RESTARTED = UNITS
_GAUGE: SampleKind = "gauge"
_SAYS_NOTHING = ("overrun", "budget", "no_credential")


def answered(seq: int, result: PollResult, blocks: Iterable[Block], *, restarted: bool | None = None) -> SampleBlock:
    """Return the samples of a finished run with all its blocks; the round trip is the shortest of them.

    ``restarted``: whether the agent has restarted since it was seen before; None: nobody can tell.
    """
    values: dict[str, float] = {_UP: 1}
    shortest = min((block.rtt_us for block in blocks), default=0)
    if result.icmp is not None:
        values[_UP], shortest = int(result.icmp[1] > 0), result.icmp[3]
    if shortest:
        values[_RTT] = shortest / 1_000_000
    if result.complete and result.elapsed_ms:
        values[_DURATION] = result.elapsed_ms / 1000
    if restarted is not None:
        values[_RESTARTED] = int(restarted)
    return _block(seq, result.at, result.element, result.interval_ms, values)


def silent(seq: int, failed: PollFailed, reachability: str) -> list[SampleBlock]:
    """Return what a failed run leaves of the element, as it is judged now; nothing while that is not known."""
    if reachability not in ("up", "down") or failed.reason in _SAYS_NOTHING:
        return []
    return [_block(seq, failed.at, failed.element, 0, {_UP: int(reachability == "up")})]


def _block(seq: int, at: int, element: str, interval_ms: int, values: dict[str, Any]) -> SampleBlock:
    return SampleBlock(
        seq=seq,
        time=at,
        sent=at,
        element=element,
        table=TABLE,
        names=tuple(values),
        kinds=(_GAUGE,) * len(values),
        units=tuple(UNITS[name] for name in values),
        oids=("",) * len(values),
        objects=(element,),
        labels=((),),
        index=("0",),
        columns=tuple((value,) for value in values.values()),
        interval_ms=interval_ms,
    )
