"""A step of the wall clock while ports are metered: the pair in which it falls says so (specs/usage.md 2)."""

from netmon.domain.observation import Block, PollResult
from netmon.domain.usage import Assignment, Pair, UsageSettings
from netmon.normalize.octets import Octets

HOUR_MS = 3_600_000
START = 1_800_000_000_000
MINUTE_MS = 60_000
COLUMNS = {"ifName": b"lo0", "ifHCInOctets": 0, "ifHCOutOctets": 0, "ifHighSpeed": 1_000}


class Metered:
    def __init__(self) -> None:
        self.octets = Octets()
        assigned = Assignment("r1|lo0", "r1", "r1/if:lo0", "lo0", "ifName", "main", "rule", poll_ms=MINUTE_MS)
        self.octets.configure([assigned], UsageSettings(), ())

    def reads(self, after_ms: int, *, line_ms: int = 0, offset_ms: int = 0, run: str = "a") -> list[Pair]:
        """Return what a reading proves ``after_ms`` of true time; ``line_ms``: how far the poller's line was moved."""
        t = START + after_ms + line_ms
        row = COLUMNS | {"ifHCInOctets": after_ms}
        block = Block(
            t, after_ms, 1, 50_000 + after_ms // 10, None, "usage", "usage", tuple(row), ("",) * len(row),
            (0,) * len(row), ("1",), tuple((value,) for value in row.values()), offset_ms,
        )  # fmt: skip
        result = PollResult(t, "r1", "", "usage-60s", t, 0, True, True, "snmp", run, (block,))
        return self.octets.billed(result, [block]).pairs


def test_the_pair_in_which_the_step_falls_is_flagged_and_no_other() -> None:
    at = Metered()
    assert at.reads(0) == []
    [before] = at.reads(MINUTE_MS)
    [with_step] = at.reads(2 * MINUTE_MS, offset_ms=-HOUR_MS)
    [after] = at.reads(3 * MINUTE_MS, offset_ms=-HOUR_MS)
    assert [pair.d_in for pair in (before, with_step, after)] == [MINUTE_MS] * 3
    assert [pair.flags for pair in (before, with_step, after)] == [(), ("clock_anomaly",), ()]


def test_a_new_line_ahead_is_judged_as_a_restart() -> None:
    at = Metered()
    at.reads(0)
    [across] = at.reads(MINUTE_MS, line_ms=HOUR_MS, run="b")
    assert (across.ok, across.reason) == (False, "agent_restart")
    [after] = at.reads(2 * MINUTE_MS, line_ms=HOUR_MS, run="b")
    assert (after.ok, after.d_in, after.flags) == (True, MINUTE_MS, ())


def test_a_new_line_behind_counts_every_octet_once() -> None:
    at = Metered()
    at.reads(0)
    # The poller meters nothing until its new line has passed the old one.
    [across] = at.reads(4 * MINUTE_MS, line_ms=-3 * MINUTE_MS, run="b")
    assert (across.ok, across.d_in, across.flags) == (True, 4 * MINUTE_MS, ("clock_anomaly", "gap_bridged"))
    assert (across.a.t, across.b.t) == (START, START + MINUTE_MS)
