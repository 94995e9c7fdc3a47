import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.rulebook.pattern import PatternError, certain_repeats, compile_extract, compile_pattern
from tests.examples import examples


@pytest.mark.parametrize(
    ("pattern", "subject", "matches"),
    [
        ("ge-.*|xe-.*", "xe-0/0/1", True),
        (r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", "192.0.2.1", True),
        ("(eth|ens)[0-9]+", "eth10", True),
        ("(?:port )?[A-Z]", "port B", True),
        ("(ab){2,3}", "ababab", True),
        ("[^a-z]+", "ABC", True),
        ("[]a]+", "a]", True),
        ("a", "ab", False),
    ],
)
def test_allowed(pattern: str, subject: str, matches: bool):
    assert (compile_pattern(pattern)(subject) is not None) is matches


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|b)*",
        "(a?){5}",
        "((ab)*)*",
        "a**",
        "a++",
        "a*+",
        "*a",
        "|*",
        "^*",
        r"(a)\1",
        r"(?P<x>a)(?P=x)",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?i)a",
        "(?>a)",
        "(?#x)",
        "(?(1)a|b)",
        ".*.*.*",
        "a?b?c?d?e?",
        "a{1000}",
        "a{3,2}",
        "(a",
        "a)",
        "[a",
        "[[:alpha:]]",
        "[a&&b]",
        "[a--b]",
        "[]--a]",
        "([]--)",
        "[]",
        "a" * 201,
        "(?:ab|ab)" * 22,
        ".*.*a?a?a?",
        "x{0,200}x{0,200}x{0,200}",
        r"\u0041",
        r"\N{DIGIT ONE}",
        "\\",
    ],
)
def test_refused(pattern: str):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@examples(400)
@given(st.text("ab|()[]{}*+?.\\^$,23d-&", max_size=40))
def test_no_pattern_crashes_or_hangs(pattern: str):
    try:
        match = compile_pattern(pattern)
    except PatternError:
        return
    # What is slow is slow every time; once it may be the machine.
    assert any(_seconds(match) < 0.1 for _ in range(20))


def _seconds(match: Callable[[str], object]) -> float:
    started = time.thread_time()
    match("ab" * 128)
    match("a" * 256)
    return time.thread_time() - started


@pytest.mark.parametrize(
    "text",
    [
        r"^(?:(.*))$",
        r"^(?:(\d*?)(\d{2}))$",
        r"^(?:^(\d+\.\d+).*)$",
        r".*Version (\d+)\.(\d+).*",
        r"(\d+),(\d+),(\d+),(\d+),(.*)",
        r"\s*(-?\d+\.?\d*)\s*dBm.*",
    ],
)
def test_an_extract_may_repeat_where_it_can_end_in_one_way_only(text: str) -> None:
    assert compile_extract(text)


@pytest.mark.parametrize(
    "text", ["(a+)+", "a*a*a*a*b", ".*.*.*x", r"\d+.?\d+.?\d+.?\d+x", "a+(?:b)?a+(?:b|c)a+.*c", "(a+|b)a*.*c", "("]
)
def test_an_extract_that_could_hang_is_refused(text: str) -> None:
    with pytest.raises(PatternError):
        compile_extract(text)


def test_letters_of_an_extract_are_those_of_ascii() -> None:
    assert compile_extract(r"(\d)").fullmatch("٣") is None


@given(
    st.lists(
        st.sampled_from([r"\d+", "a*", ".*", r"\.", ",", "b?", "[a-c]+", r"\s*", "x", "(?:x)?", "(?:a|x)", "(b)"]),
        max_size=6,
    )
)
def test_a_certain_repeat_is_matched_in_one_way_only(parts: list[str]) -> None:
    """Whatever follows a certain repeat never begins with what is repeated, so giving letters back never helps."""
    text = "".join(parts)
    certain = certain_repeats(text)
    possessive = "".join(f"{char}+" if at in certain else char for at, char in enumerate(text))
    for subject in ("", "1.2,aab", "aaxx..", "12b,,a a", "abcabc", "1,1,1x"):
        assert bool(re.fullmatch(text, subject)) == bool(re.fullmatch(possessive, subject))
