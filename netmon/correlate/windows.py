"""What metrics were in the last while, for ``avg(value, '5m')``: windows ``(t-W, t]`` (specs/rules.md 8)."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

from netmon.domain.sample import SampleBlock
from netmon.rulebook.functions import number

MOST = 10_000
"""Entries of one window; the oldest goes out, counted as ``window_full``."""

EXPIRED_PER_TICK = 100
"""Objects of one metric."""

_SPANS_KEPT = 3
"""A sample that comes two intervals late is judged yet, and asks for what was a span before it."""
_CHUNK = 1_000

_Entry = tuple[int, int | float]
"""(time, value)."""


class Windows:
    """Samples by (metric, object), of the metrics of which rules ask so, for as long as the longest question."""

    def __init__(self) -> None:
        self._spans: dict[str, int] = {}
        self._entries: dict[str, dict[str, list[_Entry]]] = {}

    def use(self, spans: Sequence[tuple[str, int]], elements: frozenset[str]) -> None:
        """Keep these metrics from now on, each for so many ms, and of these elements only."""
        self._spans = dict(spans)
        self._entries = {
            name: {o: e for o, e in self._entries.get(name, {}).items() if o.partition("/")[0] in elements}
            for name in self._spans
        }

    def keep(self, block: SampleBlock, overflow: Callable[[str, int], None]) -> None:
        """Keep what a block has of these metrics; counters prove nothing by themselves."""
        if self._spans.keys().isdisjoint(block.names):
            return
        for name, kind, column in zip(block.names, block.kinds, block.columns, strict=True):
            if name in self._spans and kind != "counter":
                for object_, value in zip(block.objects, column, strict=True):
                    if number(value):
                        self._add(name, object_, (block.time, value), partial(overflow, name, block.seq))

    def expire(self, now: int) -> None:
        """Forget objects that are measured no more, some of each metric."""
        for name, objects in self._entries.items():
            before = now - self._spans[name] * _SPANS_KEPT
            for object_ in list(islice(objects, EXPIRED_PER_TICK)):
                if objects[object_][-1][0] > before:
                    break
                del objects[object_]

    def values(self, name: str, span_ms: int, object_: str, at: int) -> list[int | float]:
        """Return what a metric of an object was in the window that ends now, oldest first."""
        entries = self._entries.get(name, {}).get(object_, [])
        first = bisect_right(entries, at - span_ms, key=_time)
        return [value for time, value in entries[first:] if time <= at]

    def dump(self) -> Iterator[list[Any]]:
        """Yield all entries in parts of a size that suits a snapshot."""
        for name, objects in self._entries.items():
            for object_, entries in objects.items():
                for first in range(0, len(entries), _CHUNK):
                    yield [name, object_, [list(entry) for entry in entries[first : first + _CHUNK]]]

    def load_item(self, item: list[Any]) -> None:
        """Take back a part; of a metric that no rule asks for any more it is forgotten."""
        name, object_, chunk = item
        if name in self._spans:
            self._entries[name].setdefault(object_, []).extend((time, value) for time, value in chunk)

    def _add(self, name: str, object_: str, entry: _Entry, overflow: Callable[[], None]) -> None:
        objects = self._entries[name]
        # Put last: who was silent for the longest comes first.
        entries = objects[object_] = objects.pop(object_, [])
        insort(entries, entry, key=_time)
        gone = bisect_right(entries, entries[-1][0] - self._spans[name], key=_time)
        if len(entries) - gone > MOST:
            overflow()
            gone += 1
        del entries[:gone]


def _time(entry: _Entry) -> int:
    return entry[0]
