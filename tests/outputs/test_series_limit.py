"""The most series there may be."""

import msgspec

from netmon.domain.observation import HealthRow
from netmon.domain.sample import SampleBlock
from netmon.outputs.series_limit import SeriesLimit
from netmon.telemetry.metrics import Metrics
from tests.outputs.samples import block

AT = 1_700_000_000_000
MINUTE, HOUR = 60_000, 3_600_000


def made(at: int, *ports: str, element: str = "r1") -> SampleBlock:
    """Return a table with two series per port."""
    found = block(1, at, dict.fromkeys(ports, (1, 1, "x")), element=element)
    # Whatever else is there, a port keeps its row.
    return msgspec.structs.replace(found, index=ports, labels=tuple((("ifName", port),) for port in ports))


def limit(most: int) -> tuple[SeriesLimit, Metrics]:
    metrics = Metrics()
    return SeriesLimit(lambda: most, metrics), metrics


def value(metrics: Metrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(name)


def test_known_series_go_on_and_new_ones_beyond_the_limit_are_left_out_and_counted() -> None:
    limited, metrics = limit(4)
    one = made(AT, "a", "b")
    assert limited.admit([one]) == [one]
    [both] = limited.admit([made(AT + MINUTE, "a", "new", "b")])
    assert both == made(AT + MINUTE, "a", "b")
    assert limited.admit([made(AT + MINUTE, "c", element="r2")]) == []
    assert value(metrics, "netmon_series") == 4
    assert value(metrics, "netmon_series_refused_total") == 4


def test_the_element_whose_series_are_refused_is_told_until_it_is_over() -> None:
    limited, _ = limit(2)
    limited.admit([made(AT, "a")])
    assert limited.health() == ()
    limited.admit([made(AT, "b", element="r2")])
    assert limited.health() == (HealthRow("r2", "series_full", 1, "there are 2, which is the most"),)
    limited.admit([made(AT + 11 * MINUTE, "a")])
    assert limited.health() == (HealthRow("r2", "series_full", 0, "there are 2, which is the most"),)
    limited.admit([made(AT + 3 * HOUR, "a")])
    assert limited.health() == ()


def test_what_has_not_come_for_a_day_makes_room() -> None:
    limited, metrics = limit(2)
    limited.admit([made(AT, "a")])
    assert limited.admit([made(AT + 24 * HOUR, "b")]) == []
    assert limited.admit([made(AT + 26 * HOUR, "b")]) == [made(AT + 26 * HOUR, "b")]
    assert value(metrics, "netmon_series") == 2


def test_ten_thousand_new_series_a_minute_end_at_the_limit_and_the_old_ones_live() -> None:
    limited, metrics = limit(20_000)
    for minute in range(10):
        at = AT + minute * MINUTE
        ports = [f"{minute}.{port}" for port in range(5_000)]
        admitted = limited.admit([made(at, "old"), made(at, *ports, element="churn")])
        assert admitted[0] == made(at, "old")
    assert value(metrics, "netmon_series") == 20_000
    assert value(metrics, "netmon_series_refused_total") == 100_000 + 2 - 20_000
    assert limited.health() == (HealthRow("churn", "series_full", 1, "there are 20,000, which is the most"),)


def test_another_label_is_another_series() -> None:
    limited, metrics = limit(100)
    one = made(AT, "a")
    limited.admit([one, msgspec.structs.replace(one, labels=((("ifName", "a"), ("ifAlias", "x")),))])
    assert value(metrics, "netmon_series") == 4


def named(one: SampleBlock, *names: str) -> SampleBlock:
    """Return such a block with other numbers: their names."""
    values = tuple(tuple(range(len(one.index))) for _ in names)
    return msgspec.structs.replace(
        one, names=names, kinds=("gauge",) * len(names), units=names, oids=names, columns=values
    )


def test_series_are_counted_by_their_names_in_however_many_answers_they_come() -> None:
    limited, metrics = limit(5)
    one = made(AT, "a")
    answers = [named(one, "load", "memory"), named(one, "uptime", "users"), named(one, "memory"), named(one, "x", "y")]
    assert limited.admit(answers) == answers[:3], "four series, then one more than there may be"
    assert value(metrics, "netmon_series") == 4
    assert value(metrics, "netmon_series_refused_total") == 2


def test_a_row_with_one_column_too_many_goes_on_without_it_until_there_is_room() -> None:
    limited, metrics = limit(2)
    limited.admit([named(made(AT, "a"), "old", "load")])
    wider = named(made(AT + HOUR, "a"), "load", "new")
    assert limited.admit([wider]) == [msgspec.structs.replace(wider, columns=((0,), (None,)))]
    assert value(metrics, "netmon_series_refused_total") == 1
    # "old" has not come for a day then, "load" has.
    for hours in (12, 26):
        limited.admit([msgspec.structs.replace(wider, time=AT + hours * HOUR)])
    later = msgspec.structs.replace(wider, time=AT + 27 * HOUR)
    assert limited.admit([later]) == [later]
    assert value(metrics, "netmon_series") == 2
