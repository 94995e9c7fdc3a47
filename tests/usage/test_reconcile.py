"""What the checks of a feed hold in memory while they go over its series."""

import tracemalloc

import pytest

from netmon.usage.reconcile import Books
from netmon.usage.report import MOST_FINDINGS
from netmon.usage.tallies import Span
from tests.usage.metered import QUARTER, START, Daemon, assignment, sample

STEP = 300_000
INTERVALS = 48
SPAN = Span(START, START + INTERVALS * QUARTER, QUARTER)


@pytest.fixture(scope="module")
def records():
    daemon = Daemon()
    for t in range(START, SPAN.end + STEP + 1, STEP):
        daemon.tick(t)
        daemon.take(sample(t, t - START))
    return daemon.records


def test_of_series_that_were_looked_at_no_record_is_held(records) -> None:
    books = Books(SPAN, ())
    books.take("r0|x", records)
    tracemalloc.start()
    try:
        for number in range(1, 21):
            books.take(f"r{number}|x", records)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert books.checks(())[0].measured == str(21 * INTERVALS)
    assert held < 20 * INTERVALS * 100


def test_findings_beyond_those_listed_are_counted() -> None:
    names = [f"r{number}|x" for number in range(3)]
    books = Books(SPAN, [assignment(series=name) for name in names])
    for name in books.names([]):
        books.take(name, [])
    once = books.checks(())[0]
    assert (len(once.findings), once.more) == (MOST_FINDINGS, 3 * INTERVALS - MOST_FINDINGS)
    assert [once.findings[place].series for place in (0, INTERVALS, 2 * INTERVALS)] == names
