"""The filter language, by the cases that the dashboard's reader of it must pass too."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.web.filter import KEYS, LONGEST, SEVERITIES, STATES, FilterError, read_filter
from netmon.web.rows import Row

CASES = json.loads((Path(__file__).parent / "filter_cases.json").read_text("utf-8"))
ROWS = msgspec.convert(CASES["rows"], list[Row])


@pytest.mark.parametrize("case", CASES["match"], ids=lambda case: case["q"])
def test_case(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(FilterError) as caught:
            read_filter(case["q"])
        assert str(caught.value) == case["error"]
    else:
        wanted = read_filter(case["q"])
        assert [row.id for row in ROWS if wanted.fits(row, CASES["now"])] == case["ids"]


def test_every_key_and_word_has_a_case() -> None:
    asked = " ".join(case["q"].lower() for case in CASES["match"] if "ids" in case)
    for word in (*(f"{key}:" for key in KEYS), *STATES, *SEVERITIES[:1]):
        assert word in asked


def test_too_long() -> None:
    with pytest.raises(FilterError, match=r"^the filter is longer than 2000 characters$"):
        read_filter("x" * (LONGEST + 1))
    read_filter("x" * LONGEST)


@given(st.text(st.sampled_from('ab-:," *<>m1\té'), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        wanted = read_filter(text)
    except FilterError:
        return
    for row in ROWS:
        wanted.fits(row, CASES["now"])


def test_many_stars_take_no_longer() -> None:
    wanted = read_filter("text:" + "a*" * 900 + "b")
    row = msgspec.structs.replace(ROWS[0], text="a" * 1_000)
    assert not wanted.fits(row, CASES["now"])
