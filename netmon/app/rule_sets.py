"""Rule sets to try: a file or a folder with what else there is, as it would run (specs/rules.md 10.2)."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from netmon.app.ruleset import rules_change
from netmon.config.load import Loaded
from netmon.config.rule_files import RuleFiles, read_rule_files
from netmon.config.rules import Judged, judge_files
from netmon.config.shipped import shipped
from netmon.domain.observation import RulesChange
from netmon.domain.place import Document
from netmon.rulebook.compile import RulesError

_NAMED = {"rules": "id", "storms": "id", "maintenance": "id", "events": "event"}


class RuleSet(msgspec.Struct, frozen=True):
    """A rule set that can run."""

    judged: Judged
    change: RulesChange

    def rules(self) -> dict[str, Any]:
        """Return the rules as they are written, by id."""
        return {str(piece.document.data.get("id")): piece.document.data for piece in self.judged.compiled.pieces}


def rule_set(loaded: Loaded, path: Path) -> RuleSet:
    """Return the rules of a path beside the shipped ones, as ``rules: [path]`` of a configuration would have them.

    What the path has of its own by the same name stands in the place of a shipped file: so a changed copy of shipped
    rules can be tried.

    Raises:
        RulesError: there is an error in it; ``problems`` has them all.
        OSError: the MIB cache cannot be written.
    """
    own = read_rule_files([path])
    judged = judge_files(loaded, _beside(own, loaded.files.usage))
    errors = tuple(problem for problem in judged.problems if not problem.warning)
    if errors:
        raise RulesError(errors)
    return RuleSet(judged, rules_change(judged, 0))


def _beside(own: RuleFiles, usage: tuple[Document, ...]) -> RuleFiles:
    base = read_rule_files([shipped("rules")])
    taken = {name for document in (*own.rules, *own.metrics) for name in _names(document)}
    return RuleFiles(
        rules=(*_untaken(base.rules, taken), *own.rules),
        metrics=(*_untaken(base.metrics, taken), *own.metrics),
        usage=own.usage or usage,
        problems=own.problems,
    )


def _untaken(documents: Iterable[Document], taken: set[tuple[str, str]]) -> Iterator[Document]:
    return (document for document in documents if taken.isdisjoint(_names(document)))


def _names(document: Document) -> Iterator[tuple[str, str]]:
    """Yield what a file defines: (kind, name)."""
    data = document.data if isinstance(document.data, dict) else {}
    if "profile" in data:
        yield "profile", str(data["profile"])
    for kind, key in _NAMED.items():
        entries = data.get(kind)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get(key):
                yield kind, str(entry[key])
