"""Samples as InfluxDB line protocol."""

from netmon.outputs.line_protocol import block_lines, frame_lines
from netmon.storage.series import SeriesStore
from tests.outputs.samples import block


def test_one_line_per_row_with_exact_counters():
    made = block(1, 1_700_000_000_000, {"xe-0/0/1": (18_446_744_073_709_551_615, 1, "up"), "xe 2": (9, None, "x")})
    assert block_lines(made) == [
        "ifTable,element=r1,object=r1/if:xe-0/0/1,ifIndex=1,ifName=xe-0/0/1"
        " ifHCInOctets=18446744073709551615u,ifOperStatus=1.0 1700000000000",
        r"ifTable,element=r1,object=r1/if:xe\ 2,ifIndex=2,ifName=xe\ 2 ifHCInOctets=9i 1700000000000",
    ]


def test_row_without_a_number_gives_no_line():
    assert block_lines(block(1, 1, {"a": (None, None, "text")})) == []


def test_text_that_would_break_the_line_is_escaped():
    [line] = block_lines(block(1, 5, {"a,b=c\nd\\": (1, None, "")}))
    assert line.count("\n") == 0
    assert r"ifName=a\,b\=c\ d " in line


def test_lines_of_the_embedded_store_say_the_same(tmp_path):
    made = block(1, 1_700_000_000_000, {"xe-0/0/1": (18_446_744_073_709_551_615, 1, "up")})
    store = SeriesStore(tmp_path)
    store.append([made])
    [frame] = store.after(0)
    [line] = block_lines(made)
    head, fields, at = line.rsplit(" ", 2)
    assert sorted(frame_lines(frame)) == sorted(f"{head} {field} {at}" for field in fields.split(","))
