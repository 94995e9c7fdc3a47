"""The strict subset of YAML: what it gives, what it refuses, and where."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.config import yaml
from netmon.domain.place import Place


def data(text: str) -> Any:
    read = yaml.parse(text.encode(), "x.yaml")
    assert read.problems == ()
    return read.document.data


def told(text: str | bytes) -> list[str]:
    octets = text if isinstance(text, bytes) else text.encode()
    return [str(problem) for problem in yaml.parse(octets, "x.yaml").problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("y", "y"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'true'", "true"),
        ("17", 17),
        ("-3", -3),
        ("007", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("18446744073709551615", 18446744073709551615),
        ("2.5", 2.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("12:30:00", "12:30:00"),
        ("1.3.6.1", "1.3.6.1"),
        ("5m", "5m"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = data(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text_as_written() -> None:
    assert data("on: 1\n17: 2\ntrue: 3\n'': 4\n") == {"on": 1, "17": 2, "true": 3, "": 4}


def test_every_key_and_value_has_its_place() -> None:
    document = yaml.parse(b"web:\n  listen: x\nlist: [a, {b: c}]\n", "x.yaml").document
    assert document.key_place(("web", "listen")) == Place("x.yaml", 2, 3)
    assert document.place(("web", "listen")) == Place("x.yaml", 2, 11)
    assert document.place(("list", 1, "b")) == Place("x.yaml", 3, 15)
    assert document.place(("web", "missing")) == Place("x.yaml", 2, 3)


def test_columns_count_characters_not_octets() -> None:
    assert told("name: Zürich ä: {a: 1, a: 2}") == [
        "x.yaml:1:15: not YAML: mapping values are not allowed here: "
        "a value with ': ' in it needs quotes; else the indentation is wrong"
    ]
    assert told('{"Zürich": 1, "Zürich": 2}') == ["x.yaml:1:15: duplicate key 'Zürich' (first at line 1)"]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a: 1\nb: 2\na: 3\n", ["x.yaml:3:1: duplicate key 'a' (first at line 1)"]),
        (
            "a: &x 1\nb: *x\n",
            [
                "x.yaml:1:4: anchor &x is not allowed: write the value out where it is needed",
                "x.yaml:2:4: alias *x is not allowed: write the value out",
            ],
        ),
        ("<<: {a: 1}\n", ["x.yaml:1:1: merge key << is not allowed: write the keys out"]),
        ("a: !!str 1\n", ["x.yaml:1:4: tag tag:yaml.org,2002:str is not allowed"]),
        ("a: !secret x\n", ["x.yaml:1:4: tag !secret is not allowed"]),
        ("a: 1\n---\nb: 1\n", ["x.yaml:2:1: a second document is not allowed: one file, one document"]),
        ("a:\n\t- b\n", ["x.yaml:2:1: a tab is not allowed (use blanks)"]),
        ("? [a]\n: 1\n", ["x.yaml:1:3: a key must be text, not an alias, a list or a mapping"]),
        ("a: 99999999999999999999\n", ["x.yaml:1:4: the number has more than 64 bits"]),
        ("a: " + "9" * 5000, ["x.yaml:1:4: the number has more than 64 bits"]),
        ("a: @b\n", ["x.yaml:1:4: not YAML: found character '@' that cannot start any token: put the text in quotes"]),
        (
            "a: [1\n",
            [
                "x.yaml:2:1: not YAML: expected ',' or ']', but got '<stream end>' "
                "(while parsing a flow sequence from line 1)"
            ],
        ),
        ("a: \x07\n", ["x.yaml:1:4: character U+0007 is not allowed"]),
        (b"a: b\nc: \xff\n", ["x.yaml:2:4: not UTF-8 (octet 0xFF)"]),
        ("[" * 60 + "]" * 60, ["x.yaml:1:52: nested deeper than 50 levels"]),
        (b" " * (1 << 20) + b"#", ["x.yaml:1:1: is larger than 1 MiB"]),
        ("%TAG ! tag:x,2026:\n--- a\n", ["x.yaml:1:1: %TAG is not allowed"]),
    ],
    ids=lambda value: None,
)
def test_what_is_refused(text: str | bytes, problems: list[str]) -> None:
    assert told(text) == problems


def test_all_problems_of_a_file_are_told_at_once() -> None:
    assert len(told("a: 1\na: 2\nb: &x 1\nc: !!int 1\n\t\n")) == 4


def test_a_duplicate_key_keeps_the_first_value() -> None:
    read = yaml.parse(b"a: {b: 1}\na: {b: 2}\n", "x.yaml")
    assert read.document.data == {"a": {"b": 1}}
    assert read.document.place(("a", "b")) == Place("x.yaml", 1, 8)


def test_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    for text in ("a: 1", "a: 2", "a: [", "a: 1"):
        path.write_text(text)
        assert yaml.read(path, name="x.yaml") == yaml.parse(text.encode(), "x.yaml")
    assert yaml.read(path, name="y.yaml").document.place(("a",)) == Place("y.yaml", 1, 4)


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    read = yaml.read(tmp_path / "no.yaml", name="no.yaml")
    assert [str(problem) for problem in read.problems] == ["no.yaml:1:1: cannot be read: no such file or directory"]


def test_an_empty_file_and_a_byte_order_mark_are_fine() -> None:
    assert data("") is None
    assert data("# nothing\n") is None
    assert data("\ufeffa: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}


@pytest.mark.slow
@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    yaml.parse(text.encode("utf-8", "surrogatepass"), "x.yaml")


@given(
    st.lists(
        st.sampled_from(["a", ":", " ", "\n", "-", "[", "]", "{", "}", "&x", "*x", "!", "'", '"', "|", ">", ",", "1"]),
        max_size=60,
    )
)
def test_what_the_fast_parser_accepts_the_pure_one_reads_alike(parts: list[str]) -> None:
    text = "".join(parts)
    fast = yaml.parse(text.encode(), "x.yaml")
    if not fast.problems:
        pure = yaml._Composer("x.yaml").explain(text)
        assert (pure.document.data, pure.problems, pure.document.keys) == (fast.document.data, (), fast.document.keys)


def test_half_a_surrogate_pair_is_told_at_its_place():
    read = yaml.parse(b'name: "\\ud800"\n', "a.yaml")
    assert [str(problem) for problem in read.problems] == [
        "a.yaml:1:7: half of a surrogate pair is no character: write the character itself"
    ]
