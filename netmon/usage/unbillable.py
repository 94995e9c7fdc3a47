"""Which metered series cannot be billed, and why: told before an interval is lost (specs/usage.md section 10)."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from netmon.domain.inventory import Element
from netmon.domain.observation import UNBILLABLE_PART, HealthRow
from netmon.domain.usage import Assignment, Pair
from netmon.usage.wraps import too_seldom

REST_MS = 900_000
"""So long must the counters of a series be beyond doubt before they are taken for good."""

_ABSENT = {
    "series_missing": "{element} has no port {name}",
    "series_ambiguous": "{element} has several ports {name}",
    "not_polled": "{element} has no credential in the inventory, so it is not polled",
}


class Unbillable:
    """Who is charged for each series, as the rules say, and the counters that gave reason to doubt lately."""

    def __init__(self) -> None:
        self._assigned: dict[str, list[Assignment]] = {}
        self._silent: frozenset[str] = frozenset()
        self._doubted: dict[str, int] = {}
        """Series to when its counters were doubted last."""

    def configure(
        self, assignments: Iterable[Assignment], elements: Collection[Element], *, now: int
    ) -> list[HealthRow]:
        """Take the metered series; return reports on those of elements that are not polled, and on those that left."""
        before, self._assigned = self._assigned, {}
        for item in assignments:
            self._assigned.setdefault(item.series, []).append(item)
        self._doubted = {series: at for series, at in self._doubted.items() if series in self._assigned}
        unpolled = {element.id for element in elements if not element.credential}
        silent = [series for series, items in self._assigned.items() if items[0].element in unpolled]
        good = sorted((before.keys() - self._assigned.keys()) | (self._silent - set(silent)))
        self._silent = frozenset(silent)
        reports = [self._report(series, "not_polled", _ABSENT["not_polled"], now) for series in silent]
        return [*(_good(series) for series in good), *reports]

    def polled(self, absent: Iterable[tuple[str, str]], present: Iterable[str], *, now: int) -> Iterator[HealthRow]:
        """Yield a report on each series of a run: (series, reason) of what it could not find, and what it read."""
        for series, reason in absent:
            yield self._report(series, reason, _ABSENT[reason], now)
        for series in present:
            if now - self._doubted.get(series, -REST_MS) >= REST_MS:
                self._doubted.pop(series, None)
                yield _good(series)

    def judged(self, pairs: Iterable[Pair], *, now: int) -> Iterator[HealthRow]:
        """Yield a report on each pair whose octets are left out because the counters cannot be right."""
        for pair in pairs:
            why = _DOUBTS.get(pair.reason)
            if why is not None and not pair.withdrawn:
                self._doubted[pair.series] = now
                told = self._too_seldom(pair) or f"{why(pair)} ({pair.reason})"
                yield self._report(pair.series, pair.reason, told, now)

    def _too_seldom(self, pair: Pair) -> str:
        """Return why no pair of a series can count, where it is read too seldom for its counters; else empty."""
        speed = max(pair.a.speed_bps, pair.b.speed_bps)
        if pair.reason != "wrap_ambiguous" or not speed:
            return ""
        return too_seldom(speed, min((item.poll_ms for item in self._assigned.get(pair.series, ())), default=0))

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        return sorted(self._doubted.items())

    def load_state(self, items: Iterable[tuple[str, int]]) -> None:
        """Take back what ``dump`` gave."""
        self._doubted = dict(items)

    def _report(self, series: str, reason: str, about: str, now: int) -> HealthRow:
        owed = [item for item in self._assigned.get(series, ()) if _is_owed(item, now)]
        if not owed:
            return _good(series)
        about = about.replace("{element}", owed[0].element).replace("{name}", _called(owed[0]))
        return HealthRow(series, UNBILLABLE_PART, _NUMBERS[reason], f"{about}; {_asked_by(owed)}")


def _called(item: Assignment) -> str:
    """Return how a port is found: by its name or by its description."""
    what, _, name = item.series.partition("|")[2].partition(":")
    return f'described "{unquote(name)}"' if what == "ifAlias" else f"named {item.name}"


def _good(series: str) -> HealthRow:
    return HealthRow(series, UNBILLABLE_PART, 0)


def _is_owed(item: Assignment, now: int) -> bool:
    """Tell whether usage is owed now or later: that it cannot be measured is told ahead."""
    return item.valid_to is None or now < item.valid_to


def _asked_by(items: Iterable[Assignment]) -> str:
    """Return which rules meter a series, and for which services."""
    told = (f"metered by {item.rule}" + (f" for {item.service}" if item.service else "") for item in items)
    return ", ".join(dict.fromkeys(told))


def _too_fast(pair: Pair) -> str:
    assert pair.quarantined is not None
    direction, octets, _ = pair.quarantined
    speed = max(pair.a.speed_bps, pair.b.speed_bps)
    return f"{octets:,} octets {direction}ward within {_span(pair)} are more than {speed:,} bit/s carry"


def _wrapped(pair: Pair) -> str:
    speed = max(pair.a.speed_bps, pair.b.speed_bps)
    at = f"at {speed:,} bit/s" if speed else "at an unknown speed"
    return f"32-bit counters {at} may have wrapped more than once in {_span(pair)}"


def _went_back(pair: Pair) -> str:
    return f"64-bit counters went back within {_span(pair)}"


def _span(pair: Pair) -> str:
    return f"{(pair.b.t - pair.a.t + 500) // 1000} s"


_DOUBTS: dict[str, Callable[[Pair], str]] = {
    "implausible_rate": _too_fast,
    "wrap_ambiguous": _wrapped,
    "counter_regress": _went_back,
}
_NUMBERS = {reason: number for number, reason in enumerate((*_ABSENT, *_DOUBTS), start=1)}
REASONS = {number: reason for reason, number in _NUMBERS.items()}
"""Reasons by the number that a report has."""
