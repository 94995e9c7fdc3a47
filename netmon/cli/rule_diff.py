"""``netmon rules diff``: what a rule change would have done to recorded hours (specs/rules.md 10.2)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from netmon.app.diff import Diff, Told, diff
from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, examples, fail, print_json, span
from netmon.cli.places import moment, place_of
from netmon.cli.recorded import (
    FromOption,
    ToOption,
    WithoutSamplesOption,
    progress_of,
    recorded,
    rules_at,
    told_failures,
)
from netmon.domain.alarm import key_text
from netmon.domain.duration import Duration

EPILOG = examples(
    ("netmon rules diff rules rules.new --last 24h", "alarms that the new rules add, miss or change"),
    ("netmon rules diff a.yaml b.yaml --from 2026-11-21T04:00Z", "since a moment; each file with the shipped rules"),
)
_TITLE = 50
"""Columns before the numbers."""


def rules_diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A rule file or a folder, as `rules` of a configuration.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The same as it is to become.")],
    config: ConfigOption = None,
    last: Annotated[
        str, typer.Option("--last", metavar="SPAN", help="So long before the end of the log, e.g. 24h.")
    ] = "",
    from_: FromOption = "",
    to: ToOption = "",
    without_samples: WithoutSamplesOption = False,
    json: JsonOption = False,
) -> None:
    """Step both rule sets over the recorded log, from the same snapshot, and list the alarms that differ.

    Nothing is changed and nothing is sent. Shipped rules are part of both; a changed copy of a shipped file stands in
    its place. Exit code 1: there is a difference; 2: the log does not reach back that far.
    """
    if last and (from_ or to):
        fail("--last and --from or --to at once")
    last_ms = _span(last)
    begin, end = place_of(from_, "--from"), place_of(to, "--to")
    at = recorded(config)
    sets = rules_at(at.loaded, old), rules_at(at.loaded, new)
    with told_failures():
        found = diff(
            at.database, at.names, *sets, begin=begin, last_ms=last_ms, end=end, samples=not without_samples,
            progress=progress_of(json=json),
        )  # fmt: skip
    if json:
        print_json(_plain(found))
    else:
        for line in lines(found):
            typer.echo(line)
    if found.differences:
        raise typer.Exit(PROBLEM)


def _span(text: str) -> int:
    try:
        return Duration(text).ms if text else 0
    except ValueError as error:
        fail(f"--last: {error}")


def lines(found: Diff) -> Iterator[str]:
    """Yield the answer for people: a table by rule, then each alarm."""
    title = f"{span(found.span_ms)}, {found.observations:,} observations"
    title += ", without samples" if found.without_samples else ""
    yield f"{title:<{_TITLE}}gained   lost  changed"
    if not found.differences:
        yield "  no difference"
    by_rule: dict[str, list[Told]] = {}
    for one in found.differences:
        by_rule.setdefault(one.difference.told.rule, []).append(one)
    for rule in sorted(by_rule):
        yield _row(rule, by_rule[rule])
    yield from map(_line, found.differences)


def _row(rule: str, differences: list[Told]) -> str:
    verdicts = Counter(one.difference.verdict for one in differences)
    whys = Counter((one.difference.verdict, one.why) for one in differences if one.why)
    because = ", ".join(f"{number} {verdict}: {why}" for (verdict, why), number in sorted(whys.items()))
    numbers = f"{verdicts['gained']:>6}{verdicts['lost']:>7}{verdicts['changed']:>9}"
    return f"{f'  {rule}':<{_TITLE}}{numbers}{f'   ({because})' if because else ''}"


def _line(told: Told) -> str:
    one, difference = told.difference.told, told.difference
    object_, _, qualifier = difference.key
    what = "; ".join(difference.what) if difference.what else f'"{one.text}"'
    where = f"{object_} {qualifier}".rstrip()
    told_of = f"{difference.verdict:<7} {moment(one.raised)}  {where}  {one.rule}  {one.severity}"
    return f"{told_of}  {what}   because #{one.cause}"


def _plain(found: Diff) -> dict[str, Any]:
    return {
        "observations": found.observations,
        "span_ms": found.span_ms,
        "without_samples": found.without_samples,
        "alarms": [
            {
                "verdict": told.difference.verdict,
                "key": key_text(told.difference.key),
                "alarm_id": told.difference.told.alarm_id,
                "old": told.difference.old,
                "new": told.difference.new,
                "because": told.difference.told.cause,
                "what": told.difference.what,
                "why": told.why,
            }
            for told in found.differences
        ],
    }
