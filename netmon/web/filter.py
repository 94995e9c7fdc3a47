"""The filter language of alarm lists, as the filter field of the dashboard has it too (specs/dashboard.md 6.1).

    filter = term { space term }        all terms must fit
    term   = ["-"] (key ":" value {"," value} | value)        "-": must not fit; one of the values must fit
    value  = '"' anything but '"' '"' | characters without space        "*" stands for any characters

Capitals do not matter. An element is known by its id and its name. Without a key a value is looked for
in element, object, text and the description of a port. The cases in ``tests/web/filter_cases.json`` hold for every
reader of this language.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from netmon.domain.duration import Duration
from netmon.web.rows import Row, elements_of

LONGEST = 2_000
"""Characters of a filter."""

Kind = Literal["word", "name", "path", "text", "age"]

KEYS: dict[str, Kind] = {
    "severity": "word",
    "state": "word",
    "element": "name",
    "object": "path",
    "site": "name",
    "region": "name",
    "service": "name",
    "rule": "name",
    "cause": "name",
    "type": "name",
    "owner": "name",
    "text": "text",
    "age": "age",
}
"""Key to how its values compare: one of some words, a whole name, a path or its end, part of a text, a span of time."""

_NAMES: dict[str, Callable[[Row], Iterable[str]]] = {
    "element": lambda row: (*elements_of(row), *row.names),
    "object": lambda row: (name for path in (row.obj, *row.ends) for name in _ends(path)),
    "site": lambda row: (row.site,),
    "region": lambda row: (row.region,),
    "service": lambda row: row.svc,
    "rule": lambda row: (row.rule,),
    "cause": lambda row: (row.cause,),
    "type": lambda row: (row.type,),
    "owner": lambda row: (row.owner,),
    "text": lambda row: (row.text, row.alias),
}

STATES: dict[str, Callable[[Row], bool]] = {
    "active": lambda row: row.cleared is None,
    "cleared": lambda row: row.cleared is not None,
    "new": lambda row: row.cleared is None and not row.ack,
    "acknowledged": lambda row: bool(row.ack),
    "unacknowledged": lambda row: not row.ack,
    "shelved": lambda row: row.shelved_until is not None,
    "closed": lambda row: row.closed,
    "hidden": lambda row: bool(row.hidden),
    "visible": lambda row: not row.hidden,
    "child": lambda row: bool(row.parents),
    "root": lambda row: row.root,
    "flapping": lambda row: "flapping" in row.flags,
    "stale": lambda row: "stale" in row.flags,
    "planned": lambda row: "planned" in row.flags,
}

SEVERITIES = ("critical", "major", "minor", "warning", "indeterminate", "cleared")

_KEY = re.compile(r"([A-Za-z_]+):")
_QUOTED = re.compile(r'"([^"]*)"')
_VALUE = re.compile(r'[^\s,"]*')
_WORD = re.compile(r"\S+")
_SPACE = re.compile(r"\s*")
_AGE = re.compile(r"(>=|<=|>|<)((?:\d+[smhdw])+)")

Test = Callable[[Row, int], bool]
"""Tells of a row, at a time in UTC ms, whether it fits."""


class FilterError(ValueError):
    """A filter cannot be read; the text is for who wrote it."""


class Term(msgspec.Struct, frozen=True):
    """One term as it was written."""

    key: str
    """Empty: free words."""
    values: tuple[str, ...]
    excludes: bool


class Filter(msgspec.Struct, frozen=True):
    """A filter, ready to be used."""

    tests: tuple[Test, ...] = ()

    def fits(self, row: Row, now: int) -> bool:
        """Tell whether an alarm passes at a time in UTC ms."""
        return all(test(row, now) for test in self.tests)


def read_filter(text: str) -> Filter:
    """Read a filter.

    Raises:
        FilterError: it is not in the language.
    """
    if len(text) > LONGEST:
        raise FilterError(f"the filter is longer than {LONGEST} characters")
    return Filter(tuple(_test(term) for term in terms(text)))


def terms(text: str) -> Iterator[Term]:
    """Yield the terms of a filter."""
    at = _skip(text, 0)
    while at < len(text):
        excludes = text[at] == "-" and text[at + 1 : at + 2].strip() != ""
        at += excludes
        key = _KEY.match(text, at)
        if key is None:
            value, at = _free(text, at)
            yield Term("", (value,), excludes)
        else:
            values, at = _values(text, key.end(), key=key[1].lower())
            yield Term(key[1].lower(), values, excludes)
        at = _skip(text, at)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found is not None else at


def _free(text: str, at: int) -> tuple[str, int]:
    if text[at] == '"':
        return _quoted(text, at)
    found = _WORD.match(text, at)
    assert found is not None, "spaces were skipped"
    return found[0], found.end()


def _quoted(text: str, at: int) -> tuple[str, int]:
    found = _QUOTED.match(text, at)
    if found is None:
        raise FilterError(f"the quote is not closed: {text[at:]}")
    return found[1], found.end()


def _values(text: str, at: int, *, key: str) -> tuple[tuple[str, ...], int]:
    if key not in KEYS:
        raise FilterError(f'unknown key "{key}"{nearest(key, KEYS)}')
    values = []
    while True:
        if text[at : at + 1] == '"':
            value, at = _quoted(text, at)
        else:
            found = _VALUE.match(text, at)
            value, at = (found[0], found.end()) if found is not None else ("", at)
            if not value:
                raise FilterError(f"{key}: a value is missing")
        values.append(value)
        if text[at : at + 1] != ",":
            return tuple(values), at
        at += 1


def _test(term: Term) -> Test:
    made = [_one(term.key, value) for value in term.values]
    if term.excludes:
        return lambda row, now: not any(test(row, now) for test in made)
    if len(made) == 1:
        return made[0]
    return lambda row, now: any(test(row, now) for test in made)


def _one(key: str, value: str) -> Test:
    if not key:
        fits = _glob(f"*{value.lower()}*")
        return lambda row, now: any(fits(name.lower()) for name in _said(row) if name)
    match KEYS[key]:
        case "age":
            return _age(value)
        case "word":
            return _state(value.lower()) if key == "state" else _severity(value.lower())
        case "text":
            return _name(key, f"*{value.lower()}*")
    return _name(key, value.lower())


def _name(key: str, value: str) -> Test:
    names, fits = _NAMES[key], _glob(value)
    if not value:
        return lambda row, now: not any(names(row))
    return lambda row, now: any(fits(name.lower()) for name in names(row) if name)


def _severity(value: str) -> Test:
    if value not in SEVERITIES:
        raise FilterError(f'unknown severity "{value}"{nearest(value, SEVERITIES)}')
    return lambda row, now: row.sev == value


def _state(value: str) -> Test:
    if value not in STATES:
        raise FilterError(f'unknown state "{value}"{nearest(value, STATES)}')
    state = STATES[value]
    return lambda row, now: state(row)


def _age(value: str) -> Test:
    found = _AGE.fullmatch(value)
    if found is None:
        raise FilterError(f'age: "{value}" is not a span of time (write >10m or <2h)')
    span = Duration(found[2]).ms
    match found[1]:
        case ">":
            return lambda row, now: now - row.raised > span
        case ">=":
            return lambda row, now: now - row.raised >= span
        case "<":
            return lambda row, now: now - row.raised < span
    return lambda row, now: now - row.raised <= span


def _said(row: Row) -> Iterable[str]:
    return row.el, *row.names, row.obj, row.text, row.alias, *row.ends


def _ends(path: str) -> Iterable[str]:
    """Return a path, what comes after its element, and after its kind: ``r1/if:xe-0``, ``if:xe-0``, ``xe-0``."""
    part = path.partition("/")[2]
    return path, part, part.partition(":")[2]


def _glob(pattern: str) -> Callable[[str], bool]:
    """Return a test for a whole text; its time grows with the length of the text only."""
    first, *rest = pattern.split("*")
    if not rest:
        return lambda text: text == pattern
    *middle, last = rest

    def fits(text: str) -> bool:
        at, end = len(first), len(text) - len(last)
        if at > end or not text.startswith(first) or not text.endswith(last):
            return False
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return fits


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean "x"?`` for the first of the nearest known words, at most two letters away."""
    near, distance = "", 3
    for other in known:
        if (apart := _letters_apart(word, other)) < distance:
            near, distance = other, apart
    return f'; did you mean "{near}"?' if near else ""


def _letters_apart(one: str, other: str) -> int:
    """Return the edit distance (Levenshtein)."""
    before = list(range(len(other) + 1))
    for i, letter in enumerate(one[:40], 1):
        row = [i]
        for j, opposite in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != opposite)))
        before = row
    return before[-1]
