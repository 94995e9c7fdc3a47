"""Entries of the lists of rule files: read as what they should be, and compiled list by list (specs/rules.md 5)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from netmon.domain.decode import Invalid, decode
from netmon.domain.place import Problem
from netmon.rulebook.work import Work


class Named(Protocol):
    """An entry that is known by its id."""

    @property
    def id(self) -> str:
        """Its id; empty where that is broken."""
        ...


Any_ = TypeVar("Any_")
Schema = TypeVar("Schema", bound=Named)
Made = TypeVar("Made", bound=Named)


class Listed(msgspec.Struct, Generic[Made], frozen=True):
    """A list as far as it is right."""

    made: tuple[Made, ...]
    """In order of the ids."""
    problems: tuple[Problem, ...]


def read_entry(type_: type[Any_], work: Work, *, stand_ins: Mapping[str, Any] = {}) -> Any_ | None:
    """Return what an entry says, of a broken one what could be read; None if that is nothing.

    What stands in for a required key that is broken lets the other keys be checked in the same pass.
    """
    try:
        return decode(type_, work.piece.document, subject=work.piece.subject, stand_ins=stand_ins)
    except Invalid as invalid:
        work.problems += map(work.piece.as_written, invalid.problems)
        partial: Any_ | None = invalid.partial
        return partial


def compile_list(
    type_: type[Schema],
    entries: Iterable[Work],
    make: Callable[[Schema, Work], Made | None],
    *,
    taken: Collection[str] = (),
) -> Listed[Made]:
    """Check and compile the entries of a list.

    Args:
        type_: what an entry should be.
        entries: each with the work on it, where problems are noted.
        make: returns what an entry means; of one with problems that is left out.
        taken: ids that the entries may not have.
    """
    ids = set(taken)
    made: list[Made] = []
    problems: list[Problem] = []
    for work in entries:
        read = read_entry(type_, work)
        one = make(read, work) if read is not None else None
        if one is not None and not work.problems:
            made.append(one)
        problems += work.problems
        if read is not None and read.id in ids:
            problems.append(work.piece.problem(("id",), "this id is used already"))
        ids |= {read.id} if read is not None and read.id else set()
    return Listed(tuple(sorted(made, key=lambda one: one.id)), tuple(problems))
