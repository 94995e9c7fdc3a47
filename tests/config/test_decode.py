"""Typed decoding: values for good data, every problem at once for bad data."""

from typing import Annotated, Any, Literal

import msgspec
import pytest

from netmon.config import yaml
from netmon.domain.decode import Invalid, decode
from netmon.domain.duration import Duration, Rate, Size
from netmon.domain.place import Document
from netmon.domain.scalar import span


class Inner(msgspec.Struct, frozen=True):
    port: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
    word: str = ""


class Red(msgspec.Struct, frozen=True, tag="red", tag_field="type"):
    depth: Annotated[float, msgspec.Meta(description="how red")]


class Blue(msgspec.Struct, frozen=True, tag="blue", tag_field="type"):
    name: str = "sky"


class Checked(msgspec.Struct, frozen=True):
    low: int = 0
    high: int = 9

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")


class Outer(msgspec.Struct, frozen=True):
    mode: Literal["fast", "slow"] = "fast"
    level: Literal[1, 2] = 1
    hold: Annotated[Duration, span("1s", "1h")] = Duration("5s")
    size: Size = Size("1MiB")
    rate: Rate = Rate("1/s")
    on: bool = False
    colors: tuple[Red | Blue, ...] = ()
    names: str | list[str] = ""
    pair: tuple[str, int] = ("", 0)
    inner: Inner = Inner()
    maybe: Inner | None = None
    table: dict[Annotated[str, msgspec.Meta(pattern="^[a-z]+$")], int] = {}
    number: float = 0.0
    checked: Checked = Checked()
    few: Annotated[list[int], msgspec.Meta(max_length=2)] = []
    free: Any = None


def document(text: str) -> Document:
    read = yaml.parse(text.encode(), "x.yaml")
    assert not read.problems
    return read.document


def told(text: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        decode(Outer, document(text))
    return [str(problem) for problem in caught.value.problems]


def test_a_whole_document() -> None:
    outer = decode(
        Outer,
        document(
            "{mode: slow, level: 2, hold: 1m, size: 2KiB, rate: 5/s, on: true, colors: [{type: blue}, {type: red, "
            "depth: 1}], names: [a, b], pair: [x, 1], inner: {port: 16}, maybe: {word: w}, table: {a: 1}, number: 3, "
            "few: [1], free: [x]}"
        ),
    )
    assert outer.hold.ms == 60_000
    assert outer.size.octets == 2048
    assert outer.colors == (Blue(), Red(1.0))
    assert (outer.names, outer.pair, outer.inner, outer.maybe) == (["a", "b"], ("x", 1), Inner(16), Inner(word="w"))
    assert type(outer.number) is float
    assert outer.free == ["x"]


def test_nothing_is_the_default() -> None:
    assert decode(Outer, document("")) == Outer()
    assert decode(Outer, document("{mode: null, inner: , colors: ~}")) == Outer()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("mode: fats", "x.yaml:1:7: mode: unknown value 'fats' (did you mean 'fast'?)"),
        ("mode: 3", "x.yaml:1:7: mode: expected one of fast, slow, not 3"),
        ("level: 3", "x.yaml:1:8: level: expected one of 1, 2, not 3"),
        ("level: true", "x.yaml:1:8: level: expected one of 1, 2, not true"),
        ("hold: 5", "x.yaml:1:7: hold: 5 has no unit (write '5s')"),
        ("hold: 5 s", "x.yaml:1:7: hold: '5 s' is not a span of time (write '30s', '5m' or '1h30m')"),
        ("hold: 2h", "x.yaml:1:7: hold: 2h is above 1h"),
        ("hold: 1ms", "x.yaml:1:7: hold: 1ms is below 1s"),
        ("size: 5", "x.yaml:1:7: size: '5' is not a size (write '16MiB' or '64KiB')"),
        ("rate: 5", "x.yaml:1:7: rate: '5' is not a rate (write '100/s' or '1/10m')"),
        ("on: yes", "x.yaml:1:5: on: expected true or false, not 'yes' (write true)"),
        ("on: 1", "x.yaml:1:5: on: expected true or false, not 1"),
        ("inner: {port: 40}", "x.yaml:1:15: inner.port: 40 is above 16"),
        ("inner: {port: 0}", "x.yaml:1:15: inner.port: 0 is below 1"),
        ("inner: {port: '4'}", "x.yaml:1:15: inner.port: expected a whole number, not '4'"),
        ("inner: {port: 4.5}", "x.yaml:1:15: inner.port: expected a whole number, not 4.5"),
        ("inner: {port: true}", "x.yaml:1:15: inner.port: expected a whole number, not true"),
        ("inner: {word: 4}", "x.yaml:1:15: inner.word: expected text, not 4 (write '4')"),
        ("inner: {prot: 4}", "x.yaml:1:9: inner: unknown key 'prot' (did you mean 'port'?)"),
        ("inner: {zzz: 4}", "x.yaml:1:9: inner: unknown key 'zzz' (one of port, word)"),
        ("inner: [1]", "x.yaml:1:8: inner: expected a mapping, not a list"),
        ("moed: fast", "x.yaml:1:1: unknown key 'moed' (did you mean 'mode'?)"),
        ("colors: [{type: rde}]", "x.yaml:1:17: colors[0].type: unknown type 'rde' (did you mean 'red'?)"),
        ("colors: [{name: x}]", "x.yaml:1:10: colors[0].type: missing (one of red, blue)"),
        ("colors: [{type: red}]", "x.yaml:1:10: colors[0].depth: missing (how red)"),
        ("colors: [red]", "x.yaml:1:10: colors[0]: expected a mapping, not text"),
        ("colors: red", "x.yaml:1:9: colors: expected a list, not text"),
        ("names: [a, 1]", "x.yaml:1:12: names[1]: expected text, not 1 (write '1')"),
        ("names: 5", "x.yaml:1:8: names: expected text or a list, not a number"),
        ("pair: [x]", "x.yaml:1:7: pair: expected a list of 2, not a list"),
        ("maybe: 5", "x.yaml:1:8: maybe: expected a mapping, not a number"),
        ("maybe: {port: 99}", "x.yaml:1:15: maybe.port: 99 is above 16"),
        ("table: {A: 1}", "x.yaml:1:12: table.A: 'A' does not match ^[a-z]+$"),
        ("number: x", "x.yaml:1:9: number: expected a number, not 'x'"),
        ("checked: {low: 10}", "x.yaml:1:10: checked: low 10 is above high 9"),
        ("few: [1, 2, 3]", "x.yaml:1:6: few: has 3 entries, at most 2 are allowed"),
    ],
)
def test_one_problem_each(text: str, problem: str) -> None:
    assert told(text) == [problem]


def test_all_problems_in_one_pass_sorted_by_place() -> None:
    assert told("on: 1\ncolors:\n  - {type: red, depth: x}\n  - {type: blue, nmae: x}\ninner: {port: 0, x: 1}\n") == [
        "x.yaml:1:5: on: expected true or false, not 1",
        "x.yaml:3:24: colors[0].depth: expected a number, not 'x'",
        "x.yaml:4:18: colors[1]: unknown key 'nmae' (did you mean 'name'?)",
        "x.yaml:5:15: inner.port: 0 is below 1",
        "x.yaml:5:18: inner: unknown key 'x' (one of port, word)",
    ]


def test_the_rest_is_there_for_further_checks() -> None:
    with pytest.raises(Invalid) as caught:
        decode(Outer, document("{mode: x, colors: [{type: red}, {type: blue}], hold: 9s}"))
    assert caught.value.partial == Outer(colors=(Blue(),), hold=Duration("9s"))


def test_nothing_can_be_made_of_a_list() -> None:
    with pytest.raises(Invalid) as caught:
        decode(Outer, document("[1]"))
    assert caught.value.partial is None


def test_a_subject_stands_in_front_and_paths_begin_there() -> None:
    with pytest.raises(Invalid) as caught:
        decode(Outer, document("rules: [{hold: 5, moed: x}]"), ("rules", 0), subject="rule 'a'")
    assert [str(problem) for problem in caught.value.problems] == [
        "x.yaml:1:16: rule 'a': hold: 5 has no unit (write '5s')",
        "x.yaml:1:19: rule 'a': unknown key 'moed' (did you mean 'mode'?)",
    ]


def test_a_maker_builds_its_class() -> None:
    def make(data: Any) -> Inner:
        if data != "x":
            raise ValueError("only x")
        return Inner(7)

    assert decode(Outer, document("{inner: x, maybe: x}"), makers={Inner: make}) == Outer(
        inner=Inner(7), maybe=Inner(7)
    )
    with pytest.raises(Invalid, match=r"x\.yaml:1:9: maybe: only x"):
        decode(Outer, document("{maybe: {}}"), makers={Inner: make})
