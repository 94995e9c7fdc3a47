"""Makes the reference pages from the code: ``python docs/generate.py``; with ``--check`` it only tells stale ones."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from docs.markdown import head, prose, row
from docs.reasons import reasons
from docs.settings import configuration, scenario
from netmon.cli.main import cli
from netmon.correlate.own import OWN_ALARMS, RULE_ERROR
from netmon.correlate.refused import REFUSED
from netmon.telemetry.metrics import Metrics

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"

_MADE = "<!-- Made by docs/generate.py from the code: change the code, then run it again. -->"


def pages() -> dict[Path, str]:
    """Return the text of every reference page."""
    made = {
        "configuration": configuration,
        "metrics": _metrics,
        "cli": _commands,
        "reasons": reasons,
        "own-alarms": _own_alarms,
        "scenario": scenario,
    }
    return {REFERENCE / f"{name}.md": "\n".join([_MADE, "", *make()]) + "\n" for name, make in made.items()}


def _own_alarms() -> Iterator[str]:
    yield "# netmon's own alarms"
    yield "\nAlarms of the managed object `netmon`: what netmon tells of itself. They come by the same path as all"
    yield "others, so they are listed, acknowledged, sent and replayed alike."
    yield "The qualifier names the part that reported it; that of `usage-series-unbillable` is the metered series,"
    yield "that of `series-limit` the element: ten minutes after the last series of it was refused the alarm ends,"
    yield "that of the alarms `usage-feed-...` the feed,"
    yield "that of `snmp-auth` the sender, that of `rule-error` the rule; that of `rule-limit` is the rule,"
    yield "`alarm keys`, or the key of the alarm that hides. `rule-limit` ends when there has been room again for"
    yield "a minute. Where counters of a metered port cannot be right, the alarm ends 15 minutes after the last time.\n"
    yield head("type", "severity", "probable cause", "means", "what to do", "ends")
    for own in (*OWN_ALARMS, RULE_ERROR, REFUSED):
        ends = "an operator clears it" if own.clearable else "an hour after the last" if own.after_ms else "by itself"
        text = own.filled("a part", "N", "why")
        severity = f"{own.severity}, at first warning" if own.mild else own.severity
        yield row(f"`{own.type}`", severity, own.probable_cause, text, own.repair, ends)


def _metrics() -> Iterator[str]:
    yield "# Metrics"
    yield "\nnetmon's own metrics, as the engine shows them at `/metrics` (`engine.listen`). The series of elements"
    yield "stand beside them under the names of their MIB objects: see [send metrics](../how-to/send-metrics.md)."
    yield "What a `reason` or `outcome` means: [reasons](reasons.md).\n"
    yield head("name", "type", "labels", "meaning")
    for metric in vars(Metrics()).values():
        if not hasattr(metric, "describe"):
            continue
        (told,) = metric.describe()
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        exposed = f"{told.name}_total" if told.type == "counter" else told.name
        yield row(f"`{exposed}`", told.type, labels, told.documentation)
    yield "\nA histogram is shown as `_bucket` (label `le`), `_sum` and `_count`."


def _commands() -> Iterator[str]:
    yield "# Command line"
    yield "\nExit codes: 0 fine; 1 a problem was found; 2 wrong use, or a start that cannot be."
    yield "`--help` (or `-h`) after any command tells what stands here."
    yield from _command("netmon", typer.main.get_command(cli))


def _command(name: str, command: Any) -> Iterator[str]:
    context = typer.Context(command, info_name=name)
    records = [record for param in command.params if (record := param.get_help_record(context)) is not None]
    yield f"\n## `{name}`\n"
    yield prose(command.help)
    if records:
        yield ""
        yield head("argument or option", "meaning")
        yield from (row(f"`{left}`", right) for left, right in records)
    examples = re.findall(r"\[green\](.*?)\[/green\]  \[dim\](.*?)\[/dim\]", command.epilog or "")
    if examples:
        width = max(len(line) for line, _ in examples)
        yield from ("", "```console", *(f"{line:{width}}  # {what}" for line, what in examples), "```")
    for word, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from _command(f"{name} {word}", inner)


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` tell which are stale."""
    stale = [path for path, text in pages().items() if not path.is_file() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is stale: run python docs/generate.py\n")
        return 1 if stale else 0
    REFERENCE.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
