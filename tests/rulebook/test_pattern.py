import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netmon.rulebook.pattern import PatternError, compile_pattern


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


@settings(max_examples=400, deadline=None)
@given(st.text("ab|()[]{}*+?.\\^$,23d-&", max_size=40))
def test_no_pattern_crashes_or_hangs(pattern: str):
    try:
        match = compile_pattern(pattern)
    except PatternError:
        return
    started = time.thread_time()
    match("ab" * 128)
    match("a" * 256)
    assert time.thread_time() - started < 0.1
