"""The nearest known word."""

import pytest

from netmon.domain.place import suggestion


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("r9", ["r1", "r2"], "r1"),
        ("r9", ["core"], ""),
        ("severty", ["text", "severity"], "severity"),
        ("severty", ["seven"], "seven"),
        ("unrelated", ["speed"], ""),
        ("", ["r1"], ""),
        ("r9", [], ""),
    ],
)
def test_suggestion(word: str, known: list[str], near: str) -> None:
    assert suggestion(word, known) == (f' (did you mean "{near}"?)' if near else "")
