"""A module that breaks the rules of SMI loses the definitions that break them; the rest is used (specs/snmp.md 7).

What is cut out is blanked, so that lines keep their numbers. Each cut is told with its place and its reason.
"""

import re
from collections.abc import Iterable

import msgspec

from netmon.mib.node import Repair
from netmon.mib.sources import blank, masked, uncommented

MOST_CUTS = 50
"""Of definitions with bad grammar; a module with more of them is no SMI."""

_KINDS = (
    "OBJECT-TYPE|OBJECT-IDENTITY|MODULE-IDENTITY|NOTIFICATION-TYPE|NOTIFICATION-GROUP|OBJECT-GROUP|MODULE-COMPLIANCE"
    r"|AGENT-CAPABILITIES|TRAP-TYPE|OBJECT\s+IDENTIFIER|MACRO"
)
_START = re.compile(rf"^[ \t]*([A-Za-z][\w-]*)(?:\s+(?:{_KINDS})\b|[ \t]*::=)", re.MULTILINE)
_BEGIN = re.compile(r"\bDEFINITIONS\s*::=\s*BEGIN\b|\bIMPORTS\b[^;]*;|\bEXPORTS\b[^;]*;")
_END = re.compile(r"\bEND\s*\Z")


class _Definition(msgspec.Struct, frozen=True):
    """One definition in the text: ``text[start:end]``."""

    name: str
    start: int
    end: int


class Mending:
    """The text of a module while definitions are cut out of it."""

    def __init__(self, text: str) -> None:
        # The parser takes MACRO and END for real in comments too.
        self.text = uncommented(text)
        self.parsed = ""
        """What of it was parsed last: another text after a cut."""
        self.repairs: list[Repair] = []
        self.is_relaxed = False
        self._grammar = 0
        self._definitions = _definitions(text)

    @property
    def is_empty(self) -> bool:
        """Whether all was cut out."""
        return bool(self.repairs) and not self._definitions

    def cut_at(self, line: int, column: int, message: str) -> bool:
        """Cut the definition around a place with bad grammar; tell whether there is one."""
        at = _offset(self.text, line) + column - 1
        around = [one for one in self._definitions if one.start <= at]
        if not around or self._grammar >= MOST_CUTS:
            return False
        self._grammar += 1
        # A definition that has no end is noticed at the name of the next one.
        is_next = at < around[-1].start + len(around[-1].name) and len(around) > 1
        self._cut(around[-2 if is_next else -1], message, at=(line, column))
        return True

    def cut_again(self, symbol: str, message: str) -> bool:
        """Cut every definition of a symbol but the first; tell whether there were more."""
        return self._cut_all([one for one in self._definitions if _same(one.name, symbol)][1:], message)

    def cut_named(self, symbols: Iterable[str], message: str) -> bool:
        """Cut the definitions of some symbols; tell whether there is any."""
        return self._cut_all(
            [one for symbol in symbols for one in self._definitions if _same(one.name, symbol)], message
        )

    def relax(self, line: int, column: int, message: str) -> None:
        """Note that only a relaxed grammar reads this text."""
        self.is_relaxed = True
        self.repairs.append(Repair(line, column, f"read by a relaxed grammar: {message}"))

    def cut_using(self, symbol: str, message: str) -> bool:
        """Cut the definitions that name a symbol; tell whether there is any."""
        plain, word = masked(self.text), re.compile(rf"(?<![\w-]){re.escape(symbol)}(?![\w-])")
        return self._cut_all([one for one in self._definitions if word.search(plain, one.start, one.end)], message)

    def _cut_all(self, found: Iterable[_Definition], message: str) -> bool:
        count = len(self.repairs)
        for one in found:
            self._cut(one, message)
        return len(self.repairs) > count

    def _cut(self, one: _Definition, message: str, *, at: tuple[int, int] | None = None) -> None:
        line = self.text.count("\n", 0, one.start) + 1
        column = one.start - self.text.rfind("\n", 0, one.start)
        self.repairs.append(Repair(*(at or (line, column)), f"{one.name} is left out: {message}"))
        self.text = self.text[: one.start] + blank(self.text[one.start : one.end]) + self.text[one.end :]
        self._definitions.remove(one)


def _definitions(text: str) -> list[_Definition]:
    plain = masked(text)
    begin = max((found.end() for found in _BEGIN.finditer(plain)), default=0)
    end = found.start() if (found := _END.search(plain)) else len(plain)
    starts = [(found[1], found.start(1)) for found in _START.finditer(plain, begin, end)]
    ends = [start for _, start in starts[1:]] + [end]
    return [_Definition(name, start, stop) for (name, start), stop in zip(starts, ends, strict=False)]


def _same(name: str, symbol: str) -> bool:
    """Tell whether a symbol of the compiler is this name: it writes a hyphen as an underscore."""
    return name.replace("-", "_") == symbol.replace("-", "_")


def _offset(text: str, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
    return at
