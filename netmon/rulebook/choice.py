"""Severity and probable cause of a rule: a name, the first case that is true, or a value mapped."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from netmon.domain.place import Path
from netmon.domain.scalar import shape, unknown
from netmon.rulebook.expression import Context, Reading
from netmon.rulebook.functions import text as text_of
from netmon.rulebook.schema import Choice
from netmon.rulebook.scope import Scope, Test
from netmon.rulebook.work import Work

Pick = Callable[[Scope], Any]
"""Gives a name of the vocabulary."""


class Vocabulary(msgspec.Struct, frozen=True):
    """The names that may be chosen."""

    what: str
    """For people: ``severity``."""
    names: Collection[str]
    also: tuple[str, ...] = ()
    """Allowed in cases and maps, not alone."""
    otherwise: str = "indeterminate"
    """Of a value that is missing or not in the map."""


class Chosen(msgspec.Struct, frozen=True):
    """A compiled choice and the names it can give."""

    pick: Pick
    names: frozenset[str]


def compile_choice(data: Choice, path: Path, context: Context, work: Work, *, vocabulary: Vocabulary) -> Chosen:
    """Return the choice; what is wrong is noted."""
    if isinstance(data, str):
        _check(data, path, work, vocabulary, alone=True)
        return Chosen(lambda _: data, frozenset((data,)))
    if "from" in data:
        return _mapped(data, path, context, work, vocabulary=vocabulary)
    return _cases(data, path, context, work, vocabulary=vocabulary)


def _check(name: Any, path: Path, work: Work, vocabulary: Vocabulary, *, alone: bool = False) -> bool:
    known = [*vocabulary.names, *(() if alone else vocabulary.also)]
    if name in known:
        return True
    shown = unknown(vocabulary.what, name, known) if isinstance(name, str) else f"expected text, not {shape(name)}"
    work.note(path, shown)
    return False


def _cases(data: Mapping[str, Any], path: Path, context: Context, work: Work, *, vocabulary: Vocabulary) -> Chosen:
    cases: list[tuple[Test, str]] = []
    for name, text in data.items():
        own = (*path, name)
        if name == "else" or not _check(name, own, work, vocabulary):
            continue
        if not isinstance(text, str | bool):
            work.note(own, f"expected a condition, not {shape(text)}")
            continue
        cases.append((work.condition(text, own, context).test, name))
    otherwise = _else(data, path, work, vocabulary, required=True)
    order = tuple(cases)

    def pick(scope: Scope) -> str:
        for test, name in order:
            if test(scope):
                return name
        return otherwise

    return Chosen(pick, frozenset((otherwise, *(name for _, name in order))))


def _else(data: Mapping[str, Any], path: Path, work: Work, vocabulary: Vocabulary, *, required: bool) -> str:
    if "else" not in data:
        if required:
            work.note(path, "no 'else'")
        return vocabulary.otherwise
    name = data["else"]
    return name if _check(name, (*path, "else"), work, vocabulary) else vocabulary.otherwise


def _mapped(data: Mapping[str, Any], path: Path, context: Context, work: Work, *, vocabulary: Vocabulary) -> Chosen:
    for key in data:
        if key not in ("from", "map", "else"):
            work.note((*path, key), unknown("key", str(key), ["from", "map", "else"]))
    otherwise = _else(data, path, work, vocabulary, required=False)
    given = data.get("map", {})
    if not isinstance(given, dict):
        work.note((*path, "map"), f"expected a mapping, not {shape(given)}")
        given = {}
    table: dict[str, str] = {name: name for name in (*vocabulary.names, *vocabulary.also)}
    for word, name in given.items():
        if _check(name, (*path, "map", word), work, vocabulary):
            table[str(word)] = name
    source = data["from"]
    if not isinstance(source, str):
        work.note((*path, "from"), f"expected a value such as vb.x, not {shape(source)}")
        return Chosen(lambda _: otherwise, frozenset((otherwise,)))
    return _by_table(work.reading(source, (*path, "from"), context), table, otherwise)


def _by_table(reading: Reading, table: Mapping[str, str], otherwise: str) -> Chosen:
    """Look a value up by the name its number has, else by the number itself."""
    read = reading.read
    enums = {number: word for node in reading.objects for number, word in node.enums}
    numbers = {number: table.get(str(number), table.get(word, otherwise)) for number, word in enums.items()}
    reachable = frozenset((otherwise, *(numbers.values() if numbers else table.values())))

    def pick(scope: Scope) -> str:
        value = read(scope)
        if value.__class__ is int and value in numbers:
            return numbers[value]
        return table.get(text_of(value) or str(value), otherwise)

    return Chosen(pick, reachable)
