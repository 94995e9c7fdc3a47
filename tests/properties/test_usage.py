"""What must hold for any line, agent and poller (specs/usage.md section 13, number 2)."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.usage import PairSettings
from netmon.normalize.counters import judge
from netmon.normalize.ordering import Reading, arrange
from netmon.usage.periods import share
from netmon.usage.recompute import totals
from tests.examples import examples
from tests.usage.metered import QUARTER, SERIES, START, Daemon, sample

pytestmark = pytest.mark.slow

LIMITS = PairSettings(poll_interval_ms=60_000)
MANY = examples(1000)
SPEED = 10_000_000

happens = st.sampled_from(["", "", "", "", "lost", "reboot", "discontinuity", "renumbered", "clock"])
steps = st.lists(
    st.tuples(st.integers(0, SPEED // 8 * 60), happens, st.integers(30_000, 90_000)), min_size=2, max_size=25
)
widths = st.sampled_from([32, 64])


def simulated(moves, width, begin):
    """Return (samples, octets that really went over the line between the first and the last of them)."""
    t, count, uptime_ms, disc, ifindex, wall_shift = START + 1_000, begin % (1 << width), 10**9, 0, 5, 0
    samples, carried, passed = [], 0, 0
    for octets, event, wait in moves:
        octets = min(octets, SPEED // 8000 * wait)
        t, uptime_ms, count, passed = t + wait, uptime_ms + wait, count + octets, passed + octets
        if event == "reboot":
            count, uptime_ms = octets // 3, wait // 3
        elif event == "discontinuity":
            count, disc = octets // 2, uptime_ms // 10
        elif event == "renumbered":
            count, ifindex = octets // 2, ifindex + 1
        elif event == "clock":
            wall_shift += 3_600_000 if ifindex % 2 else -3_600_000
        if event != "lost":
            shown = {"wall": t + wall_shift, "mono_ms": t, "disc_cs": disc, "ifindex": ifindex, "width": width}
            samples.append(
                sample(t, count % (1 << width), uptime_cs=uptime_ms // 10 % (1 << 32), speed_bps=SPEED, **shown)
            )
            carried += passed if len(samples) > 1 else 0
            passed = 0
    return samples, carried


def judged(samples):
    return [judge(a, b, SERIES, LIMITS) for a, b in pairwise(samples)]


def outcomes(samples, interval_ms=QUARTER):
    return totals(judged(samples), range(START, START + 4 * QUARTER, interval_ms))


def octets(found):
    return sum(item.octets_in or 0 for item in found)


@MANY
@given(steps, widths, st.integers(0, 1 << 64))
def test_never_more_than_was_carried(moves, width, begin):
    samples, carried = simulated(moves, width, begin)
    found = outcomes(samples)
    assert octets(found) <= carried
    assert octets(found) == sum(pair.d_in for pair in judged(samples) if pair.ok)
    assert all(0 <= item.coverage_ms <= QUARTER for item in found)
    assert all((item.octets_in is None) == (item.coverage_ms == 0) for item in found)


@MANY
@given(steps, widths)
def test_parts_sum_to_the_whole(moves, width):
    samples, _ = simulated(moves, width, 0)
    [hour] = outcomes(samples, 4 * QUARTER)
    quarters = outcomes(samples)
    assert octets(quarters) == (hour.octets_in or 0)
    assert sum(item.coverage_ms for item in quarters) == hour.coverage_ms
    for item in quarters:
        assert sum(slot or 0 for slot in item.slots_in) == (item.octets_in or 0)
        assert len(item.slots_quality) == 3


@MANY
@given(st.integers(0, 1 << 80), st.integers(0, 10**6), st.integers(1, 10**6), st.lists(st.integers(0, 2 * 10**6)))
def test_shares_sum_to_the_delta(delta, a, length, cuts):
    b = a + length
    bounds = [a, *sorted(cut for cut in cuts if a < cut < b), b]
    assert sum(share(delta, a, b, start, end) for start, end in pairwise(bounds)) == delta


@MANY
@given(steps, widths, st.randoms(use_true_random=False))
def test_order_and_duplicates_of_arrival_do_not_matter(moves, width, random):
    quiet = [(carried, "" if event == "clock" else event, wait) for carried, event, wait in moves]
    samples, _ = simulated(quiet, width, 7)
    readings = [Reading(i, SERIES, item.t, item.run, item.mono_ms, values=item) for i, item in enumerate(samples)]
    shuffled = [*readings, *random.sample(readings, len(readings) // 2)]
    random.shuffle(shuffled)
    if not samples:
        return
    one, other = (arrange(order)[SERIES].samples for order in (readings, shuffled))
    assert outcomes(one) == outcomes(other)


@MANY
@given(steps, widths, st.data())
def test_fewer_samples_never_raise_certain_octets(moves, width, data):
    samples, _ = simulated(moves, width, 0)
    fewer = [item for item in samples if data.draw(st.booleans())]
    certain = sum((item.octets_in or 0) - (item.octets_in_estimated or 0) for item in outcomes(fewer))
    assert certain <= octets(outcomes(samples)) or not _all_accepted(samples)


def _all_accepted(samples):
    return all(pair.ok for pair in judged(samples))


@examples(150)
@given(steps, st.data())
def test_revisions_sum_to_what_is_recomputed(moves, data):
    samples, _ = simulated(moves, 64, 0)
    arrival = list(samples)
    for _ in range(data.draw(st.integers(0, 3)) if len(samples) > 2 else 0):
        place = data.draw(st.integers(2, len(arrival) - 1))
        arrival[place - 1], arrival[place] = arrival[place], arrival[place - 1]
    daemon = Daemon()
    daemon.settings = msgspec.structs.replace(daemon.settings, pairs=LIMITS)
    now = START
    for number, item in enumerate(arrival):
        now = max(now, item.t)
        daemon.tick(now)
        daemon.take(item)
        if number % 11 == 5:
            daemon.restart()
    daemon.run(now, now + 2 * QUARTER, QUARTER // 9)
    told: dict[str, dict[str, Any]] = {}
    for line in daemon.lines("usage", "adjustment"):
        before = told.get(line["start"])
        if before is not None:
            assert line["revision"] == before["revision"] + 1
            assert (before["octets_in"] or 0) + line["delta_octets_in"] == (line["octets_in"] or 0)
        told[line["start"]] = line
    expected = totals(judged(samples), range(START, START + len(told) * QUARTER, QUARTER))
    for line, item in zip(told.values(), expected, strict=True):
        assert (line["octets_in"], line["coverage_ms"]) == (item.octets_in, item.coverage_ms)
        assert (line["quality"], tuple(line["flags"])) == (item.quality, item.flags)
        assert tuple(line["slots_in"]) == item.slots_in
    assert len({record.id for record in daemon.records}) == len(daemon.records)
