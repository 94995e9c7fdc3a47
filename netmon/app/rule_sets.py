"""Rule sets to try: a file or a folder with what else there is, as it would run (specs/rules.md 10.2)."""

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


class RuleSet(msgspec.Struct, frozen=True):
    """A rule set that can run."""

    judged: Judged
    change: RulesChange

    def rules(self) -> dict[str, Any]:
        """Return the rules as they are written, by id."""
        return {str(piece.document.data.get("id")): piece.document.data for piece in self.judged.compiled.pieces}


def rule_set(loaded: Loaded, path: Path) -> RuleSet:
    """Return the rules of a path beside the shipped ones, as ``rules: [path]`` of a configuration would have them.

    A profile of the path stands in the place of the shipped one of that name: so a changed copy of it can be tried.

    Raises:
        RulesError: there is an error in it; ``problems`` has them all.
        OSError: the MIB cache cannot be written.
    """
    judged = judge_files(loaded, _beside(path, loaded.files.usage))
    errors = tuple(problem for problem in judged.problems if not problem.warning)
    if errors:
        raise RulesError(errors)
    return RuleSet(judged, rules_change(judged, 0))


def _beside(path: Path, usage: tuple[Document, ...]) -> RuleFiles:
    files = read_rule_files([shipped("rules"), path])
    own = {_profile(document) for document in files.metrics if not _is_shipped(document)}
    metrics = [one for one in files.metrics if not (_is_shipped(one) and _profile(one) in own)]
    return msgspec.structs.replace(files, metrics=tuple(metrics), usage=files.usage or usage)


def _is_shipped(profile: Document) -> bool:
    return Path(profile.file).absolute().is_relative_to(shipped("rules") / "metrics")


def _profile(document: Document) -> str:
    return str(document.data["profile"])
