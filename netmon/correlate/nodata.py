"""Samples that stop: ``nodata: clear`` or ``raise`` (specs/rules.md 5).

While an element does not answer nobody knows anything new of it: its alarms keep their state.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from netmon.correlate.edges import add_clear, add_raise
from netmon.correlate.operator import Wake
from netmon.correlate.situation import Situation
from netmon.domain.alarm import AlarmKey
from netmon.domain.duration import in_words
from netmon.domain.managed_object import element_of
from netmon.domain.sample import SampleBlock
from netmon.rulebook.kinds import Rule

MOST = 100_000
"""Objects of one rule; the one that was silent for the longest is forgotten first, counted as ``window_full``."""
ITEM = "seen"
"""Begins an item of a snapshot."""
NO_DATA = "no_data"


class Seen(msgspec.Struct, frozen=True):
    """The last sample of an object."""

    at: int
    stale_ms: int
    """After this time it says nothing any more."""

    @property
    def ends(self) -> int:
        """When that is."""
        return self.at + self.stale_ms


class Silence:
    """When each object of one rule was last measured."""

    def __init__(self, rule: Rule, wake: Wake) -> None:
        self._rule = rule
        self._wake = wake
        self._seen: dict[AlarmKey, Seen] = {}

    def heard(self, key: AlarmKey, block: SampleBlock, situation: Situation) -> None:
        """Take that an object was measured."""
        known = self._seen.pop(key, None)
        at = block.time if known is None else max(known.at, block.time)
        self._seen[key] = now = Seen(at, self._rule.stale.ms(block.interval_ms))
        if known is None or now.ends < known.ends:
            self._wake(now.ends, key)
        if len(self._seen) > MOST:
            situation.overflow(self._rule.id, block.seq)
            del self._seen[next(iter(self._seen))]

    def is_due(self, due: int, key: AlarmKey) -> bool:
        """Tell whether an object is to be judged; one that was measured since is woken for anew."""
        seen = self._seen.get(key)
        if seen is not None and due < seen.ends:
            self._wake(seen.ends, key)
        return seen is not None and due == seen.ends

    def is_over(self, key: AlarmKey, situation: Situation) -> bool:
        """Tell whether nothing was measured for too long, and add what follows from that."""
        seen, element = self._seen.get(key), element_of(key[0])
        if seen is None:
            return False
        if seen.ends <= situation.time and situation.is_silent(element):
            self._seen[key] = seen = Seen(situation.time, seen.stale_ms)
        if seen.ends > situation.time:
            self._wake(seen.ends, key)
            return False
        del self._seen[key]
        if situation.knows(element):
            self._say(key, seen, situation)
        return True

    def after_gap(self, gap_ms: int) -> None:
        """Put all off by the time in which netmon saw nothing."""
        self._seen = {key: Seen(seen.at + gap_ms, seen.stale_ms) for key, seen in self._seen.items()}

    def dump(self) -> Iterator[list[Any]]:
        """Yield when each object was last measured."""
        for key, seen in self._seen.items():
            yield [ITEM, 0, *key, seen.at, seen.stale_ms]

    def load_item(self, key: AlarmKey, at: int, stale_ms: int) -> None:
        """Take that back."""
        self._seen[key] = seen = Seen(at, stale_ms)
        self._wake(seen.ends, key)

    def _say(self, key: AlarmKey, seen: Seen, situation: Situation) -> None:
        standing = situation.states.standing(key)
        order = (situation.time, situation.seq)
        stands = standing is not None and (standing.active or standing.pending)
        told = f"no sample for {in_words(seen.stale_ms)}"
        if self._rule.nodata == "clear" and stands:
            add_clear(situation, self._rule, key=key, order=order, condition=0, for_ms=0, reason=NO_DATA, told=told)
        elif self._rule.nodata == "raise" and (standing is None or not standing.active):
            managed = situation.idle(key[0])
            add_raise(situation, self._rule, managed, key=key, order=order, condition=0, for_ms=0, told=told)


def silence_of(rule: Rule, wake: Wake) -> Silence | None:
    """Return what watches for samples that stop; None where the rule does not ask."""
    return Silence(rule, wake) if rule.nodata != "keep" else None
