"""Figures of live feeds go on when a web process begins anew, and end with it."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from netmon.app.live_figures import LiveFigures
from netmon.domain.request import LiveReport, LiveStats
from netmon.telemetry.metrics import Metrics


class Told:
    """What an engine shows of what web processes report; the time is that of the test."""

    def __init__(self) -> None:
        self.now = 100.0
        self.metrics = Metrics()
        self.figures = LiveFigures(self.metrics, now_s=lambda: self.now)

    def take(self, worker: int, **stats: object) -> None:
        self.figures.take(LiveReport(worker, LiveStats(**stats)))  # type: ignore[arg-type]

    def shown(self) -> dict[tuple[str, str], float]:
        self.figures.refresh()
        families = text_string_to_metric_families(self.metrics.render().decode())
        return {
            (
                sample.name.removeprefix("netmon_web_live_"),
                "/".join(sample.labels[name] for name in ("worker", "reason") if name in sample.labels),
            ): sample.value
            for family in families
            for sample in family.samples
            if sample.name.startswith("netmon_web_live_") and not sample.name.endswith("_created")
        }


@pytest.fixture
def told() -> Told:
    return Told()


def test_each_process_has_its_figures(told: Told) -> None:
    told.take(1, clients=3, clients_refused=1, events=10, bytes=900, resyncs={"slow": 2, "burst": 0}, lag_ms=150)
    told.take(2, clients=1)
    shown = told.shown()
    assert {
        name: value for (name, worker), value in shown.items() if worker.startswith("1") and name != "resyncs_total"
    } == {
        "clients": 3,
        "clients_refused_total": 1,
        "events_total": 10,
        "bytes_total": 900,
        "lag_seconds": 0.15,
    }
    assert (shown["resyncs_total", "1/slow"], shown["resyncs_total", "1/burst"]) == (2, 0)
    assert shown["clients", "2"] == 1


def test_counts_go_on_when_a_process_is_started_again(told: Told) -> None:
    told.take(1, events=10, resyncs={"slow": 2})
    told.take(1, events=15, resyncs={"slow": 2})
    told.take(1, events=4, resyncs={"slow": 0})
    told.take(1, events=6, resyncs={"slow": 1})
    shown = told.shown()
    assert (shown["events_total", "1"], shown["resyncs_total", "1/slow"]) == (21, 3)


def test_a_process_that_is_gone_has_no_clients_but_what_it_counted(told: Told) -> None:
    told.take(1, clients=3, events=10, lag_ms=90)
    told.now += 14
    assert told.shown()["clients", "1"] == 3
    told.now += 2
    shown = told.shown()
    assert (shown["clients", "1"], shown["lag_seconds", "1"], shown["events_total", "1"]) == (0, 0, 10)
