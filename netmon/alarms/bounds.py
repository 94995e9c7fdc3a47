"""Bounds that were reached: alarms of a rule, alarm keys, children of a parent (specs/rules.md 6, ``rule-limit``)."""

from collections.abc import Iterator

import msgspec

from netmon.alarms.ledger import ALARM_KEYS, Ledger
from netmon.alarms.shade import MOST_CHILDREN
from netmon.domain.observation import HealthRow


class FullItem(msgspec.Struct, frozen=True, array_like=True, tag="full"):
    """A rule, or all alarm keys, for which there was no room, and how many there were."""

    name: str
    count: int


class FullParentItem(msgspec.Struct, frozen=True, array_like=True, tag="full_parent"):
    """An alarm that had no room for another child, by its key and its id."""

    name: str
    alarm_id: str


def reports(ledger: Ledger) -> list[HealthRow]:
    """Return a report on each bound that was reached; once there is room again the last one, with 0."""
    rows: list[HealthRow] = []
    if not ledger.full and not ledger.family.full:
        return rows
    for name in sorted(ledger.full):
        part = "keys_full" if name == ALARM_KEYS else "rule_full"
        rows.append(HealthRow(name, part, ledger.full[name] if ledger.is_full(name) else 0))
    for name in sorted(ledger.family.full):
        size = ledger.family.size(ledger.family.full[name])
        rows.append(HealthRow(name, "children_full", size if size >= MOST_CHILDREN else 0))
    for row in rows:
        if not row.value:
            (ledger.family.full if row.part == "children_full" else ledger.full).pop(row.name)
    return rows


def items(ledger: Ledger) -> Iterator[FullItem | FullParentItem]:
    """Yield what a snapshot keeps of bounds."""
    for name in sorted(ledger.full):
        yield FullItem(name, ledger.full[name])
    for name in sorted(ledger.family.full):
        yield FullParentItem(name, ledger.family.full[name])


def load_item(ledger: Ledger, item: FullItem | FullParentItem) -> None:
    """Take back one item of a snapshot."""
    if isinstance(item, FullItem):
        ledger.full[item.name] = item.count
    else:
        ledger.family.full[item.name] = item.alarm_id
