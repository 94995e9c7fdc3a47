"""The words for what is turned away, left out or given up, gathered from the code; each needs its sentence."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import msgspec

from docs.markdown import head, row
from docs.sentences import SENTENCES
from netmon.domain.observation import PollFailure
from netmon.domain.rejection import Reason
from netmon.normalize.exporter.numbers import DUPLICATE, NoSample
from netmon.outputs.exporter.answers import Turned
from netmon.snmp.errors import DecodeReason
from netmon.snmp.walk import Stop
from netmon.sources.poller.cells import Fault
from netmon.sources.poller.report import NoData
from netmon.sources.traps import reasons as trap_reasons

ROOT = Path(__file__).parent.parent


class Reasons(msgspec.Struct, frozen=True):
    """One group of reason words and where they are seen."""

    title: str
    seen: str
    group: str
    words: set[str]
    told: dict[str, str] = {}
    """Sentences that stand in the code."""


def groups() -> list[Reasons]:
    """Return every group of reasons, its words gathered from the code."""
    dropped, errors = "`netmon_source_dropped_total`", "`netmon_source_errors_total`"
    traps, poller, ping = (f'with `source="{name}"`' for name in ("traps", "poller", "ping"))
    told = {str(word): sentence for word, sentence in trap_reasons.SENTENCES.items()}
    trap_words = {*get_args(DecodeReason), *get_args(Reason)}
    why = "`netmon_rule_outcomes_total` as `outcome`; what is given up also in `netmon_dropped_total`"
    outputs = (
        "`netmon_output_errors_total` and `netmon_output_dropped_total`; also `http_` and the status that the peer"
        " answered, and for a usage feed the name of the error"
    )
    no_data, core = {*get_args(NoData)}, ["correlate", "alarms", "step.py", "pipeline.py", "normalize/held.py"]
    scrapes = (
        '`netmon_output_errors_total` and `netmon_output_dropped_total` with `output="snmp"`; a scrape may fail as'
        " polls and tables do, too; of modules that are polled `netmon_dropped_total`"
    )
    usage = (
        "`reason` of an exception record, `evidence.dropped` of the record of the interval, and `netmon usage"
        " exceptions`, which adds what to do"
    )
    return [
        Reasons("Traps turned away", f"{dropped} {traps}, log line `datagram rejected`", "traps", trap_words, told),
        Reasons("Trap sockets", f"{errors} {traps}", "sockets", _words(["sources/traps"], _given_up)),
        Reasons("Polls that brought nothing", f"{errors} {poller}", "polls", {*get_args(PollFailure)}),
        Reasons("Tables read in part", "the observation of the poll", "tables", {*get_args(Stop)} - {"done"}),
        Reasons("Polls left out", f"{dropped} {poller}", "poller", _words(["sources/poller"], _given_up) | no_data),
        Reasons("Pings left out", f"{dropped} {ping}", "ping", _words(["sources/ping.py"], _given_up) - {"send"}),
        Reasons("Cells left out", "`netmon_poll_cells_dropped_total`", "cells", {*get_args(Fault)}),
        Reasons("Rules and alarms", why, "rules", _words(core, _given_up)),
        Reasons("Scrapes", scrapes, "scrapes", {*get_args(NoSample), *get_args(Turned), DUPLICATE}),
        Reasons("Outputs", outputs, "outputs", _known("outputs", ["outputs"])),
        Reasons("Usage left out", usage, "usage", _known("usage", ["normalize/counters.py", "usage"])),
    ]


def reasons() -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# Reasons"
    yield "\nNothing vanishes: whatever netmon turns away, leaves out or gives up is counted with its reason."
    for group in groups():
        yield f"\n## {group.title}\n"
        yield f"Seen in: {group.seen}.\n"
        yield head("reason", "meaning")
        own = SENTENCES[group.group]
        wrong = group.words ^ {*own, *group.told} | {*own} & {*group.told}
        assert not wrong, f"docs/sentences.py: {group.group}: lacks a sentence, or has one too many: {sorted(wrong)}"
        yield from (row(f"`{word}`", (own | group.told)[word]) for word in sorted(group.words))


def _words(places: list[str], pick: Callable[[ast.AST], Iterator[ast.AST]]) -> set[str]:
    """Return the words that ``pick`` finds in files or folders of netmon."""
    found = set()
    for path in (ROOT / "netmon" / place for place in places):
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            nodes = [node for step in ast.walk(ast.parse(file.read_text())) for node in pick(step)]
            found |= {node.value for node in nodes if isinstance(node, ast.Constant)}
    return {word for word in found if isinstance(word, str) and re.fullmatch("[a-z_]+", word)}


def _known(group: str, places: list[str]) -> set[str]:
    """Return the words of the table that still stand in the code."""
    return {*SENTENCES[group]} & _words(places, lambda node: iter([node]))


def _given_up(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in the place of a reason where something is counted or given up."""
    match node:
        case ast.Call(func=ast.Name(id="Dropped"), args=[word, *_]):
            yield word
        case ast.Call(func=ast.Attribute(attr="count" | "drop" | "_count_error"), args=[word, *_]):
            yield word
        case ast.Call(func=ast.Attribute(attr="labels"), args=[_, word]):
            yield from (word.body, word.orelse) if isinstance(word, ast.IfExp) else (word,)
        case ast.AugAssign(target=ast.Subscript(value=ast.Attribute(attr="dropped"), slice=word)):
            yield word
