"""Reads ``snmp.yml`` of prometheus snmp_exporter: every mistake with its place, in one pass (specs/snmp.md 6.2)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from netmon.domain.decode import Invalid, decode
from netmon.domain.place import Document, Path, Problem, path_text, suggestion
from netmon.rulebook.exporter import ExporterMetric, ExporterModule, Filter, Lookup, RegexExtract
from netmon.rulebook.pattern import PatternError, compile_extract, compile_search
from netmon.rulebook.replacement import group_names

_OLD = (
    "no file of snmp_exporter 0.23 or newer: there 'auths' and 'modules' stand apart"
    " (https://github.com/prometheus/snmp_exporter/blob/main/auth-split-migration.md)"
)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole file; the auths are read by whoever keeps secrets."""

    auths: dict[str, Any] = {}
    modules: dict[str, ExporterModule] = {}
    version: int = 0


class Modules(msgspec.Struct, frozen=True):
    """The modules of a file that are right, and all that is wrong with it."""

    modules: dict[str, ExporterModule]
    problems: tuple[Problem, ...]


def read_modules(document: Document) -> Modules:
    """Return the modules of a file."""
    data = document.data
    if isinstance(data, dict) and data and not {"auths", "modules"} & data.keys():
        return Modules({}, (Problem(document.place(()), _OLD),))
    problems: list[Problem] = []
    modules: Mapping[str, ExporterModule] = {}
    if data is not None:
        try:
            modules = decode(_File, document).modules
        except Invalid as invalid:
            problems += invalid.problems
            modules = invalid.partial.modules if invalid.partial is not None else {}
    whole = {name: one for name, one in modules.items() if _is_whole(document, name, one)}
    for name, module in whole.items():
        for path, message in _problems(module, ("modules", name)):
            problems.append(Problem(document.place(path), f"{path_text(path)}: {message}"))
    return Modules(dict(whole), tuple(sorted(problems)))


def _is_whole(document: Document, name: str, module: ExporterModule) -> bool:
    """Tell whether every metric could be read: in a list with holes positions would be wrong."""
    given = (document.data["modules"][name] or {}).get("metrics")
    return given is None or (isinstance(given, list) and len(given) == len(module.metrics))


def _problems(module: ExporterModule, path: Path) -> Iterator[tuple[Path, str]]:
    for at, metric in enumerate(module.metrics):
        yield from _of_metric(metric, (*path, "metrics", at))
    for at, one in enumerate(module.filters):
        yield from _of_filter(one, (*path, "filters", at))


def _of_metric(metric: ExporterMetric, path: Path) -> Iterator[tuple[Path, str]]:
    known = [index.labelname for index in metric.indexes]
    for at, lookup in enumerate(metric.lookups):
        yield from _of_lookup(lookup, (*path, "lookups", at), known)
        known.append(lookup.labelname)
    for suffix, extracts in metric.regex_extracts.items():
        for at, extract in enumerate(extracts):
            yield from _of_extract(extract, (*path, "regex_extracts", suffix, at))
    if metric.type == "ParseDateAndTime" and (message := _wrong_pattern(metric.datetime_pattern)):
        yield (*path, "datetime_pattern"), message


def _of_lookup(lookup: Lookup, path: Path, known: list[str]) -> Iterator[tuple[Path, str]]:
    for at, label in enumerate(lookup.labels):
        if label not in known:
            near = suggestion(label, known)
            yield (*path, "labels", at), f'"{label}" is no index and no lookup before this one{near}'
    if lookup.labels and not lookup.oid:
        yield path, "a lookup by labels needs an oid"


def _of_extract(extract: RegexExtract, path: Path) -> Iterator[tuple[Path, str]]:
    try:
        groups = compile_extract(extract.regex).groups
    except PatternError as error:
        yield (*path, "regex"), str(error)
        return
    for name in group_names(extract.value):
        if not name.isdecimal() or int(name) > groups:
            yield (*path, "value"), f"${name} is no group of the regular expression, which has {groups}"


def _of_filter(one: Filter, path: Path) -> Iterator[tuple[Path, str]]:
    for at, value in enumerate(one.values):
        if message := _failure(compile_search, value):
            yield (*path, "values", at), message


def _failure(make: Callable[[str], object], text: str) -> str:
    try:
        make(text)
    except PatternError as error:
        return str(error)
    return ""


def _wrong_pattern(pattern: str) -> str:
    """Say what is wrong with a pattern of a date."""
    if not pattern:
        return "missing (such as '%Y-%m-%d %H:%M:%S')"
    try:
        datetime.strptime("", pattern)  # noqa: DTZ007
    except ValueError as error:
        # The other message of strptime is that "" does not match, which it should not.
        if "does not match" not in str(error):
            return f"'{pattern}' is no pattern of a date: {error}"
    return ""
