from netmon.sources.traps.accounting import Accounting, Reason, Rejection

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
    books.reject(reason, at=at, realm="default", source=source, detail="", datagram=_WRONG)


def test_rows_for_the_tick_are_counted_sorted_and_taken_once():
    books, seen = _books()
    _reject(books)
    _reject(books)
    books.queued += 1
    books.queue_full(at=0, realm="default", source="192.0.2.1", trap_oid="1.3.9")
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
    assert len(books.counts(0)) <= 10_001
    assert len(books.rejections()) == 1_000


def test_a_rejection_says_why_and_hides_the_community():
    books, seen = _books()
    _reject(books)
    [rejection] = books.rejections()
    assert rejection.sentence.startswith("192.0.2.7: bad_community: no credential in traps.communities")
    assert rejection.head == _WRONG.replace(b"secret", b"******")
    assert b"secret" not in seen.logged[0].head


def test_the_community_is_hidden_in_every_shape_of_message():
    books, _ = _books()
    shapes = [
        b"\x30\x81\x26\x02\x01\x01\x04\x06secret",
        b"\x30\x26\x02\x02\x00\x01\x04\x06secret",
        b"\x30\x05\x04\x06secret",
    ]
    for shape in [*shapes, b"\x30\x26\x02\x01\x01\x04\x81\x06secret", b"\x30\x26\x02\x01\x01\x04\x06sec"]:
        books.reject("malformed", at=0, realm="default", source="a", detail="", datagram=shape)
    assert not any(b"sec" in rejection.head for rejection in books.rejections())


def test_one_log_line_per_source_and_reason_and_minute():
    books, seen = _books()
    for at in (0, 1_000, 59_999):
        _reject(books, at=at)
    _reject(books, at=60_000)
    _reject(books, at=60_000, reason="not_snmp")
    assert [rejection.at for rejection in seen.logged] == [0, 60_000, 60_000]


def test_silent_pairs_are_forgotten_after_a_day():
    books, _ = _books()
    _reject(books, at=0)
    assert books.counts(86_400_000) == {("192.0.2.7", "bad_community"): 1}
    assert books.counts(86_400_001) == {}


def test_the_balance_tells_what_is_missing():
    books, _ = _books()
    _reject(books)
    books.read += 2
    books.queued += 1
    books.duplicates += 1
    assert books.balance(waiting=1).missing == 0
    books.read += 1
    assert books.balance(waiting=1).missing == 1
    assert books.balance(waiting=0).missing == 2
