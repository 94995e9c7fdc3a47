"""``netmon rules``: check and test rule files."""

from pathlib import Path
from typing import Annotated

import typer

from netmon.cli.check import StrictOption, tell
from netmon.cli.frame import ConfigOption, JsonOption, examples, fail, read_loosely
from netmon.config.rule_files import RuleFiles, read_rule_files
from netmon.config.rules import judge
from netmon.rulebook.compile import compile_rules, summary

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
    """Check rule files against schema and MIBs; every mistake with its place and a suggestion.

    Exit code 1: there are errors.
    """
    judged = judge(read_loosely(config))
    files = judged.loaded.files if path is None else _files(path)
    compiled = judged.compiled if path is None else compile_rules(files.rules, judged.names)
    problems = tuple(sorted({*files.problems, *compiled.problems}))
    last_line = summary(problems, files=compiled.files, rules=compiled.rules)
    tell(problems, last_line=last_line, strict=strict, json=json)


def _files(path: Path) -> RuleFiles:
    if not path.exists():
        fail(f"there is no file or folder {path}")
    return read_rule_files([path])
