"""How often an action may come: a token bucket per rule and action, and how many it kept back."""

from collections.abc import Collection, Iterator

import msgspec
from msgspec.structs import replace

from netmon.domain.manner import Action


class Throttle(msgspec.Struct, array_like=True, tag="throttle"):
    """Of one action of one rule; changed in place."""

    rule: str
    number: int
    """Of the action in the rule."""
    tokens: int = -1
    """In parts, so that they stay whole numbers; -1: it was never asked."""
    at: int = 0
    written: int = 0
    kept_back: int = 0

    def take(self, action: Action, now: int) -> bool:
        """Tell whether an action may come now, and count it."""
        if not action.rate:
            return True
        full = action.rate * action.per_ms
        grown = full if self.tokens < 0 else self.tokens + (now - self.at) * action.rate
        self.tokens, self.at = min(full, grown), now
        if self.tokens < action.per_ms:
            self.kept_back += 1
            return False
        self.tokens -= action.per_ms
        return True


class Throttles:
    """Of all actions."""

    def __init__(self) -> None:
        self.wanted = False
        """Whether any rule has actions."""
        self._known: dict[tuple[str, int], Throttle] = {}

    def of(self, rule: str, number: int) -> Throttle:
        """Return what keeps an action of a rule from coming too often."""
        return self._known.setdefault((rule, number), Throttle(rule, number))

    def use(self, rules: Collection[str], *, wanted: bool) -> None:
        """Take new rules; those of rules that are gone are forgotten."""
        self.wanted = wanted
        self._known = {key: one for key, one in self._known.items() if key[0] in rules}

    def counts(self) -> dict[str, int]:
        """Return how many actions were written, and how many were kept back."""
        known = self._known.values()
        return {"written": sum(one.written for one in known), "throttled": sum(one.kept_back for one in known)}

    def kept_back(self) -> dict[tuple[str, int], int]:
        """Return how often each action was kept back."""
        return {key: one.kept_back for key, one in self._known.items()}

    def dump(self) -> Iterator[Throttle]:
        """Yield a copy of each, in order."""
        for key in sorted(self._known):
            yield replace(self._known[key])

    def load_item(self, item: Throttle) -> None:
        """Take one back."""
        self._known[item.rule, item.number] = item
