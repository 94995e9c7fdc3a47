"""Rule, metering, profile and test files: found, read strictly, told apart by what stands in them."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from netmon.config import yaml
from netmon.domain.pause import Pause, no_pause
from netmon.domain.place import Document, Problem

_SUFFIXES = (".yaml", ".yml")


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
    """Read files and whole folders; ``pause`` is called between two of them, and within a large one."""
    found: dict[str, list[Document]] = {"rules": [], "metrics": [], "usage": [], "tests": []}
    problems: list[Problem] = []
    for path in _files(paths):
        pause()
        read = yaml.read(path, name=shown(path), pause=pause)
        problems.extend(read.problems)
        if read.document.data is not None:
            found[_kind(path, read.document.data)].append(read.document)
    kinds = {kind: tuple(documents) for kind, documents in found.items()}
    return RuleFiles(**kinds, problems=tuple(sorted(problems)))


def shown(path: Path) -> str:
    """Return a path as problems show it: from the current folder where it lies below that."""
    absolute, here = path.absolute(), Path.cwd()
    return os.path.relpath(absolute) if absolute.is_relative_to(here) else str(path)


def _files(paths: Iterable[Path]) -> list[Path]:
    """Return each file once, in order of the names in a folder."""
    found: dict[Path, Path] = {}
    for path in paths:
        inside = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES) if path.is_dir() else [path]
        folder = path.resolve()
        for file in inside:
            # To resolve each would look at every folder above it again.
            found.setdefault(file.resolve() if file.is_symlink() else folder / file.relative_to(path), file)
    return list(found.values())


def _kind(path: Path, data: object) -> str:
    keys = data.keys() if isinstance(data, dict) else ()
    if path.stem.endswith(".test"):
        return "tests"
    if "profile" in keys:
        return "metrics"
    return "usage" if "metering" in keys or "contracts" in keys else "rules"
