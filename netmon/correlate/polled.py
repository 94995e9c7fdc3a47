"""The newest polled values that expressions ask for with ``polled(NAME)`` (specs/rules.md section 8)."""

from collections.abc import Iterator
from typing import Any

from netmon.domain.sample import SampleBlock, SampleKind
from netmon.rulebook.stale import Stale

_BLOCKS = 10_000
_STALE = Stale()

_Value = tuple[Any, int, int]
"""(value, time, interval)."""


class Polled:
    """Newest value by (name, object), of the names that some rule uses."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, _Value]] = {}
        self._columns: dict[tuple[tuple[str, ...], tuple[SampleKind, ...]], tuple[int, ...]] = {}

    def use(self, names: tuple[str, ...], elements: frozenset[str]) -> None:
        """Keep the values of these names from now on, and of these elements only."""
        self._columns = {}
        self._values = {
            name: {o: v for o, v in self._values.get(name, {}).items() if o.partition("/")[0] in elements}
            for name in names
        }

    def keep(self, block: SampleBlock) -> None:
        """Keep the cells of a block that expressions ask for, except where a newer one is known."""
        for column in self._kept(block):
            values = self._values[block.names[column]]
            for object_, value in zip(block.objects, block.columns[column], strict=True):
                known = values.get(object_)
                if value is not None and (known is None or known[1] <= block.time):
                    values[object_] = (value, block.time, block.interval_ms)

    def value(self, name: str, object_: str, at: int, stale: Stale = _STALE) -> Any:
        """Return the newest value of ``name`` at an object; None if there is none or it is older than ``stale``."""
        known = self._values.get(name, {}).get(object_)
        if known is None or at - known[1] > stale.ms(known[2]):
            return None
        return known[0]

    def dump(self) -> Iterator[list[Any]]:
        """Yield every value."""
        for name, values in self._values.items():
            for object_, value in values.items():
                yield [name, object_, *value]

    def load_item(self, item: list[Any]) -> None:
        """Take back one value; one whose name no rule uses any more is forgotten."""
        name, object_, value, time, interval = item
        if name in self._values:
            self._values[name][object_] = (value, time, interval)

    def _kept(self, block: SampleBlock) -> tuple[int, ...]:
        """Return which columns of a block to keep; counters prove nothing by themselves. It is found out once."""
        known = self._columns.get((block.names, block.kinds))
        if known is not None:
            return known
        if len(self._columns) >= _BLOCKS:
            self._columns.clear()
        found = self._columns[block.names, block.kinds] = tuple(
            column
            for column, name in enumerate(block.names)
            if name in self._values and block.kinds[column] != "counter"
        )
        return found
