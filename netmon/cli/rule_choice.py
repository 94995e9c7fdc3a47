"""Which files ``netmon rules check PATH`` and ``netmon rules test PATH`` are about: one choice for both."""

from pathlib import Path

import msgspec

from netmon.cli.frame import fail
from netmon.config.rule_files import RuleFiles, read_rule_files
from netmon.domain.place import Document


class Choice(msgspec.Struct, frozen=True):
    """Rules, profiles and metering with their tests, and what lies beside them."""

    files: RuleFiles
    beside: tuple[Document, ...] = ()
    """Other profiles of the folder: those chosen may extend them."""


def choose(path: Path) -> Choice:
    """Return a folder with all in it; or a file with its tests, which a file of tests chooses just as well.

    Tests of a file are those beside it (``<name>.test.yaml``); a file of tests may name other rules by ``rules``.
    """
    if not path.exists():
        fail(f"there is no file or folder {path}")
    if path.is_dir():
        return Choice(read_rule_files([path]))
    of_rules = path.with_name(path.name.replace(".test.", "."))
    of_tests = of_rules.with_name(f"{of_rules.stem}.test{of_rules.suffix}")
    found = read_rule_files([one for one in (of_rules, of_tests) if one.is_file()])
    named = [of_tests.parent / name for document in found.tests if (name := _named(document))]
    if named:
        found = read_rule_files([one for one in (of_rules, of_tests, *named) if one.is_file()])
    known = {document.file for document in found.metrics}
    beside = read_rule_files([path.parent]).metrics if found.metrics else ()
    return Choice(found, tuple(document for document in beside if document.file not in known))


def is_of_profile(tests: Document) -> bool:
    """Tell whether a file of tests is about a profile."""
    return isinstance(tests.data, dict) and "profile" in tests.data


def _named(tests: Document) -> str:
    name = tests.data.get("rules") if isinstance(tests.data, dict) else None
    return name if isinstance(name, str) else ""
