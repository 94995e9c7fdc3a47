"""Regular expressions that cannot hang: an allow-list and a bound on the ways to match (specs/rules.md 8)."""

import re
from collections.abc import Callable
from functools import lru_cache

MAX_CHARACTERS = 200
MAX_SUBJECT = 256
MAX_UNBOUNDED = 2
MAX_BOUNDED = 4
MAX_TIMES = 256
# Ways to lay unbounded repeats over a subject: none, one start of 256, and 256 choose 2. With the choices of all else
# they stay under some milliseconds a match, which counts of repeats alone do not promise: (ab|ab) thirty times over.
MAX_WAYS = 1 << 17
_ANY_CASE = "(?i)"
_UNBOUNDED_WAYS = (1, 1 << 8, 1 << 15)

_QUANTIFIER = re.compile(r"[*+?]|\{(\d{0,4})(,?)(\d{0,4})\}")
# No set operations, which Python reserves: [[, --, &&, ~~, ||. A ] that comes first ends nothing.
_CLASS = re.compile(r"\[\^?+\]?+(?:(?!--|&&|~~|\|\|)[^\]\\\[]|\\.)*\]")
_ESCAPE = re.compile(r"\\(?:[dDwWsSbB]|[nrt]|x[0-9a-fA-F]{2}|[^\w\s])", re.ASCII)

_ONE = rf"(?P<one>{_CLASS.pattern}|{_ESCAPE.pattern}|[^\\^$|()*+?{{\[])"
_ATOM = re.compile(rf"(?:{_ONE}(?P<times>(?:[*+?]|\{{\d{{0,4}},?\d{{0,4}}\}})\??)?)|\(\?:|[\s\S]")
"""A character with its repeat, or anything else of a pattern."""
_OPEN = ("(", "(?:")
_NOTHING = (*_OPEN, ")", "^", "$")
"""Parts of a pattern that match no character."""


class PatternError(ValueError):
    """A regular expression is none, or more than is allowed; the message is for people."""


def compile_pattern(text: str) -> Callable[[str], object]:
    """Return the whole-text match of a checked regular expression.

    Raises:
        PatternError: what is wrong with it.
    """
    check_pattern(text)
    return _compiled(text).fullmatch


def check_pattern(text: str) -> None:
    """Check that a regular expression cannot hang on a subject of at most 256 characters.

    Raises:
        PatternError: what is wrong with it.
    """
    if len(text) > MAX_CHARACTERS:
        raise PatternError(f"a regular expression of {len(text)} characters, at most {MAX_CHARACTERS} are allowed")
    _Check(text).run()


def compile_extract(text: str) -> re.Pattern[str]:
    r"""Return a checked regular expression whose groups are wanted; letters and digits are those of ASCII.

    It may hold more repeats than others where only one way to match them can be taken: before what the repeat does not
    match itself (``\d+\.``), and at the end.

    Raises:
        PatternError: what is wrong with it.
    """
    if len(text) > MAX_CHARACTERS:
        raise PatternError(f"a regular expression of {len(text)} characters, at most {MAX_CHARACTERS} are allowed")
    _Check(text, certain=certain_repeats(text)).run()
    return _compiled(text, re.ASCII)


def _compiled(text: str, flags: int = 0) -> re.Pattern[str]:
    try:
        return re.compile(text, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"no regular expression: {error}") from None


def compile_search(text: str) -> Callable[[str], re.Match[str] | None]:
    """Return the search of a checked regular expression anywhere in a text; ``(?i)`` may stand before it.

    Raises:
        PatternError: what is wrong with it.
    """
    bare = text.removeprefix(_ANY_CASE)
    # To look at every place of the subject is one repeat more.
    compile_pattern(f".*(?:{bare})")
    return re.compile(bare, re.IGNORECASE if bare != text else 0).search


def certain_repeats(text: str) -> frozenset[int]:
    """Return the places of unbounded repeats of one character that can end in one way only."""
    atoms = list(_ATOM.finditer(text))
    optional = _optional_groups(atoms)
    return frozenset(
        atom.start("times")
        for position, atom in enumerate(atoms)
        if atom["one"] and _limits(atom)[1] is None and _ends_alone(atom, atoms[position + 1 :], optional)
    )


def _optional_groups(atoms: list[re.Match[str]]) -> frozenset[int]:
    """Return where groups begin of which not every character must match: with alternatives or a repeat."""
    found, begun = set(), []
    for position, atom in enumerate(atoms):
        if atom[0] in _OPEN:
            begun.append(atom.start())
        elif atom[0] == "|" and begun:
            found.add(begun[-1])
        elif atom[0] == ")" and begun:
            start = begun.pop()
            if any(_QUANTIFIER.match(after[0]) for after in atoms[position + 1 : position + 2]):
                found.add(start)
    return frozenset(found)


def _ends_alone(atom: re.Match[str], after: list[re.Match[str]], optional: frozenset[int]) -> bool:
    """Tell whether nothing that may follow a repeat matches what it repeats."""
    for one in after:
        if one.start() in optional:
            return False
        if one[0] in _NOTHING:
            continue
        if not one["one"] or _letters(atom["one"]) & _letters(one["one"]):
            return False
        if _limits(one)[0]:
            return True
    return True


def _limits(atom: re.Match[str]) -> tuple[int, int | None]:
    found = _QUANTIFIER.match(atom["times"] or "")
    return _times(found) if found is not None else (1, 1)


@lru_cache(maxsize=1024)
def _letters(atom: str) -> frozenset[str]:
    """Return what one character of a pattern matches, of the first 256 characters."""
    matches = _compiled(atom, re.ASCII).fullmatch
    return frozenset(letter for letter in map(chr, range(256)) if matches(letter))


class _Atom:
    """What a quantifier may follow, and what it holds."""

    __slots__ = ("alternatives", "group", "repeats")

    def __init__(self, *, group: bool) -> None:
        self.group = group
        self.repeats = 0
        self.alternatives = 1


class _Check:
    """One pass from left to right with a stack of open groups."""

    def __init__(self, text: str, *, certain: frozenset[int] = frozenset()) -> None:
        self.text = text
        self.certain = certain
        """Places of unbounded repeats that do not multiply the ways to match."""
        self.at = 0
        self.open: list[_Atom] = []
        self.last: _Atom | None = None
        self.unbounded = 0
        self.bounded = 0
        self.ways = 1

    def run(self) -> None:
        top = _Atom(group=True)
        self.open.append(top)
        while self.at < len(self.text):
            self._step(self.text[self.at])
        if len(self.open) > 1:
            raise PatternError("no regular expression: a '(' without ')'")
        self.ways *= top.alternatives
        if self.unbounded > MAX_UNBOUNDED or self.bounded > MAX_BOUNDED:
            raise PatternError(f"more than {MAX_UNBOUNDED} unbounded or {MAX_BOUNDED} bounded repeats")
        if self.ways * _UNBOUNDED_WAYS[self.unbounded] > MAX_WAYS:
            raise PatternError("too many ways to match (fewer repeats and alternatives)")

    def _step(self, char: str) -> None:
        quantifier = _QUANTIFIER.match(self.text, self.at)
        if quantifier is not None:
            self._repeat(quantifier)
        elif char == "(":
            self._group()
        elif char == ")":
            self._close()
        elif char == "|":
            self.open[-1].alternatives += 1
            self.last = None
            self.at += 1
        else:
            self._single(char)

    def _single(self, char: str) -> None:
        shape = {"[": _CLASS, "\\": _ESCAPE}.get(char)
        found = shape.match(self.text, self.at) if shape else None
        if shape and found is None:
            why = "a class without ']'" if char == "[" else f"'{self.text[self.at : self.at + 2]}' is not allowed"
            raise PatternError(f"no regular expression: {why}")
        self.at = found.end() if found else self.at + 1
        self.last = None if char in "^$" else _Atom(group=False)

    def _group(self) -> None:
        if self.text.startswith("(?", self.at) and not self.text.startswith("(?:", self.at):
            raise PatternError("only '(' and '(?:' may open a group: no look-around, flag or name")
        self.at += 3 if self.text.startswith("(?:", self.at) else 1
        self.open.append(_Atom(group=True))
        self.last = None

    def _close(self) -> None:
        if len(self.open) == 1:
            raise PatternError("no regular expression: a ')' without '('")
        self.last = self.open.pop()
        self.ways *= self.last.alternatives
        outer = self.open[-1]
        outer.repeats += self.last.repeats + (self.last.alternatives > 1)
        self.at += 1

    def _repeat(self, found: re.Match[str]) -> None:
        atom = self.last
        if atom is None:
            raise PatternError(f"nothing to repeat before '{found[0]}'")
        if found[0] != "?" and atom.group and (atom.repeats or atom.alternatives > 1):
            raise PatternError("a repeat over a group that holds a repeat or an alternative")
        least, most = _times(found)
        if most is None:
            self.unbounded += self.at not in self.certain
        else:
            self.bounded += 1
            self.ways *= most - least + 1
        self.at = found.end()
        if self.text.startswith("?", self.at):
            self.at += 1
        self.open[-1].repeats += 1
        self.last = None


def _times(found: re.Match[str]) -> tuple[int, int | None]:
    """Return the least and the greatest number of repeats; None without a bound."""
    if found[0] in "*+?":
        return (0, 1) if found[0] == "?" else (0, None)
    least = int(found[1] or 0)
    most = int(found[3]) if found[3] else (None if found[2] else least)
    if not found[1] and not found[2]:
        raise PatternError("'{' is written '\\{'")
    if max(least, most or 0) > MAX_TIMES or (most is not None and most < least):
        raise PatternError(f"'{found[0]}': at most {MAX_TIMES} times, the smaller number first")
    return least, most
