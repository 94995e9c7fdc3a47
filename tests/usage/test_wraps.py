"""How long 32-bit counters may go unread, as specs/usage.md 10 has it, and as the pair rules hold it."""

import pytest

from netmon.domain.usage import PairSettings
from netmon.normalize.counters import judge
from netmon.usage.wraps import longest_ms, too_seldom
from tests.usage.metered import SERIES, START, sample


@pytest.mark.parametrize(("speed", "seconds"), [(10**7, 3_123), (10**8, 312.3), (10**9, 31.2), (10**10, 3.1)], ids=str)
def test_the_longest_safe_time(speed, seconds):
    assert longest_ms(speed) / 1000 == pytest.approx(seconds, abs=0.06 if seconds < 1_000 else 1)
    for apart, ok in ((0, True), (2, False)):
        at = START + longest_ms(speed) + apart
        pair = judge(
            sample(START, 0, width=32, speed_bps=speed),
            sample(at, 5, width=32, speed_bps=speed),
            SERIES,
            PairSettings(),
        )
        assert (pair.ok, pair.reason) == (ok, "" if ok else "wrap_ambiguous")


def test_what_is_told():
    assert too_seldom(10**9, 60_000) == (
        "32-bit counters at 1 Gb/s wrap in 34.4 s, polled every 60 s: no interval can be billed. "
        "Poll every 30 s or less, or use ifHCInOctets (SNMPv2c or v3)"
    )
    assert too_seldom(10**9, 30_000) == ""
    assert too_seldom(10**8, 300_000) == ""
    assert "Poll every 3 s or less" in too_seldom(10**10, 10_000)
    assert too_seldom(10**11, 10_000).endswith("no interval can be billed. Use ifHCInOctets (SNMPv2c or v3)")
    assert too_seldom(1_544_000_000, 60_000).startswith("32-bit counters at 1544 Mb/s wrap in 22.3 s")
