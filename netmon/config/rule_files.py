"""Rule, metering, profile and test files: found, read strictly, told apart by what stands in them."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from netmon.config import yaml
from netmon.config.paths import below, missing
from netmon.config.schema import Config
from netmon.domain.inventory import Inventory
from netmon.domain.pause import Pause, no_pause
from netmon.domain.place import Document, Problem
from netmon.rulebook.schema import FileSchema

_SUFFIXES = (".yaml", ".yml")
_OF_RULES = {*FileSchema.__struct_fields__, "profile", "metering", "contracts"} - {"version", "rules"}
_OF_OTHERS = {*Config.__struct_fields__, *Inventory.__struct_fields__} - {"version", "rules"}


class RuleFiles(msgspec.Struct, frozen=True):
    """All rule files that could be read, in order of their names, and what is wrong with them as YAML."""

    rules: tuple[Document, ...] = ()
    """Files with rules, events, storms or maintenance."""
    metrics: tuple[Document, ...] = ()
    """Metric profiles: files with ``profile``."""
    usage: tuple[Document, ...] = ()
    """Files with ``metering`` or ``contracts``."""
    tests: tuple[Document, ...] = ()
    """``<name>.test.yaml``."""
    problems: tuple[Problem, ...] = ()

    def names(self) -> frozenset[str]:
        """Return the name of every file, also of those that could not be read."""
        documents = (*self.rules, *self.metrics, *self.usage, *self.tests)
        return frozenset([document.file for document in documents] + [one.place.file for one in self.problems])


def read_rule_files(paths: Iterable[Path], *, pause: Pause = no_pause) -> RuleFiles:
    """Read files, and folders but for configuration and inventory in them.

    ``pause`` is called between two files, and within a large one.
    """
    found: dict[str, list[Document]] = {"rules": [], "metrics": [], "usage": [], "tests": []}
    problems: list[Problem] = []
    for path, is_named in _files(paths):
        pause()
        read = yaml.read(path, name=shown(path), pause=pause)
        if not is_named and _is_other(path, read.document.data):
            continue
        problems.extend(read.problems)
        if read.document.data is not None:
            found[_kind(path, read.document.data)].append(read.document)
    kinds = {kind: tuple(documents) for kind, documents in found.items()}
    return RuleFiles(**kinds, problems=tuple(sorted(problems)))


def shown(path: Path) -> str:
    """Return a path as problems show it: from the current folder where it lies below that."""
    here = os.getcwd()
    absolute = os.path.join(here, path)
    inside = absolute == here or absolute.startswith(here.rstrip("/") + "/")
    return os.path.relpath(absolute, here) if inside else str(path)


def _files(paths: Iterable[Path]) -> list[tuple[Path, bool]]:
    """Return each file once, in order of the names in a folder, and whether it was named itself."""
    found: dict[str, tuple[Path, bool]] = {}
    for path in paths:
        resolved, is_folder = path.resolve(), path.is_dir()
        # To resolve each would look at every folder above it again.
        inside = (
            [(path / name, f"{resolved}/{name}") for name in _inside(path)] if is_folder else [(path, f"{resolved}")]
        )
        for file, real in inside:
            found.setdefault(f"{file.resolve()}" if file.is_symlink() else real, (file, not is_folder))
    return list(found.values())


def _inside(folder: Path) -> list[str]:
    """Return the names of rule files in a folder and all below it."""
    found = []
    for at, _, names in os.walk(folder):
        below = os.path.relpath(at, folder)
        found += [
            os.path.normpath(f"{below}/{name}") for name in names if name.endswith(_SUFFIXES) and name not in _SUFFIXES
        ]
    return sorted(found, key=lambda name: name.split("/"))


def _kind(path: Path, data: object) -> str:
    keys = data.keys() if isinstance(data, dict) else ()
    if path.stem.endswith(".test"):
        return "tests"
    if "profile" in keys:
        return "metrics"
    return "usage" if "metering" in keys or "contracts" in keys else "rules"


def _is_other(path: Path, data: object) -> bool:
    """Tell whether a file is a configuration or an inventory, which may lie beside rules."""
    if not isinstance(data, dict) or path.stem.endswith(".test") or not _OF_RULES.isdisjoint(data):
        return False
    rules = data.get("rules")
    of_config = isinstance(rules, list) and bool(rules) and all(_is_path(path.parent, one) for one in rules)
    return of_config or not _OF_OTHERS.isdisjoint(data)


def _is_path(folder: Path, text: object) -> bool:
    return isinstance(text, str) and not missing(below(folder, text), text)
