"""What became of inputs and edges, by rule (specs/rules.md 4.5): told as metrics, it decides nothing."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

CONDITION_FALSE = "condition_false"


class Outcomes:
    """How often there was each outcome."""

    def __init__(self) -> None:
        self.by_rule: dict[tuple[str, str], int] = {}
        """By (rule, outcome); a rule without a name stands for what is of no rule alone."""

    def count(self, outcome: str, rule: str = "") -> None:
        """Count one."""
        key = (rule, outcome)
        self.by_rule[key] = self.by_rule.get(key, 0) + 1

    def totals(self) -> dict[str, int]:
        """Return how often there was each outcome; an event that is false to several rules is one."""
        totals = Counter[str]()
        for (rule, outcome), count in self.by_rule.items():
            if not rule or outcome != CONDITION_FALSE:
                totals[outcome] += count
        return dict(totals)

    def forget(self, rules: Collection[str]) -> None:
        """Add what became of the inputs of rules that are gone to what is of no rule alone."""
        gone = [(key, count) for key, count in self.by_rule.items() if key[0] in rules]
        for key, count in gone:
            del self.by_rule[key]
            if key[1] != CONDITION_FALSE:
                self.by_rule["", key[1]] = self.by_rule.get(("", key[1]), 0) + count

    def dump(self) -> list[tuple[str, str, int]]:
        """Return all as small items, in order."""
        return [(outcome, rule, count) for (rule, outcome), count in sorted(self.by_rule.items())]

    def load_state(self, items: Iterable[list[Any]]) -> None:
        """Take back what ``dump`` gave."""
        for outcome, *rule, count in items:
            # A snapshot of a release that did not count by rule names none.
            self.by_rule["".join(rule), outcome] = count
