"""``usage.*``: records, percentiles and availability against exact answers."""

import json
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import msgspec

from netmon.outputs.usage.recompute import recompute
from netmon.usage.availability import Stretch, availability
from netmon.usage.percentile import percentile
from netmon.usage.periods import parse_utc
from netmon.usage.recompute import RecomputeConfig
from netmon.usage.record_line import canonical
from tests.field.folder import Row, read_object
from tests.field.sheet import Sheet

_WRONG = (ValueError, KeyError, TypeError, msgspec.ValidationError)
"""What a case that netmon cannot take raises; it does not pass then."""


def score_usage(file: Path, sheet: Sheet) -> None:
    """Count every case of the vectors."""
    vectors = read_object(file)
    for part, score, answer in _PARTS:
        for case in vectors.get(part) or ():
            try:
                wanted, had = answer(case)
            except _WRONG as error:
                wanted, had = None, f"{type(error).__name__}: {error}"
            sheet.row(score, wanted == had, row=case.get("id"), wanted=wanted, had=had)


def _usage(case: Row) -> tuple[Any, Any]:
    config = msgspec.convert({**case["config"], "period": case["period"]}, RecomputeConfig)
    [found] = recompute(config, [json.dumps(sample).encode() for sample in case["samples"]])
    had = {
        "expected_records": _like(case["expected_records"], found.records),
        "expected_notes": _like(case["expected_notes"], found.notes),
        "expected_pairs": _like(case["expected_pairs"], found.pairs),
    }
    return {name: case[name] for name in had}, had


def _like(wanted: list[Row], found: tuple[Row, ...]) -> list[Row]:
    """Return what was found, without the keys that no wanted item has: those are not in question."""
    keys = {key for item in wanted for key in item}
    plain: list[Row] = json.loads(canonical(list(found)))
    return [{key: value for key, value in item.items() if key in keys or not keys} for item in plain]


def _percentile(case: Row) -> tuple[Any, Any]:
    rates = case["rates_bps"]
    if isinstance(rates, dict):
        rates = list(chain.from_iterable(repeat(value, count) for count, value in rates["run_length"]))
    return case["expected_bps"], percentile(rates, **case["args"])


def _outage(case: Row) -> tuple[Any, Any]:
    start, end = map(parse_utc, case["period"])
    alarms, planned, blind = (_stretches(case[name]) for name in ("alarms", "planned", "blind"))
    had = availability(start, end, alarms=alarms, planned=planned, blind=blind)
    return case["expected"], msgspec.to_builtins(had)


def _stretches(texts: list[list[str | None]]) -> list[Stretch]:
    return [(parse_utc(since or ""), None if until is None else parse_utc(until)) for since, until in texts]


_PARTS: tuple[tuple[str, str, Callable[[Row], tuple[Any, Any]]], ...] = (
    ("usage", "usage.vectors", _usage),
    ("percentile", "usage.percentile", _percentile),
    ("outage", "usage.outage", _outage),
)
