import pytest

from netmon.domain.oid import SYS_UPTIME
from netmon.snmp import ber
from netmon.snmp.errors import SnmpError, SnmpTimeout, SnmpUnreachable
from netmon.snmp.walk import TableWalk, stop_of

A, B = "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.8"
UP = (SYS_UPTIME, ber.TIME_TICKS, 100)
END = ("1.3.6.1.9", ber.INTEGER, 0)


def cell(column: str, index: str, value: int = 1):
    return f"{column}.{index}", ber.INTEGER, value


def feed(walk: TableWalk, *varbinds, at: int = 1000) -> None:
    walk.feed((UP, *varbinds), sent_ms=at, received_ms=at + 10, rtt_us=10_000)


def test_columns_are_joined_by_index_and_each_has_its_cursor():
    walk = TableWalk([A, B])
    assert walk.next_oids() == ("1.3.6.1.2.1.1.3", A, B)
    feed(walk, cell(A, "1"), cell(B, "1"), cell(A, "2"), cell(B, "3"))
    assert walk.next_oids() == ("1.3.6.1.2.1.1.3", f"{A}.2", f"{B}.3")
    feed(walk, cell(A, "3"), END, END, END, at=2000)
    result = walk.result()
    assert not walk.active
    assert result.complete
    assert result.rows == {
        "1": (cell(A, "1"), cell(B, "1")),
        "2": (cell(A, "2"), None),
        "3": (cell(A, "3"), cell(B, "3")),
    }
    assert result.row_page == {"1": 0, "2": 0, "3": 0}
    assert [(page.at_ms, page.rtt_us, page.uptime_cs) for page in result.pages] == [
        (1005, 10_000, 100),
        (2005, 10_000, 100),
    ]


def test_finished_column_leaves_the_request():
    walk = TableWalk([A, B])
    feed(walk, END, cell(B, "1"))
    assert walk.next_oids() == ("1.3.6.1.2.1.1.3", f"{B}.1")
    feed(walk, (f"{B}.1", ber.END_OF_MIB_VIEW, None))
    assert walk.result().stops == ("done", "done")


@pytest.mark.parametrize(("first", "second"), [("10", "9"), ("1.20", "1.3"), ("7", "7")])
def test_oid_that_does_not_increase_stops_its_column_alone(first, second):
    walk = TableWalk([A, B])
    feed(walk, cell(A, first), cell(B, "1"), cell(A, second), cell(B, "2"))
    assert walk.next_oids()[1:] == (f"{B}.2",)
    walk.stop("budget")
    result = walk.result()
    assert result.stops == ("oid_not_increasing", "budget")
    assert result.rows[first][0] == cell(A, first)
    assert not result.complete


def test_oids_grow_as_integers_not_as_octets():
    walk = TableWalk([A])
    feed(walk, cell(A, "16383"), cell(A, "16384"), END)
    assert walk.result().complete


def test_an_answer_out_of_place_is_not_the_end_of_a_column():
    walk = TableWalk([A, B])
    feed(walk, cell(A, "1"), cell(B, "1"), cell(B, "2"), cell(A, "2"))
    assert walk.result().stops == ("done", "oid_not_increasing")


def test_a_cell_that_comes_once_more_is_counted_and_the_first_one_kept():
    walk = TableWalk([A])
    feed(walk, cell(A, "1"), cell(A, "2", 5), cell(A, "2", 6), cell(A, "3"))
    result = walk.result()
    assert (result.stops, result.duplicates) == (("oid_not_increasing",), 1)
    assert result.rows["2"] == (cell(A, "2", 5),)


def test_one_column_at_a_time_is_read_to_its_end():
    walk = TableWalk([A, B])
    assert walk.next_oids(1)[1:] == (A,)
    feed(walk, cell(A, "1"))
    assert walk.next_oids(1)[1:] == (f"{A}.1",)
    assert walk.stop_asked("agent_error") == [0]
    assert walk.next_oids(1)[1:] == (B,)
    feed(walk, cell(B, "1"), END)
    assert walk.result().stops == ("agent_error", "done")
    assert walk.lacking(0) == []


def test_columns_left_out_are_filled_by_other_means():
    walk = TableWalk([A, B])
    walk.leave_out({0: "agent_error"})
    assert walk.next_oids()[1:] == (B,)
    feed(walk, cell(B, "1"), END)
    assert walk.lacking(0) == [f"{A}.1"]
    walk.put(0, cell(A, "1", 7))
    assert walk.result().rows == {"1": (cell(A, "1", 7), cell(B, "1"))}
    assert walk.result().stops == ("agent_error", "done")


def test_allowed_disorder_goes_on_until_an_oid_repeats():
    walk = TableWalk([A], allow_nonincreasing=True)
    feed(walk, cell(A, "5"), cell(A, "3"), cell(A, "4"))
    assert walk.next_oids()[1:] == (f"{A}.4",)
    feed(walk, cell(A, "5"))
    assert walk.result().stops == ("oid_not_increasing",)
    assert list(walk.result().rows) == ["5", "3", "4"]


def test_two_pages_without_progress_stop_the_walk():
    walk = TableWalk([A, B])
    feed(walk)
    assert walk.active
    feed(walk)
    assert walk.result().stops == ("walk_stuck", "walk_stuck")


def test_short_answer_does_not_starve_the_columns_behind():
    walk = TableWalk([A, B])
    feed(walk, cell(A, "1"))
    assert walk.next_oids()[1:] == (B, f"{A}.1")
    feed(walk, cell(B, "1"))
    assert walk.next_oids()[1:] == (f"{A}.1", f"{B}.1")


def test_row_limit_stops_all_columns_and_keeps_the_rows():
    walk = TableWalk([A, B], max_rows=2)
    feed(walk, cell(A, "1"), cell(B, "1"), cell(A, "2"), cell(B, "2"), cell(A, "3"), cell(B, "3"))
    assert walk.result().stops == ("row_limit", "row_limit")
    assert list(walk.result().rows) == ["1", "2"]


def test_failure_of_a_later_page_keeps_what_was_read():
    for failure, stop in (
        (SnmpTimeout("", attempts=3, elapsed_ms=14_000), "timeout"),
        (SnmpUnreachable("", attempts=3, elapsed_ms=14_000), "unreachable"),
        (SnmpError(5, 2, attempts=1, elapsed_ms=1), "agent_error"),
    ):
        walk = TableWalk([A])
        feed(walk, cell(A, "1"))
        walk.stop(stop_of(failure))
        assert walk.result().stops == (stop,)
        assert list(walk.result().rows) == ["1"]


def test_a_column_ends_at_its_place_and_all_at_a_place_where_none_is():
    walk = TableWalk([A, B])
    walk.next_oids()
    walk.end(1)
    assert walk.next_oids()[1:] == (A,)
    walk.end(-2)
    assert walk.result().stops == ("agent_error", "done")


def test_page_without_uptime_has_none():
    walk = TableWalk([A])
    walk.feed((("1.3.6.1.2.1.1.4.0", ber.OCTET_STRING, b""), END), sent_ms=0, received_ms=0, rtt_us=0)
    assert walk.result().pages[0].uptime_cs is None
