"""Help of every command: it fits a terminal of 80 columns, names no types of programs, and has an example."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from netmon.cli.frame import span, without_empty
from netmon.cli.main import cli
from tests.command_line import call


def _commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = getattr(command, "commands", {})
    yield words
    for word, one in inner.items():
        yield from _commands(one, (*words, word))


ALL = list(_commands(typer.main.get_command(cli)))


@pytest.mark.parametrize("words", ALL, ids=lambda words: " ".join(words) or "netmon")
def test_help_fits_and_says_no_types(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = call(*words, "--help").stdout
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    for type_ in ("<bool>", "<path>", "<str>", "<int", "list["):
        assert type_ not in shown
    if len(words) > 1:
        assert f"netmon {' '.join(words)}" in shown.partition("Examples")[2]


def test_paragraphs_of_help_are_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = [line.strip() for line in call("run", "--help").stdout.splitlines()]
    start = next(at for at, line in enumerate(lines) if line.startswith("It listens to traps"))
    paragraph = lines[start : lines.index("", start)]
    assert [len(line) > 60 for line in paragraph[:-1]] == [True] * (len(paragraph) - 1)
    simulated = call("simulate", "--help").stdout.splitlines()
    assert [line.rstrip() for line in simulated if line.strip() == "script:"] == ["     script:"]


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0ms"),
        (250, "250ms"),
        (1_000, "1s"),
        (2_500, "2.5s"),
        (59_900, "59.9s"),
        (60_000, "1m"),
        (90_000, "1m30s"),
        (300_000, "5m"),
        (5_400_000, "1h30m"),
        (3_600_000, "1h"),
    ],
)
def test_spans_as_people_write_them(ms: int, text: str) -> None:
    assert span(ms) == text


def test_columns_that_say_nothing_are_left_out() -> None:
    titles, rows = without_empty(("object", "model", "oper"), iter([("a", "", ""), ("b", "", "up")]))
    assert (titles, rows) == (["object", "oper"], [["a", ""], ["b", "up"]])
    assert without_empty(("object", "model"), []) == (["object"], [])
