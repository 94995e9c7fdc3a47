"""``profiles.snmp_exporter``: the metrics of an snmp.yml that netmon reads as the exporter does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from netmon.config.exporter import read_module_file
from netmon.rulebook.exporter import ExporterMetric
from tests.field.sheet import Sheet, progress

SCORE = "profiles.snmp_exporter"


def score_exporter(file: Path, sheet: Sheet) -> None:
    """Count each metric of each module that is read without a problem and accounted for with every key."""
    if not file.is_file():
        return
    progress("snmp.yml")
    try:
        modules = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)["modules"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        progress(f"{file}: {error}")
        return
    found = read_module_file(file)
    for problem in found.problems:
        progress(str(problem))
    for name, source in modules.items():
        read = found.modules.get(name)
        for at, metric in enumerate(source.get("metrics") or ()):
            account = account_of(read.metrics[at]) if read is not None else None
            passed = account == _plain(metric)
            sheet.row(SCORE, passed, module=name, row=metric.get("name"), had=account or "not read")


def account_of(metric: ExporterMetric) -> Any:
    """Return all that netmon knows of a metric but its help; what it was not told has no key."""
    return _plain(msgspec.to_builtins(metric))


def _plain(value: Any) -> Any:
    """Return lists, mappings and values in one form: empty ones say as little as missing ones."""
    if isinstance(value, Mapping):
        kept = {key: _plain(one) for key, one in value.items() if key != "help"}
        return {key: one for key, one in kept.items() if one not in ([], {}, None)}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
