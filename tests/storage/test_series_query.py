"""Charts out of real Parquet files: values, gaps, jitter, resets, limits."""

import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netmon.domain.observation import Block
from netmon.domain.sample import SampleBlock
from netmon.normalize.identity import Identity
from netmon.normalize.samples import Samples
from netmon.rulebook.profile_values import Column
from netmon.storage.chart import Chart, Line, NoRate, Series, SeriesQuery, TooMany, TooSlow
from netmon.storage.series import SeriesStore
from netmon.storage.series_list import samples_of, series_of
from netmon.storage.series_query import draw
from netmon.storage.series_reader import SeriesReader
from tests.normalize.blocks import PROFILE, block, result
from tests.patience import PATIENCE_S

NOON = 1_700_049_600_000
"""2023-11-15T12:00:00Z."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def gauge(
    at: int, value: float | None, *, seq: int = 0, element: str = "r1", object_: str = "r1/if:a", **more: Any
) -> SampleBlock:
    labels = more.get("labels", (("ifName", "a"),))
    return SampleBlock(
        seq=seq or at // 1000,
        time=at,
        sent=at,
        element=element,
        table="t",
        names=(more.get("metric", "load"),),
        kinds=("gauge",),
        units=("%",),
        oids=("",),
        objects=(object_,),
        labels=(labels,),
        index=("1",),
        columns=((value,),),
        interval_ms=more.get("interval_ms", MINUTE),
    )


def filled(path: Path, values: dict[int, float], **more: Any) -> SeriesStore:
    store = SeriesStore(path)
    store.append([gauge(at, value, **more) for at, value in sorted(values.items())])
    return store


def asked(start: int, end: int, **more: Any) -> SeriesQuery:
    return SeriesQuery(more.pop("metrics", ("load",)), more.pop("elements", ("r1",)), start, end, **more)


def only(chart: Chart) -> Line:
    [line] = chart.lines
    return line


def test_each_sample_is_a_point_at_its_own_interval(tmp_path):
    store = filled(tmp_path, {NOON + n * MINUTE: float(n) for n in range(10)})
    chart = draw(store, asked(NOON, NOON + 10 * MINUTE))
    assert (chart.t0, chart.step_ms, chart.n) == (NOON, MINUTE, 10)
    line = only(chart)
    assert line.avg == line.min == line.max == [float(n) for n in range(10)]
    assert (line.metric, line.element, line.object, line.labels, line.unit) == (
        "load", "r1", "r1/if:a", {"ifName": "a"}, "%",
    )  # fmt: skip
    assert (line.gaps, line.newest, line.interval_ms) == ([], NOON + 9 * MINUTE, MINUTE)


def test_a_longer_step_keeps_the_extremes(tmp_path):
    values = {NOON + n * MINUTE: float(n == 7) * 100 for n in range(20)}
    line = only(draw(filled(tmp_path, values), asked(NOON, NOON + 20 * MINUTE, step_ms=10 * MINUTE)))
    assert (line.avg, line.min, line.max, line.last) == ([10.0, 0.0], [0.0, 0.0], [100.0, 0.0], [0.0, 0.0])


def test_a_hole_is_a_gap_and_its_ends_are_the_samples_around_it(tmp_path):
    values = {NOON + n * MINUTE: 1.0 for n in range(30) if not 10 <= n < 20}
    line = only(draw(filled(tmp_path, values), asked(NOON, NOON + 30 * MINUTE)))
    assert line.gaps == [(NOON + 9 * MINUTE, NOON + 20 * MINUTE)]
    assert line.avg[9:21] == [1.0, *[None] * 10, 1.0]


def test_jitter_and_one_lost_poll_are_no_gap(tmp_path):
    jitter = (0, 40_000, -20_000, 59_000, 3_000, 0, -30_000)
    values = {NOON + n * MINUTE + jitter[n % 7]: 1.0 for n in range(30) if n != 12}
    line = only(draw(filled(tmp_path, values), asked(NOON, NOON + 30 * MINUTE)))
    assert line.gaps == []
    assert None in line.avg


def test_gaps_before_the_first_and_after_the_last_sample(tmp_path):
    store = filled(tmp_path, {NOON + n * MINUTE: 1.0 for n in range(5)})
    line = only(draw(store, asked(NOON - 10 * MINUTE, NOON + 20 * MINUTE)))
    assert line.gaps == [(NOON - 10 * MINUTE, NOON), (NOON + 4 * MINUTE, NOON + 20 * MINUTE)]


def test_a_sample_just_before_the_range_means_no_gap(tmp_path):
    store = filled(tmp_path, {NOON + n * 10 * MINUTE: 1.0 for n in range(7)}, interval_ms=10 * MINUTE)
    line = only(draw(store, asked(NOON + 21 * MINUTE, NOON + 61 * MINUTE)))
    assert line.gaps == []


def test_gap_over_a_border_of_files_and_hours(tmp_path):
    store = SeriesStore(tmp_path)
    for n in (*range(20), *range(100, 120)):
        store.append([gauge(NOON + n * MINUTE, float(n))])
    line = only(draw(store, asked(NOON, NOON + 120 * MINUTE)))
    assert line.gaps == [(NOON + 19 * MINUTE, NOON + 100 * MINUTE)]
    store.compact(NOON + DAY)
    assert only(draw(store, asked(NOON, NOON + 120 * MINUTE))) == line


def test_gap_over_a_border_of_batches(tmp_path):
    store = filled(tmp_path, {NOON + n * MINUTE: 1.0 for n in (*range(5), *range(3_000, 3_005))})
    line = only(draw(store, asked(NOON, NOON + 3_005 * MINUTE)))
    assert line.gaps == [(NOON + 4 * MINUTE, NOON + 3_000 * MINUTE)]
    assert [value for value in line.avg if value is not None] == [1.0] * 2


def test_samples_written_twice_count_once(tmp_path):
    store = SeriesStore(tmp_path)
    store.append([gauge(NOON, 1.0, seq=1), gauge(NOON + MINUTE, 3.0, seq=2)])
    store.append([gauge(NOON, 5.0, seq=3)])
    assert only(draw(store, asked(NOON, NOON + 10 * MINUTE, step_ms=10 * MINUTE))).avg == [4.0]


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        ((), ["r1/if:a", "r1/if:ab", "r1/sensor:a.c"]),
        (("r1/if:a",), ["r1/if:a"]),
        (("if:a",), ["r1/if:a"]),
        (("if:*",), ["r1/if:a", "r1/if:ab"]),
        (("*a*",), ["r1/if:a", "r1/if:ab", "r1/sensor:a.c"]),
        (("sensor:a?c", "if:ab"), ["r1/if:ab"]),
        (("sensor:a.c",), ["r1/sensor:a.c"]),
        (("r2/*",), []),
        (("(", "[a]"), []),
    ],
)
def test_objects_are_paths_or_globs(tmp_path, objects, found):
    store = SeriesStore(tmp_path)
    store.append([gauge(NOON, 1.0, object_=object_) for object_ in ("r1/if:a", "r1/if:ab", "r1/sensor:a.c")])
    chart = draw(store, asked(NOON, NOON + MINUTE, objects=objects))
    assert [line.object for line in chart.lines] == found


def test_rows_of_the_element_itself_are_told_apart_by_their_labels(tmp_path):
    store = SeriesStore(tmp_path)
    for number in ("1", "2"):
        store.append([gauge(NOON, float(number), object_="r1", labels=(("cpu", number),), seq=int(number))])
    assert [(line.labels, line.avg) for line in draw(store, asked(NOON, NOON + MINUTE)).lines] == [
        ({"cpu": "1"}, [1.0]),
        ({"cpu": "2"}, [2.0]),
    ]


def test_samples_of_probes_have_the_interval_of_the_others(tmp_path):
    store = SeriesStore(tmp_path)
    store.append([gauge(NOON + n * MINUTE, 1.0) for n in range(3)])
    store.append([gauge(NOON + n * MINUTE, 0.0, interval_ms=0) for n in range(3, 6)])
    chart = draw(store, asked(NOON, NOON + 6 * MINUTE))
    assert (chart.step_ms, only(chart).gaps, only(chart).avg) == (MINUTE, [], [1, 1, 1, 0, 0, 0])


def test_nothing_there_is_an_empty_chart(tmp_path):
    chart = draw(SeriesStore(tmp_path), asked(NOON, NOON + HOUR))
    assert (chart.lines, chart.t0, chart.n > 0) == ([], NOON, True)


def test_more_series_than_allowed_are_refused(tmp_path):
    store = SeriesStore(tmp_path)
    store.append([gauge(NOON, 1.0, object_=f"r1/if:{n}") for n in range(4)])
    assert len(draw(store, asked(NOON, NOON + MINUTE, most_series=4)).lines) == 4
    with pytest.raises(TooMany):
        draw(store, asked(NOON, NOON + MINUTE, most_series=3))


def test_a_query_ends_when_its_time_is_over(tmp_path):
    store = filled(tmp_path, {NOON: 1.0})
    with pytest.raises(TooSlow):
        draw(store, asked(NOON, NOON + MINUTE, deadline=time.monotonic() - 1))


# Rates: only what the normalizer proved.


def polled(made: Samples, at: int, octets: int, *, uptime_cs: int | None = None, **more: int) -> list[SampleBlock]:
    row = {"ifName": b"xe-0", "ifHighSpeed": 1000, "ifHCInOctets": octets, "ifHCOutOctets": octets, **more}
    one: Block = block(at, {"7": row}, uptime_cs=uptime_cs)
    return made.read(at // 1000, result(at, one)).blocks


@pytest.fixture
def reset_within(tmp_path) -> SeriesStore:
    """Ten polls at 1,000 octets per second; the agent restarts before the sixth and its counters begin at 0."""
    made = Samples(Identity())
    made.configure([PROFILE])
    store = SeriesStore(tmp_path)
    for n in range(10):
        octets, uptime = (10**15 + n * 60_000, None) if n < 5 else ((n - 5) * 60_000, (n - 5) * 6_000 + 100)
        store.append(polled(made, NOON + n * MINUTE, octets, uptime_cs=uptime))
    return store


def test_a_reset_is_no_rate_and_never_a_spike(reset_within):
    line = only(draw(reset_within, asked(NOON, NOON + 10 * MINUTE, metrics=("ifHCInOctets",), fn="rate")))
    assert line.avg == [None, 1000.0, 1000.0, 1000.0, 1000.0, None, 1000.0, 1000.0, 1000.0, 1000.0]
    assert line.gaps == []


def test_derived_bits_have_the_same_hole(reset_within):
    line = only(draw(reset_within, asked(NOON, NOON + 10 * MINUTE, metrics=("netmon_if_in_bits_per_second",))))
    assert line.avg == [None, *[8000.0] * 4, None, *[8000.0] * 4]


def test_a_gauge_has_no_rate(tmp_path):
    with pytest.raises(NoRate, match='"load" is no counter'):
        draw(filled(tmp_path, {NOON: 1.0}), asked(NOON, NOON + MINUTE, fn="rate"))


# Size.


@pytest.mark.slow
def test_400_days_are_answered_within_the_points_allowed(tmp_path):
    """An interface polled every five minutes for 400 days, one file per day and hour that a store would keep."""
    store = SeriesStore(tmp_path)
    begin = NOON - 400 * DAY
    for day in range(400):
        store.append(
            [gauge(begin + day * DAY + n * 5 * MINUTE, float(n % 12), interval_ms=5 * MINUTE) for n in range(12)]
        )
    chart = draw(store, asked(begin, NOON, max_points=1_500, deadline=time.monotonic() + PATIENCE_S))
    assert (chart.step_ms, 400 <= chart.n <= 401) == (DAY, True)
    line = only(chart)
    assert {value for value in line.avg if value is not None} == {5.5}
    assert (min(filter(None, line.max)), len(line.gaps)) == (11.0, 400)


def test_series_are_listed_with_what_their_samples_say(tmp_path):
    store = SeriesStore(tmp_path)
    for n in range(3):
        store.append([gauge(NOON + n * HOUR, 1.0), gauge(NOON + n * HOUR, 2.0, element="r2", object_="r2/if:b")])
    one = series_of(store, element="r1", metric="", start=NOON, end=NOON + DAY, most=10)
    assert one == [Series("r1", "r1/if:a", "load", "%", {"ifName": "a"}, MINUTE, NOON, NOON + 2 * HOUR)]
    both = series_of(store, element="", metric="load", start=NOON, end=NOON + DAY, most=10)
    assert [(one.element, one.first) for one in both] == [("r1", NOON + 2 * HOUR), ("r2", NOON + 2 * HOUR)]
    assert series_of(store, element="", metric="load", start=NOON, end=NOON + DAY, most=1) == both[:1]
    assert series_of(store, element="r1", metric="other", start=NOON, end=NOON + DAY, most=9) == []
    assert series_of(store, element="r1", metric="", start=0, end=NOON, most=9) == []


def test_samples_of_a_counter_are_exact(reset_within):
    ask: dict[str, Any] = {"metric": "ifHCInOctets", "object_": "r1/if:xe-0", "start": NOON, "end": NOON + DAY}
    found = samples_of(reset_within, **ask, most=100)
    assert [(one.time - NOON) // MINUTE for one in found] == list(range(10))
    assert (found[4].count, found[5].count) == (10**15 + 240_000, 0)
    assert samples_of(reset_within, **ask, most=2) == found[:2]


def test_a_chart_is_drawn_while_the_files_are_merged(tmp_path):
    store = SeriesStore(tmp_path)
    for n in range(24):
        store.append([gauge(NOON + n * MINUTE, float(n), seq=n + 1)])
    reader = SeriesReader(store, time.monotonic() + 60)
    query = asked(NOON, NOON + 24 * MINUTE)
    whole = reader.draw(query)
    merging = threading.Thread(target=store.compact, args=(NOON + 25 * MINUTE,))
    merging.start()
    seen = [reader.draw(query) for _ in range(20)]
    merging.join()
    assert all(chart == whole for chart in seen)
    assert reader.draw(query) == whole
    assert len(list(tmp_path.glob("*/*.parquet"))) == 1


def test_packets_have_a_rate_where_the_octets_prove_it(tmp_path):
    made = Samples(Identity())
    table = msgspec.structs.replace(
        PROFILE.tables[0], columns=(*PROFILE.tables[0].columns, Column("ifHCInUcastPkts", "1.3.6.1.9", "counter"))
    )
    made.configure([msgspec.structs.replace(PROFILE, tables=(table,))])
    store = SeriesStore(tmp_path)
    for n in range(6):
        uptime = None if n < 3 else n * 100
        store.append(polled(made, NOON + n * MINUTE, n * 600, uptime_cs=uptime, ifHCInUcastPkts=n * 120))
    query = asked(NOON, NOON + 6 * MINUTE, metrics=("ifHCInUcastPkts", "ifHCOutOctets"), fn="rate")
    packets, octets = draw(store, query).lines
    assert (octets.metric, octets.avg) == ("ifHCOutOctets", [None, 10.0, 10.0, None, None, None])
    assert (packets.metric, packets.avg) == ("ifHCInUcastPkts", [None, 2.0, 2.0, None, None, None])
