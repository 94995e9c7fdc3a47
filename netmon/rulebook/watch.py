"""Watches the conditions of a rule set: each that is asked is noted, with the values it looked at.

A rule set that is compiled with a watch decides as any other; one that runs live is compiled without, and costs nothing
more. So nobody traces what is running: the observation in question is stepped again by a core with a watch.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from netmon.domain.alarm import AlarmKey
from netmon.domain.place import Path
from netmon.mib.names import MibView
from netmon.rulebook.expression import Condition, Context
from netmon.rulebook.kinds import PairRule, Rule, RuleKind, StateRule
from netmon.rulebook.printed import printer
from netmon.rulebook.schema import Piece
from netmon.rulebook.scope import Scope, Test

_PARTS = ("when", "where", "expect", "keep")
"""Keys whose conditions decide whether a rule says anything; others only say what."""


class Asked(msgspec.Struct, frozen=True):
    """A condition that was asked."""

    rule: str
    """Its id, or that of a storm; of an ``events:`` entry the event."""
    path: Path
    """Where in the rule: ``("raise", 0, "when")``."""
    text: str
    """As it is written; empty: there is none, so it is true."""
    values: str
    """The same with the values that it looked at."""
    true: bool
    key: AlarmKey | None
    """Of the alarm that it is about; None: none, or a part of it is missing."""

    @property
    def object(self) -> str:
        """The managed object that was judged; empty: it was not known yet."""
        return self.key[0] if self.key is not None else ""


class Watch:
    """Notes while ``on``; each question once."""

    def __init__(self) -> None:
        self.on = False
        self._asked: dict[Asked, None] = {}

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What was asked, in that order."""
        return tuple(self._asked)

    def note(self, asked: Asked) -> None:
        """Note a condition."""
        self._asked[asked] = None

    def condition(
        self, piece: Piece, path: Path, text: str | bool, context: Context, found: Condition, names: MibView
    ) -> Condition:
        """Return a condition that is noted when it is asked, and that the index leaves out for no value.

        One that is not written, and no condition of an input either, stays as it is.
        """
        if path[-1] not in _PARTS or (text is True and not _names_an_input(piece.document.data, path)):
            return found
        rule = str(piece.document.data.get("id") or piece.document.data.get("event"))
        shown = printer(text, context, names) if isinstance(text, str) else _nothing
        written = " ".join(text.split()) if isinstance(text, str) else ""
        return Condition(_Watched(self, rule, path, written, shown, found.test), found.polled, found.windows)

    def join(self, kinds: Iterable[RuleKind]) -> None:
        """Let conditions know their rule; and a clear, which raises it stands against: these are not asked then."""
        for kind in kinds:
            for condition in (*kind.raises, *kind.clears):
                if isinstance(condition.when, _Watched):
                    condition.when.rule = kind.rule
            for clear in kind.clears if isinstance(kind, PairRule | StateRule) else ():
                if isinstance(clear.when, _Watched):
                    against = [one.when for one in kind.raises if set(one.names) & set(clear.names)]
                    clear.when.against = tuple(test for test in against if isinstance(test, _Watched))


def _names_an_input(rule: Mapping[str, Any], path: Path) -> bool:
    """Tell whether a condition without an expression is true for an input; of alarms it means that one is active."""
    return path[-1] == "when" and "group" not in rule and not any("alarm" in one for one in rule.get("raise", ()))


class _Watched:
    """A condition that is noted."""

    def __init__(
        self, watch: Watch, id_: str, path: Path, text: str, shown: Callable[[Scope], str], test: Test
    ) -> None:
        self.rule: Rule | None = None
        """None of what is no condition of a rule on an input."""
        self._watch = watch
        self._id = id_
        self._path = path
        self._text = text
        self._shown = shown
        self._test = test
        self.against: tuple[_Watched, ...] = ()

    def __call__(self, scope: Scope) -> bool:
        true = self._test(scope)
        if self._watch.on:
            for other in self.against if true else ():
                other.note(scope, other._test(scope))
            self.note(scope, true)
        return true

    def note(self, scope: Scope, true: bool) -> None:
        """Note it with what it looks at."""
        self._watch.note(Asked(self._id, self._path, self._text, self._shown(scope), true, self._key(scope)))

    def _key(self, scope: Scope) -> AlarmKey | None:
        object_ = scope.object.get("path")
        qualifier = self.rule.qualifier(scope) if self.rule is not None else None
        if self.rule is None or qualifier is None or object_ is None:
            return None
        return str(object_), self.rule.type, qualifier


def _nothing(_: Scope) -> str:
    return ""
