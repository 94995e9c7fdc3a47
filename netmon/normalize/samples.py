"""Poll results as sample blocks: managed objects, labels, values, and what counters prove (specs/snmp.md 6.4, 6.5)."""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import msgspec

from netmon.domain.managed_object import part_path
from netmon.domain.observation import Block, PollResult
from netmon.domain.sample import Labels, SampleBlock, SampleKind
from netmon.domain.usage import Assignment, Pair, UsageSettings
from netmon.mib.names import MibView
from netmon.normalize.answering import answered
from netmon.normalize.derived import derived_block
from netmon.normalize.identity import NAMED_BY, Identity, scope_of
from netmon.normalize.octets import Octets
from netmon.normalize.restarts import Restarts
from netmon.rulebook.derive import Computed, compile_derived
from netmon.rulebook.kinds import Column, Profile, Table

USAGE_TABLE = "usage"
"""Name of the table of blocks that carry billed interfaces: one PDU per row (specs/usage.md section 1)."""

_KINDS: dict[str, SampleKind] = {"counter": "counter", "gauge": "gauge", "state": "state", "info": "info"}

_DIGITS = re.compile(rb"\s*([+-]?[0-9]{1,18})(\.[0-9]{1,18})?[\s\x00]*")

_NO_NAMES = MibView(())

Attributes = dict[str, dict[str, Any]]
"""Index to column name to value, over all blocks of one table in one run."""


class Read(msgspec.Struct):
    """What a finished run of a poll group says."""

    blocks: list[SampleBlock] = []
    pairs: list[Pair] = []
    renamed: list[tuple[str, str]] = []
    """(old object, new object): parts whose stable name became known."""
    absent: list[tuple[str, str]] = []
    """(metered series, reason): what could not be read."""


class Samples:
    """Gathers the parts of a run until the last, then makes sample blocks of them."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._tables: dict[tuple[str, str], Table] = {}
        self._columns: dict[tuple[str, str], dict[str, Column]] = {}
        self._derived: dict[tuple[str, str], tuple[Computed, ...]] = {}
        self._open: dict[tuple[str, str, str], list[Block]] = {}
        self._octets = Octets()
        self._restarts = Restarts()

    def configure(
        self,
        profiles: Iterable[Profile],
        assignments: Sequence[Assignment],
        settings: UsageSettings,
        surviving: Sequence[str] = (),
        *,
        names: MibView = _NO_NAMES,
    ) -> None:
        """Use these profiles and metered series from now on.

        Args:
            profiles: the tables.
            assignments: the metered series.
            settings: how usage is judged.
            surviving: see ``Octets.configure``.
            names: MIBs that give names in derived metrics their meaning.
        """
        self._tables = {(profile.name, table.name): table for profile in profiles for table in profile.tables}
        self._derived = {key: compile_derived(table, names) for key, table in self._tables.items() if table.derive}
        self._columns = {key: {column.name: column for column in table.columns} for key, table in self._tables.items()}
        self._octets.configure(assignments, settings, surviving)

    def read(self, seq: int, result: PollResult) -> Read:
        """Take one part of a run; the samples come with the last part, when all names are known."""
        key = (result.element, result.context, result.group)
        blocks = self._open.setdefault(key, [])
        blocks += result.blocks
        read = Read()
        if not result.last:
            return read
        del self._open[key]
        read.absent += self._octets.absent(result)
        by_table: dict[tuple[str, str], list[Block]] = {}
        for block in blocks:
            by_table.setdefault((block.profile, block.table), []).append(block)
        for place, of_table in by_table.items():
            if place[1] == USAGE_TABLE:
                read.pairs += self._octets.billed(result, of_table)
            elif place in self._tables:
                self._read_table(read, seq, result, self._tables[place], of_table)
        if not result.context:
            restarted = self._restarts.look(result.element, blocks)
            read.blocks.append(answered(seq, result, blocks, restarted=restarted))
        return read

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        self._octets.forget(element)
        self._restarts.forget(element)
        for key in [key for key in self._open if key[0] == element]:
            del self._open[key]

    def dump(self) -> list[Any]:
        """Return runs under way, the last uptime of every agent and the last counters of every series."""
        runs = [("run", key, tuple(blocks)) for key, blocks in sorted(self._open.items())]
        return [*runs, *self._restarts.dump(), *self._octets.dump()]

    def load_state(self, items: list[Any]) -> None:
        """Take back what ``dump`` gave."""
        runs = [item for item in items if item[0] == "run"]
        self._open = {tuple(key): msgspec.convert(blocks, list[Block]) for _, key, blocks in runs}
        self._restarts.load_state(item for item in items if item[0] == "agent")
        self._octets.load_state([item for item in items if item[0] not in ("run", "agent")])

    def _read_table(self, read: Read, seq: int, result: PollResult, table: Table, blocks: list[Block]) -> None:
        kind = table.object.partition(":")[0]
        if kind in NAMED_BY:
            scope = scope_of(result)
            for index, name in self._identity.learn(scope, kind, blocks, complete=result.complete):
                is_now = self._identity.kind(scope, kind, index)
                old = _part(result, kind, f"#{index}")
                read.renamed.append((old, _part(result, is_now, name)))
        attributes = _attributes(blocks)
        for block in blocks:
            sampled = self._sampled(seq, result, table, block, attributes)
            read.blocks.append(sampled)
            derived = self._octets.rates(sampled, block, result, attributes)
            if derived is not None:
                read.blocks.append(derived)
            computed = self._derived.get((block.profile, block.table))
            if computed and (more := derived_block(sampled, computed)) is not None:
                read.blocks.append(more)

    def _sampled(self, seq: int, result: PollResult, table: Table, block: Block, attributes: Attributes) -> SampleBlock:
        columns = self._columns[block.profile, block.table]
        known = [columns.get(name) for name in block.columns]
        half_trip_ms = (block.rtt_us + 1999) // 2000
        return SampleBlock(
            seq=seq,
            time=block.t,
            sent=block.t - half_trip_ms,
            element=result.element,
            table=block.table,
            names=block.columns,
            kinds=tuple(_kind(column) for column in known),
            units=tuple(column.unit if column else "" for column in known),
            oids=block.oids,
            objects=tuple(self._object(result, table, index, attributes) for index in block.index),
            labels=tuple(_labels(table, index, attributes, context=result.context) for index in block.index),
            index=block.index,
            columns=_preferred(table, block.columns, list(map(_values, known, block.cells))),
            interval_ms=result.interval_ms,
            context=result.context,
        )

    def _object(self, result: PollResult, table: Table, index: str, attributes: Attributes) -> str:
        if not table.object:
            return part_path(result.element, "context", result.context) if result.context else result.element
        kind, _, template = table.object.partition(":")
        if kind in NAMED_BY:
            scope = scope_of(result)
            name = self._identity.name(scope, kind, index) or f"#{index}"
            return _part(result, self._identity.kind(scope, kind, index), name)
        return _part(result, kind, _fill(template, index, attributes))


def _part(result: PollResult, kind: str, name: str) -> str:
    """Return the path of a part; of a further context its name begins with it: ``r1/bgp:vrf-a/192.0.2.9``."""
    return part_path(result.element, kind, f"{result.context}/{name}" if result.context else name)


def _attributes(blocks: list[Block]) -> Attributes:
    rows: Attributes = {}
    for block in blocks:
        for row, index in enumerate(block.index):
            of_row = rows.setdefault(index, {})
            for name, cells in zip(block.columns, block.cells, strict=True):
                if cells[row] is not None:
                    of_row[name] = cells[row]
    return rows


def _kind(column: Column | None) -> SampleKind:
    return _KINDS.get(column.kind, "text") if column is not None else "text"


def _labels(table: Table, index: str, attributes: Attributes, *, context: str) -> Labels:
    row = attributes[index]
    of_context = (("context", context),) if context else ()
    return of_context + tuple(
        (label, index if column == "index" else _text(row.get(column))) for label, column in table.labels
    )


def _values(column: Column | None, cells: tuple[Any, ...]) -> tuple[Any, ...]:
    if column is None or column.kind in ("text", "info"):
        return tuple(_printable(cell, kept="\t\n\r") if isinstance(cell, bytes) else cell for cell in cells)
    numbers = (cell if isinstance(cell, (int, float)) else _number(cell) for cell in cells)
    if column.scale != 1.0 and column.kind == "gauge":
        return tuple(None if number is None else _scaled(number, column.scale) for number in numbers)
    return tuple(numbers)


def _number(cell: Any) -> int | float | None:
    """Return the number that an agent wrote as text where the MIB wants a number."""
    digits = _DIGITS.fullmatch(cell) if isinstance(cell, bytes) else None
    if digits is None:
        return None
    return int(digits[1]) if digits[2] is None else float(digits[1] + digits[2])


def _preferred(table: Table, names: tuple[str, ...], columns: list[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    """Take out, row by row, what a better column of the same meaning tells, too: 32-bit counters beside 64-bit ones."""
    for group in table.prefer:
        places = [names.index(name) for name in group if name in names]
        for better, worse in combinations(places, 2):
            told = columns[better]
            columns[worse] = tuple(
                cell if known is None else None for known, cell in zip(told, columns[worse], strict=True)
            )
    return tuple(columns)


def _scaled(value: float, scale: float) -> float:
    # 4242 * 0.01 is not 42.42, 4242 / 100 is: one rounding instead of two.
    divisor = round(1 / scale)
    return value / divisor if divisor > 1 and 1 / divisor == scale else value * scale


def _fill(template: str, index: str, attributes: Attributes) -> str:
    row = attributes[index]
    name = template.strip("{}")
    return index if name == "index" else _text(row.get(name)) or f"#{index}"


def _text(value: Any) -> str:
    """A value in one line, for labels and names of objects."""
    if isinstance(value, bytes):
        return _printable(value)
    return "" if value is None else str(value)


def _printable(octets: bytes, *, kept: str = "") -> str:
    """Octets as text, control characters as blanks apart from those in ``kept``."""
    text = octets.decode("utf-8", "replace").rstrip("\x00")
    return text if text.isprintable() else "".join(c if c.isprintable() or c in kept else " " for c in text).strip()
