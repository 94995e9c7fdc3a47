"""``netmon rules``: check and test rule files; ``explain`` and ``diff`` have files of their own."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from netmon.app import run_rule_tests
from netmon.app.rule_tests import Found, Tested
from netmon.cli import explain, rule_diff
from netmon.cli.check import StrictOption, tell
from netmon.cli.counting import Counting
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
from netmon.cli.help import Commands
from netmon.cli.profile_tests import run_profile_tests
from netmon.cli.rule_choice import choose, is_of_profile
from netmon.cli.rules_seen import SeenOption, seen_by, span_of, told
from netmon.config.rules import Judged, judge, judge_files
from netmon.config.site_rules import made_whole
from netmon.domain.place import Problem
from netmon.rulebook.compile import Compiled, summary
from netmon.rulebook.verdict import coverage, untested

rules = Commands(no_args_is_help=True, help="Rules: check them, test them, try them, ask why.")

PathArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="PATH",
        help="A folder, a rule file or the tests beside it; default: all of the configuration and the shipped ones.",
    ),
]
rules.command("diff", epilog=rule_diff.EPILOG)(rule_diff.rules_diff)
rules.command("explain", epilog=explain.EPILOG)(explain.explain)


@rules.command(
    "check",
    epilog=examples(
        ("netmon rules check", "all rules, the shipped ones too"),
        ("netmon rules check rules/site.yaml --strict", "one file and the tests beside it; warnings count as errors"),
        ("netmon rules check --seen 24h", "what came lately and no rule names, as rules to begin with"),
    ),
)
def check(
    path: PathArgument = None,
    config: ConfigOption = None,
    strict: StrictOption = False,
    seen: SeenOption = "",
    json: JsonOption = False,
) -> None:
    """Check rule, profile and metering files against schema and MIBs; every mistake with its place and a suggestion.

    The tests beside the rules are run, too: a rule that no passed test raises, or none clears, draws a warning. Exit
    code 1: there are errors.
    """
    within = span_of(seen) if seen else None
    judged = _judged(path, config)
    without_rule = seen_by(judged.loaded.data_dir, within, judged.names) if within is not None else None
    files = judged.loaded.files.names()
    # Some of what metering rules lack is to be mended in the inventory.
    of_metering = {problem.place.file for problem in judged.metering.problems}
    known = (one for one in judged.problems if one.place.file in files or one in judged.metering.problems)
    found = _tested(judged)
    problems = tuple(sorted({*known, *found.problems, *_Covered(judged.compiled, found.tested).warnings}))
    last_line = summary(problems, files=len(files | of_metering), rules=judged.compiled.rules)
    if within is not None and without_rule is not None and not json:
        for line in told(without_rule, within):
            typer.echo(line)
    tell(problems, last_line=last_line, strict=strict, json=json, seen=without_rule)


def _judged(path: Path | None, config: Path | None) -> Judged:
    """Return the rules of a path, or all, compiled with MIBs and inventory of the configuration."""
    loaded = read_loosely(config)
    if path is None:
        return judge(loaded)
    choice = choose(path)
    return judge_files(loaded, choice.files, beside=choice.beside)


def _tested(judged: Judged) -> Found:
    files = judged.loaded.files
    of_rules = [one for one in files.tests if not is_of_profile(one)]
    return run_rule_tests(of_rules, made_whole(files.rules), judged.names)


@rules.command(
    "test",
    epilog=examples(
        ("netmon rules test", "all rule and profile tests, the shipped ones too"),
        ("netmon rules test rules/site.yaml", "the tests of one file, rules/site.test.yaml"),
    ),
)
def run_tests(path: PathArgument = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Run the tests beside the rules: what goes in, what must come out (<name>.test.yaml).

    A rule that no passed test raises, or none clears, draws a warning. Exit code 1: a test failed, or a test file has
    errors.
    """
    judged = _judged(path, config)
    files = judged.loaded.files
    of_profiles = [document for document in files.tests if is_of_profile(document)]
    found = _tested(judged)
    with Counting("profile tests") as counting:
        profiled = run_profile_tests(of_profiles, judged.profiles, judged.names, done=counting.one)
    results = [
        *(Outcome(f"{one.case.place.file}: {one.case.name}", one.differences) for one in found.tested),
        *(Outcome(f"profile {one.profile}: {one.name}", one.differences) for one in profiled.tested),
    ]
    problems = tuple(sorted({*files.problems, *found.problems, *profiled.problems}))
    if path is not None and not results and not problems:
        fail(f"there is no test in {path}")
    covered = _Covered(judged.compiled, found.tested)
    _tell_tests(results, tuple(sorted({*problems, *covered.warnings})), covered=covered, json=json)


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
