"""Makes the reference pages from the code: ``python docs/generate.py``; with ``--check`` it only tells stale ones."""

import ast
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from inspect import getclosurevars, getsource
from pathlib import Path
from typing import Any, get_args

import msgspec
import typer
from msgspec import inspect

from docs.sentences import SENTENCES
from netmon.cli.main import cli
from netmon.cli.simulate.actions import Action
from netmon.cli.simulate.scenario import AgentConfig, ScenarioConfig
from netmon.cli.simulate.script_actions import ScriptAction
from netmon.config import inventory
from netmon.config.schema import Config
from netmon.correlate.own import OWN_ALARMS
from netmon.domain.address import Addresses
from netmon.domain.observation import PollFailure
from netmon.domain.secret import Secret
from netmon.normalize.exporter.numbers import DUPLICATE, NoSample
from netmon.outputs.exporter.answers import Turned
from netmon.rulebook.metering import Contract, MeteringRule
from netmon.snmp.errors import DecodeReason
from netmon.snmp.walk import Stop
from netmon.sources.poller.cells import Fault
from netmon.sources.poller.report import NoData
from netmon.sources.traps import rejections
from netmon.telemetry.metrics import Metrics

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"

_MADE = "<!-- Made by docs/generate.py from the code: change the code, then run it again. -->"


class Reasons(msgspec.Struct, frozen=True):
    """One group of reason words and where they are seen."""

    title: str
    seen: str
    group: str
    words: set[str]
    told: dict[str, str] = {}
    """Sentences that stand in the code."""


def pages() -> dict[Path, str]:
    """Return the text of every reference page."""
    made = {
        "configuration": _configuration,
        "metrics": _metrics,
        "cli": _commands,
        "reasons": _reasons,
        "own-alarms": _own_alarms,
        "scenario": _scenario,
    }
    return {REFERENCE / f"{name}.md": "\n".join([_MADE, "", *make()]) + "\n" for name, make in made.items()}


def _configuration() -> Iterator[str]:
    yield "# Configuration"
    yield "\nSpans of time have a unit (`500ms`, `30s`, `5m`, `1h30m`, `7d`), sizes too (`16MiB`)."
    yield "A secret is `{file: PATH}` or `{env: NAME}`. Relative paths begin at the folder of `config.yaml`."
    yield "Unknown keys are errors; `netmon check` tells every mistake at once."
    yield "\n## config.yaml"
    yield from _struct("", Config)
    yield "\n## inventory.yaml\n"
    yield "The file named by `inventory`, or the same keys below it. `version: 1`."
    for name in inventory.InventoryConfig.__struct_fields__[1:]:
        yield from _struct(f"{name}[]", getattr(inventory, f"{name[:-1].title()}Config"))
    yield "\n## Usage rules\n"
    yield "Files below `rules` with `metering` or `contracts`; see [meter a port](../how-to/meter-a-port.md)."
    yield from _struct("metering[]", MeteringRule)
    yield from _struct("contracts[]", Contract)


def _struct(path: str, type_: type[msgspec.Struct]) -> Iterator[str]:
    """Yield a section for a Struct and for each one in it."""
    info = inspect.type_info(type_)
    assert isinstance(info, inspect.StructType)
    if path:
        yield f"\n### {f'`{path}`' if info.tag is None else f'`{path}` with `{info.tag_field}: {info.tag}`'}"
    yield f"\n{_text(type_.__doc__ or '')}\n"
    yield _head("key", "type", "default", "limits", "meaning")
    yield from _keys(type_, {field.name for field in info.fields})
    for field in info.fields:
        for list_, inner in _inner(field.type):
            yield from _struct(f"{path}.{field.encode_name}".lstrip(".") + list_, inner)


def _keys(type_: type[msgspec.Struct], names: set[str]) -> Iterator[str]:
    """Yield a row for each of some fields of a Struct."""
    info, notes = inspect.type_info(type_), _notes(type_)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        if field.name in names:
            limits = "; ".join(_limits(field.type))
            described = field.type.extra_json_schema if isinstance(field.type, inspect.Metadata) else None
            meaning = notes.get(field.name) or (described or {}).get("description", "")
            yield _row(f"`{field.encode_name}`", _kind(field.type), _default(field), limits, meaning)


def _notes(type_: type) -> dict[str, str]:
    """Return the docstrings beside the fields of a class, and of those it extends."""
    if type_ is msgspec.Struct:
        return {}
    (class_,) = ast.parse(textwrap.dedent(getsource(type_))).body
    assert isinstance(class_, ast.ClassDef)
    found = _notes(type_.__bases__[0])
    for line, below in zip(class_.body, class_.body[1:], strict=False):
        match line, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(_text(text).split())
    return found


def _inner(info: inspect.Type) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    match info:
        case inspect.Metadata(type=inner):
            yield from _inner(inner)
        case inspect.UnionType(types=types):
            for one in types:
                yield from _inner(one)
        case inspect.VarTupleType(item_type=item):
            yield from ((f"[]{list_}", inner) for list_, inner in _inner(item))
        case inspect.DictType(value_type=value):
            yield from ((f".NAME{list_}", inner) for list_, inner in _inner(value))
        case inspect.StructType(cls=cls) if cls is not Secret:
            yield "", cls


_KINDS: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.BoolType: "`true` or `false`",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.StructType: "mapping, below",
    inspect.AnyType: "anything",
}
_CUSTOM = {
    "Duration": "span of time",
    "Rate": "rate",
    "Size": "size",
    "Instant": "UTC time",
    "Address": "address with port",
}
_CUSTOM |= {"Addresses": "address with port, or a list of them", "Network": "address or prefix"}
_CUSTOM |= {"LoopbackAddress": "loopback address with port", "ObjectName": "OID or name"}
_CUSTOM |= {"AlarmFilter": "condition", "BrokerUrl": "address of a broker"}


def _kind(info: inspect.Type) -> str:
    match info:
        case inspect.Metadata(type=inner):
            return _kind(inner)
        case inspect.UnionType(types=types):
            return " or ".join(dict.fromkeys(_kind(one) for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.VarTupleType(item_type=item):
            return f"list: {_kind(item)}"
        case inspect.DictType(key_type=key, value_type=value):
            return f"mapping: {_kind(key)} to {_kind(value)}"
        case inspect.LiteralType(values=values):
            return " or ".join(f"`{value}`" if value != "" else "empty" for value in values)
        case inspect.CustomType(cls=cls):
            return _CUSTOM[cls.__name__]
        case inspect.StructType(cls=cls) if cls is Secret:
            return "secret"
    return _KINDS[type(info)]


def _limits(info: inspect.Type) -> Iterator[str]:
    match info:
        case inspect.Metadata(type=inner, extra=extra):
            yield from _limits(inner)
            if extra and "check" in extra:
                # The limits of domain/scalar.py: span().
                known = getclosurevars(extra["check"]).nonlocals
                yield f"{known['low']} to {known['high']}"
        case inspect.UnionType(types=types):
            for one in types:
                yield from _limits(one)
        case _:
            bounds = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most", "min_length": "length at least"}
            told = ((word, getattr(info, name, None)) for name, word in bounds.items())
            yield from (f"{word} {bound:,}" for word, bound in told if bound is not None)
            if isinstance(info, inspect.StrType) and info.pattern:
                yield f"`{info.pattern}`"


def _default(field: inspect.Field) -> str:
    if field.required:
        return "**required**"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    empty = value is None or value == "" or _is_all_default(value)
    return "" if empty else f"`{_yaml(value)}`"


def _is_all_default(value: Any) -> bool:
    if not isinstance(value, msgspec.Struct) or any(field.required for field in msgspec.structs.fields(value)):
        return False
    return type(value)() == value


def _yaml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple() | list() if not isinstance(value, Addresses):
            return f"[{', '.join(map(_yaml, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}: {_yaml(one)}' for key, one in value.items())}}}"
        case msgspec.Struct():
            given = {f.encode_name: getattr(value, f.name) for f in msgspec.structs.fields(value) if f.required}
            return _yaml(given)
    return str(value)


def _scenario() -> Iterator[str]:
    yield "# Scenario"
    yield "\nThe file of `netmon simulate`; see [test rules without a network](../how-to/simulate-a-network.md)."
    yield "Spans of time have a unit, rates too (`20000/s`). Relative paths begin at its folder."
    yield "\n## scenario.yaml"
    yield from _struct("", ScenarioConfig)
    yield from _struct("agents[]", AgentConfig)
    yield "\n## The script\n"
    yield "Each entry of `script` has these keys, and those of its action.\n"
    yield _head("key", "type", "default", "limits", "meaning")
    common = {field.name for field in msgspec.structs.fields(Action)}
    yield from _keys(Action, common)
    yield _row("`do`", "text", "**required**", "", "the action, below")
    for action in get_args(ScriptAction):
        yield f"\n### `do: {action.__struct_config__.tag}`"
        yield f"\n{_text(action.__doc__ or '')}"
        own = {field.name for field in msgspec.structs.fields(action)} - common
        if own:
            yield f"\n{_head('key', 'type', 'default', 'limits', 'meaning')}"
            yield from _keys(action, own)


def _own_alarms() -> Iterator[str]:
    yield "# netmon's own alarms"
    yield "\nAlarms of the managed object `netmon`: what netmon tells of itself. They come by the same path as all"
    yield "others, so they are listed, acknowledged, sent and replayed alike."
    yield "The qualifier names the part that reported it; that of `usage-series-unbillable` is the metered series.\n"
    yield _head("type", "severity", "probable cause", "means", "what to do", "ends")
    for own in OWN_ALARMS:
        ends = "an operator clears it" if own.clearable else "by itself"
        text = (
            own.text.replace("{name}", "a part")
            .replace("{value}", "N")
            .replace("{about}", "why, and by which rule it is metered")
        )
        yield _row(f"`{own.type}`", own.severity, own.probable_cause, text, own.repair, ends)


def _metrics() -> Iterator[str]:
    yield "# Metrics"
    yield "\nnetmon's own metrics, as the engine shows them at `/metrics` (`engine.listen`). The series of elements"
    yield "stand beside them under the names of their MIB objects: see [send metrics](../how-to/send-metrics.md)."
    yield "What a `reason` or `outcome` means: [reasons](reasons.md).\n"
    yield _head("name", "type", "labels", "meaning")
    for metric in vars(Metrics()).values():
        if not hasattr(metric, "describe"):
            continue
        (told,) = metric.describe()
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        exposed = f"{told.name}_total" if told.type == "counter" else told.name
        yield _row(f"`{exposed}`", told.type, labels, told.documentation)
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
    yield _text(command.help)
    if records:
        yield ""
        yield _head("argument or option", "meaning")
        yield from (_row(f"`{left}`", right) for left, right in records)
    examples = re.findall(r"\[green\](.*?)\[/green\]  \[dim\](.*?)\[/dim\]", command.epilog or "")
    if examples:
        width = max(len(line) for line, _ in examples)
        yield from ("", "```console", *(f"{line:{width}}  # {what}" for line, what in examples), "```")
    for word, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from _command(f"{name} {word}", inner)


def groups() -> list[Reasons]:
    """Return every group of reasons, its words gathered from the code."""
    dropped, errors = "`netmon_source_dropped_total`", "`netmon_source_errors_total`"
    traps, poller = 'with `source="traps"`', 'with `source="poller"`'
    told = {str(word): sentence for word, sentence in rejections.SENTENCES.items()}
    trap_words = {*get_args(DecodeReason), *get_args(rejections.Reason)}
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
    usage = "`reason` of an exception record, and `evidence.dropped` of the record of the interval"
    return [
        Reasons("Traps turned away", f"{dropped} {traps}, log line `datagram rejected`", "traps", trap_words, told),
        Reasons("Trap sockets", f"{errors} {traps}", "sockets", _words(["sources/traps"], _given_up)),
        Reasons("Polls that brought nothing", f"{errors} {poller}", "polls", {*get_args(PollFailure)}),
        Reasons("Tables read in part", "the observation of the poll", "tables", {*get_args(Stop)} - {"done"}),
        Reasons("Polls left out", f"{dropped} {poller}", "poller", _words(["sources/poller"], _given_up) | no_data),
        Reasons("Cells left out", "`netmon_poll_cells_dropped_total`", "cells", {*get_args(Fault)}),
        Reasons("Rules and alarms", why, "rules", _words(core, _given_up)),
        Reasons("Scrapes", scrapes, "scrapes", {*get_args(NoSample), *get_args(Turned), DUPLICATE}),
        Reasons("Outputs", outputs, "outputs", _known("outputs", ["outputs"])),
        Reasons("Usage left out", usage, "usage", _known("usage", ["normalize/counters.py", "usage"])),
    ]


def _reasons() -> Iterator[str]:
    yield "# Reasons"
    yield "\nNothing vanishes: whatever netmon turns away, leaves out or gives up is counted with its reason."
    for group in groups():
        yield f"\n## {group.title}\n"
        yield f"Seen in: {group.seen}.\n"
        yield _head("reason", "meaning")
        own = SENTENCES[group.group]
        wrong = group.words ^ {*own, *group.told} | {*own} & {*group.told}
        assert not wrong, f"docs/generate.py: {group.group}: lacks a sentence, or has one too many: {sorted(wrong)}"
        yield from (_row(f"`{word}`", (own | group.told)[word]) for word in sorted(group.words))


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


def _head(*titles: str) -> str:
    return f"{_row(*titles)}\n|{'---|' * len(titles)}"


def _row(*cells: str) -> str:
    return "|" + "".join(f" {cell.replace('|', chr(92) + '|')} |" if cell else " |" for cell in cells)


def _text(docstring: str) -> str:
    """Return a docstring as Markdown, without the places of the specification it cites."""
    text = re.sub(r" \((?:specs/|DESIGN|STYLE)[^)]*\)", "", textwrap.dedent(docstring).strip()).replace("``", "`")
    return re.sub(r"(?<!\n)\n(?!\n| {4})", " ", text)


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
