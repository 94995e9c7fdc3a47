"""``netmon rules``: check and test rule files."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from netmon.app import run_rule_tests
from netmon.app.rule_tests import Tested
from netmon.cli.check import StrictOption, tell
from netmon.cli.frame import (
    PROBLEM,
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    print_json,
    print_problems,
    read_loosely,
)
from netmon.cli.profile_tests import run_profile_tests
from netmon.config.rule_files import RuleFiles, read_rule_files
from netmon.config.rules import Judged, judge, judge_files
from netmon.domain.place import Document, Problem
from netmon.rulebook.compile import Compiled, summary
from netmon.rulebook.verdict import coverage, untested

rules = typer.Typer(no_args_is_help=True, help="Rules: check them, test them.")

PathArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="PATH", help="A rule file or a folder; default: all of the configuration and the shipped ones."
    ),
]


@rules.command(
    "check",
    epilog=examples(
        ("netmon rules check", "all rules, the shipped ones too"),
        ("netmon rules check rules/site.yaml --strict", "one file; warnings count as errors"),
    ),
)
def check(
    path: PathArgument = None, config: ConfigOption = None, strict: StrictOption = False, json: JsonOption = False
) -> None:
    """Check rule, profile and metering files against schema and MIBs; every mistake with its place and a suggestion.

    The tests beside the rules are run, too: a rule that no passed test raises, or none clears, draws a warning. Exit
    code 1: there are errors.
    """
    judged = judge(read_loosely(config))
    if path is not None:
        judged = judge_files(judged, _files(path))
    files = judged.loaded.files.names()
    # Some of what metering rules lack is to be mended in the inventory.
    of_metering = {problem.place.file for problem in judged.metering.problems}
    known = (one for one in judged.problems if one.place.file in files or one in judged.metering.problems)
    problems = tuple(sorted((*known, *_untested(judged, path))))
    last_line = summary(problems, files=len(files | of_metering), rules=judged.compiled.rules)
    tell(problems, last_line=last_line, strict=strict, json=json)


def _files(path: Path) -> RuleFiles:
    if not path.exists():
        fail(f"there is no file or folder {path}")
    return read_rule_files([path])


def _untested(judged: Judged, path: Path | None) -> tuple[Problem, ...]:
    files = judged.loaded.files
    if path is not None and path.is_file():
        beside = path.with_name(f"{path.stem}.test{path.suffix}")
        files = read_rule_files([path, *([beside] if beside.is_file() else [])])
    of_rules = [document for document in files.tests if not _is_of_profile(document)]
    found = run_rule_tests(of_rules, files.rules, judged.names)
    return _Covered(_under_test(judged.compiled, path), found.tested).warnings


@rules.command(
    "test",
    epilog=examples(
        ("netmon rules test", "all rule and profile tests, the shipped ones too"),
        ("netmon rules test rules/site.test.yaml", "one file"),
    ),
)
def run_tests(path: PathArgument = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Run the tests beside the rules: what goes in, what must come out (<name>.test.yaml).

    A rule that no passed test raises, or none clears, draws a warning. Exit code 1: a test failed, or a test file has
    errors.
    """
    judged = judge(read_loosely(config))
    files = judged.loaded.files if path is None else _files_with_tests(path)
    tests = [document for document in files.tests if path is None or _is_in(path, document)]
    of_profiles = [document for document in tests if _is_of_profile(document)]
    of_rules = [document for document in tests if document not in of_profiles]
    if path is not None:
        judged = judge_files(judged, files)
    found = run_rule_tests(of_rules, files.rules, judged.names)
    profiled = run_profile_tests(of_profiles, judged.profiles, judged.names)
    results = [
        *(Outcome(f"{one.case.place.file}: {one.case.name}", one.differences) for one in found.tested),
        *(Outcome(f"profile {one.profile}: {one.name}", one.differences) for one in profiled.tested),
    ]
    problems = tuple(sorted({*files.problems, *found.problems, *profiled.problems}))
    if path is not None and not results and not problems:
        fail(f"there is no test in {path}")
    covered = _Covered(_under_test(judged.compiled, path), found.tested)
    _tell_tests(results, tuple(sorted({*problems, *covered.warnings})), covered=covered, json=json)


def _is_of_profile(document: Document) -> bool:
    return isinstance(document.data, dict) and "profile" in document.data


def _under_test(compiled: Compiled, path: Path | None) -> Compiled:
    """Return the rules that the tests asked for are about: of one test file only those beside it."""
    if path is None or path.is_dir():
        return compiled
    beside = path.with_name(path.name.replace(".test.", ".")).resolve()
    places = {rule: place for rule, place in compiled.places.items() if Path(place.file).resolve() == beside}
    return msgspec.structs.replace(compiled, places=places)


class _Covered:
    """Which rules the passed tests raise and clear."""

    def __init__(self, compiled: Compiled, tested: tuple[Tested, ...]) -> None:
        found = coverage([one.run for one in tested if not one.differences])
        self.warnings = untested(compiled, found)
        self._rules = frozenset(compiled.places)
        self.raised = len(self._rules & found.raised)
        self.cleared = len(self._rules & found.cleared)

    def __str__(self) -> str:
        return f"of {count(len(self._rules), 'rule')} {self.raised} raised, {self.cleared} cleared"


def _files_with_tests(path: Path) -> RuleFiles:
    """Read a folder, or the whole folder of a file: the rules under test lie there."""
    if not path.exists():
        fail(f"there is no file or folder {path}")
    return read_rule_files([path if path.is_dir() else path.parent])


def _is_in(path: Path, document: Document) -> bool:
    return Path(document.file).resolve().is_relative_to(path.resolve())


class Outcome(msgspec.Struct, frozen=True):
    """How a test went: nothing differs from what it expects, or these lines."""

    name: str
    differences: tuple[str, ...]


def _tell_tests(results: list[Outcome], problems: tuple[Problem, ...], *, covered: _Covered, json: bool) -> None:
    failed = [result for result in results if result.differences]
    errors = [problem for problem in problems if not problem.warning]
    if json:
        print_json({"tests": results, "problems": [str(problem) for problem in problems]})
    else:
        print_problems(problems, err=False)
        for result in results:
            typer.echo(f"{'FAILED' if result.differences else 'passed'}  {result.name}")
            for line in result.differences:
                typer.echo(f"        {line}")
        typer.echo(f"{count(len(results), 'test')}, {len(failed)} failed; {covered}")
    if failed or errors:
        raise typer.Exit(PROBLEM)
