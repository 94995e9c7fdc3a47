"""Samples as remote write has them; what receivers make of it is in tests/wire."""

import struct

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.sample import SampleBlock
from netmon.outputs.write_request import block_series, frame_series, label_name, shown, varint
from netmon.storage.series import SeriesStore
from tests.outputs.samples import block

AT = 1_700_000_000_000


def test_the_octets_are_those_of_the_specification() -> None:
    made = block(1, 300, {"a": (7, None, "")})
    label = b"\x0a\x18\x0a\x08__name__\x12\x0cifHCInOctets"
    labels = label + b"\x0a\x0d\x0a\x07element\x12\x02r1" + b"\x0a\x0c\x0a\x07ifIndex\x12\x011"
    labels += b"\x0a\x0b\x0a\x06ifName\x12\x01a"
    sample = b"\x12\x0c\x09" + struct.pack("<d", 7.0) + b"\x10\xac\x02"
    content = labels + sample
    assert block_series(made, {}) == [b"\x0a" + bytes((len(content),)) + content]


def test_labels_are_those_of_the_scrape_in_order_and_never_empty() -> None:
    made = msgspec.structs.replace(
        block(1, AT, {"a": (7, None, "")}), labels=((("Zone", "x"), ("ifAlias", ""), ("if-Name", "a")),)
    )
    [series] = block_series(made, {"job": "netmon", "element": "not me"})
    assert shown(series) == f'ifHCInOctets{{Zone="x",element="r1",if_Name="a",job="netmon"}} 7.0 {AT}'
    assert series.index(b"Zone") < series.index(b"__name__") < series.index(b"element")


def test_what_is_no_number_is_left_out() -> None:
    made = block(1, AT, {"a": (None, float("nan"), "text"), "b": (1, float("inf"), "text")})
    assert [shown(one).partition("{")[0] for one in block_series(made, {})] == ["ifHCInOctets"]


def test_the_embedded_store_says_the_same(tmp_path) -> None:
    made: SampleBlock = block(1, AT, {"a": (2**64 - 1, 2, "x"), "b": (5, 1, "y")})
    store = SeriesStore(tmp_path)
    store.append([made])
    [frame] = store.after(0)
    assert sorted(frame_series(frame, {"job": "n"})) == sorted(block_series(made, {"job": "n"}))


def test_names_of_labels_are_made_fit() -> None:
    assert [label_name(text) for text in ("ifName", "if.name", "1st", "\u00e9")] == ["ifName", "if_name", "_1st", "_"]


@given(st.integers(0, 2**64 - 1))
def test_numbers_of_any_length(number: int) -> None:
    octets = varint(number)
    assert sum((octet & 0x7F) << (7 * place) for place, octet in enumerate(octets)) == number
    assert all(octet & 0x80 for octet in octets[:-1])
    assert not octets[-1] & 0x80
