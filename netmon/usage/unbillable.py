"""Which metered series cannot be billed, and why: told before an interval is lost (specs/usage.md section 10)."""

from collections.abc import Collection, Iterable, Iterator

from netmon.domain.inventory import Element
from netmon.domain.observation import UNBILLABLE_PART, HealthRow
from netmon.domain.usage import Assignment

_REASONS = {
    "series_missing": "{element} has no port named {name}",
    "series_ambiguous": "{element} has several ports named {name}",
    "not_polled": "{element} has no credential in the inventory, so it is not polled",
}
_NUMBERS = {reason: number for number, reason in enumerate(_REASONS, start=1)}


class Unbillable:
    """Who is charged for each series, as the rules say: all else is told by the reports of before."""

    def __init__(self) -> None:
        self._assigned: dict[str, list[Assignment]] = {}
        self._silent: frozenset[str] = frozenset()

    def configure(
        self, assignments: Iterable[Assignment], elements: Collection[Element], *, now: int
    ) -> list[HealthRow]:
        """Take the metered series; return reports on those of elements that are not polled, and on those that left."""
        before, self._assigned = self._assigned, {}
        for item in assignments:
            self._assigned.setdefault(item.series, []).append(item)
        unpolled = {element.id for element in elements if not element.credential}
        silent = [series for series, items in self._assigned.items() if items[0].element in unpolled]
        good = sorted((before.keys() - self._assigned.keys()) | (self._silent - set(silent)))
        self._silent = frozenset(silent)
        return [*(HealthRow(series, UNBILLABLE_PART, 0) for series in good), *self._told(silent, "not_polled", now)]

    def polled(self, absent: Iterable[tuple[str, str]], present: Iterable[str], *, now: int) -> Iterator[HealthRow]:
        """Yield a report on each series of a run: (series, reason) of what it could not find, and what it read."""
        for series, reason in absent:
            yield from self._told([series], reason, now)
        for series in present:
            yield HealthRow(series, UNBILLABLE_PART, 0)

    def _told(self, series: Iterable[str], reason: str, now: int) -> Iterator[HealthRow]:
        for one in series:
            owed = [item for item in self._assigned.get(one, ()) if _is_owed(item, now)]
            about = _REASONS[reason].format(element=owed[0].element, name=owed[0].name) if owed else ""
            number = _NUMBERS[reason] if owed else 0
            yield HealthRow(one, UNBILLABLE_PART, number, f"{about} ({_asked_by(owed)})" if owed else "")


def _is_owed(item: Assignment, now: int) -> bool:
    """Tell whether usage is owed now or later: that it cannot be measured is told ahead."""
    return item.valid_to is None or now < item.valid_to


def _asked_by(items: Iterable[Assignment]) -> str:
    """Return which rules meter a series, and for which services."""
    told = (f"metered by {item.rule}" + (f" for {item.service}" if item.service else "") for item in items)
    return ", ".join(dict.fromkeys(told))
