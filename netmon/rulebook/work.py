"""What compiling one rule collects: problems at their place, and what its expressions ask the poller for."""

from collections.abc import Callable, Collection
from typing import TypeVar

import msgspec

from netmon.domain.place import Path, Problem
from netmon.mib.names import MibView
from netmon.rulebook.expression import (
    Condition,
    Context,
    ExpressionError,
    Reading,
    compile_condition,
    compile_part,
    compile_reading,
)
from netmon.rulebook.functions import Tally
from netmon.rulebook.memory import Memory
from netmon.rulebook.schema import Piece
from netmon.rulebook.scope import Template, Test
from netmon.rulebook.template import Purpose, compile_template
from netmon.rulebook.watch import Watch

T = TypeVar("T")

NEVER = Condition(lambda _: False)
"""Stands for a condition that could not be compiled, so that the rest is still checked."""
ALWAYS = Condition(lambda _: True)


class Work:
    """One entry of a rule file while it is compiled; broken parts are noted and replaced by something inert."""

    def __init__(
        self,
        piece: Piece,
        names: MibView,
        tally: Tally,
        *,
        outputs: Collection[str] | None = None,
        memory: Memory | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.piece = piece
        self.outputs = outputs
        """Those that take actions; None: not known here."""
        self.names = names
        self.problems: list[Problem] = []
        self.polled: dict[str, None] = {}
        self.windows: dict[tuple[str, int], None] = {}
        self._tally = tally
        self._memory = memory or Memory()
        self._watch = watch

    def note(self, path: Path, message: str) -> None:
        """Note an error at a value."""
        self.problems.append(self.piece.problem(path, message))

    def warn(self, path: Path, message: str) -> None:
        """Note a warning at a value."""
        self.problems.append(msgspec.structs.replace(self.piece.problem(path, message), warning=True))

    def condition(self, text: str | bool, path: Path, context: Context) -> Condition:
        """Return a condition; the text may be a plain true or false."""
        if isinstance(text, bool):
            return self._watched(ALWAYS if text else NEVER, text, path, context)
        try:
            found = self._once(
                ("condition", text, context),
                lambda: compile_condition(text, context, self.names, tally=self._tally),
            )
        except ExpressionError as error:
            self.note(path, str(error))
            return NEVER
        self._asks(found)
        return self._watched(found, text, path, context)

    def _watched(self, found: Condition, text: str | bool, path: Path, context: Context) -> Condition:
        if self._watch is None:
            return found
        return self._watch.condition(self.piece, path, text, context, found, self.names)

    def part(self, text: str, context: Context, *, without: str) -> Test | None:
        """Return what a condition demands, as far as that is told without one of the roots; None: nothing.

        A text that is none is noted by `condition`.
        """
        try:
            return compile_part(text, context, self.names, tally=self._tally, without=without)
        except ExpressionError:
            return None

    def reading(self, text: str, path: Path, context: Context) -> Reading:
        """Return a value."""
        try:
            found = compile_reading(text, context, self.names, tally=self._tally)
        except ExpressionError as error:
            self.note(path, str(error))
            return Reading(lambda _: None)
        self._asks(found)
        return found

    def _asks(self, found: Condition | Reading) -> None:
        self.polled.update(dict.fromkeys(found.polled))
        self.windows.update(dict.fromkeys(found.windows))

    def template(self, text: str, path: Path, context: Context, *, purpose: Purpose) -> Template:
        """Return a template."""
        try:
            return self._once(
                (purpose, text, context), lambda: compile_template(text, context, self.names, purpose=purpose)
            )
        except ExpressionError as error:
            self.note(path, str(error))
            return lambda _: None

    def _once(self, key: tuple[str, str, Context], make: Callable[[], T]) -> T:
        """Make what a text stands for, unless another entry has the same."""
        whole = (self.names.hash, *key)
        found: T | None = self._memory.find(whole)
        return self._memory.keep(whole, make()) if found is None else found
