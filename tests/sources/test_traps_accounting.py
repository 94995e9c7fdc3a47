from collections import Counter

from netmon.domain.rejection import Reason
from netmon.domain.request import RejectionsWanted
from netmon.sources.traps.accounting import Accounting, Lost
from netmon.sources.traps.rejections import Rejection

_WRONG = bytes.fromhex("302602010104067365637265740000") + b"rest"


class Seen:
    def __init__(self) -> None:
        self.logged: list[Rejection] = []
        self.dropped: dict[str, int] = {}

    def log(self, rejection: Rejection) -> None:
        self.logged.append(rejection)

    def drop(self, reason: Reason, count: int) -> None:
        self.dropped[reason] = self.dropped.get(reason, 0) + count


def _books() -> tuple[Accounting, Seen]:
    seen = Seen()
    return Accounting(seen.log, seen.drop), seen


def _reject(books: Accounting, *, source: str = "192.0.2.7", reason: Reason = "bad_community", at: int = 0) -> None:
    books.read += 1
    books.reject(Rejection(at, "default", source, reason, "", _WRONG))


def test_rows_for_the_tick_are_counted_sorted_and_taken_once():
    books, seen = _books()
    _reject(books)
    _reject(books)
    books.queued += 1
    books.queue_full(("default", "192.0.2.1", "queue_full", "1.3.9", ""), at=0)
    rows = books.take()
    assert [(row.source, row.reason, row.trap_oid, row.count) for row in rows] == [
        ("192.0.2.1", "queue_full", "1.3.9", 1),
        ("192.0.2.7", "bad_community", "", 2),
    ]
    assert books.take() == ()
    assert seen.dropped == {"bad_community": 2, "queue_full": 1}


def test_a_flood_of_forged_sources_stays_bounded_and_loses_no_count():
    books, _ = _books()
    for number in range(20_000):
        _reject(books, source=f"10.0.{number >> 8}.{number & 255}")
    rows = books.take()
    assert len(rows) <= 1_000
    assert sum(row.count for row in rows) == 20_000
    assert next(row for row in rows if row.source == "*").count == 20_000 - 970
    counts = books.rejections.counts(0)
    assert len(counts) == 1_000
    assert len(books.rejections.pairs) == 10_001
    assert (counts[0].source, counts[0].count) == ("*", 10_000)
    assert len(books.rejections.last()) == 1_000


def test_what_a_storm_loses_stays_bounded_while_nobody_asks_and_loses_no_count():
    books, seen = _books()
    for number in range(30_000):
        lost: Lost = ("default", f"10.0.{number >> 8}.{number & 255}", "storm_trap", "1.3.9", "")
        books.shed(lost, at=1_000, datagram=_WRONG)
        books.shed(lost, at=1_000, datagram=_WRONG)
        books.queue_full(("default", lost[1], "queue_full", "1.3.9", ""), at=1_000)
    assert len(books._lost) <= 10_000
    # The counts of the day hold what was lost a moment ago.
    assert sum(one.count for one in books.rejections.counts(1_000, RejectionsWanted(limit=1_000))) > 1_000
    rows = books.take()
    assert len(rows) <= 1_000
    told: Counter[str] = Counter()
    for row in rows:
        told[row.reason] += row.count
    assert told == {"storm_trap": 60_000, "queue_full": 30_000}
    assert seen.dropped == {"storm_trap": 60_000, "queue_full": 30_000}
    assert books.books(waiting=0).shed == 60_000


def test_of_each_trap_that_is_shed_the_first_of_a_second_is_kept():
    books, _ = _books()
    for at in (1_000, 1_500, 1_999, 2_000, 2_001):
        books.shed(("default", "192.0.2.1", "storm_trap", "1.3.9", ""), at=at, datagram=_WRONG)
        books.shed(("default", "192.0.2.1", "storm_source", "1.3.9", ""), at=at, datagram=_WRONG)
        books.shed(("default", "192.0.2.2", "storm_trap", "1.3.9", ""), at=at, datagram=_WRONG)
        books.take()
    kept = [(one.at, one.source) for one in books.rejections.last()]
    assert sorted(kept) == [(1_000, "192.0.2.1"), (1_000, "192.0.2.2"), (2_000, "192.0.2.1"), (2_000, "192.0.2.2")]


def test_the_balance_tells_what_is_missing():
    books, _ = _books()
    _reject(books)
    books.read += 2
    books.queued += 1
    books.duplicates += 1
    assert books.books(waiting=1).missing == 0
    books.read += 1
    assert books.books(waiting=1).missing == 1
    assert books.books(waiting=0).missing == 2
