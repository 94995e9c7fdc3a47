"""Poll results as sample blocks: managed objects, labels, values, and what counters prove (specs/snmp.md 6.4, 6.5)."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import msgspec

from netmon.domain.managed_object import part_path
from netmon.domain.observation import Block, InventoryChange, PollResult
from netmon.domain.sample import Labels, SampleBlock
from netmon.domain.usage import Assignment, Pair, UsageSettings
from netmon.mib.names import MibView
from netmon.normalize.answering import answered
from netmon.normalize.derived import Columns, derived_block
from netmon.normalize.exporter.samples import ModuleSamples
from netmon.normalize.growth import Growth
from netmon.normalize.heads import Heads
from netmon.normalize.held import Held
from netmon.normalize.identity import NAMED_BY, Identity, scope_of
from netmon.normalize.learning import Learned, Learning, part_of
from netmon.normalize.octets import Octets
from netmon.normalize.restarts import Restarts
from netmon.normalize.table_rows import Found, Row, TableRows, attributes
from netmon.normalize.values import values
from netmon.rulebook.derive import Computed, compile_derived
from netmon.rulebook.exporter_profile import recorded
from netmon.rulebook.profile_values import Profile, Table
from netmon.rulebook.resolve import rate_of

_BRACES = re.compile(r"\{([^{}]*)\}")

USAGE_TABLE = "usage"
"""Name of the table of blocks that carry billed interfaces: one PDU per row (specs/usage.md section 1)."""

_NO_NAMES = MibView(())

Attributes = Mapping[str, Row]


class Read(msgspec.Struct):
    """What a finished run of a poll group says."""

    blocks: list[SampleBlock] = []
    pairs: list[Pair] = []
    renamed: list[tuple[str, str]] = []
    """(old object, new object): parts whose stable name became known."""
    absent: list[tuple[str, str]] = []
    """(metered series, reason): what could not be read."""
    present: list[str] = []
    """Metered series that were read."""
    whole: list[Block] = []
    """Everything that the run brought."""
    changes: list[InventoryChange] = []
    """Parts that are called otherwise now, or are gone."""
    parts: bool = False
    """The element has other parts than were known, or calls them otherwise."""
    hardware: list[str] = []
    """Parts that are the same by name only."""
    restarted: bool = False
    """The agent has started anew since the run before."""
    dropped: Counter[str] = msgspec.field(default_factory=Counter)
    """Cells of modules of snmp_exporter that gave no series, by reason."""

    def learned(self, learned: Learned) -> None:
        """Add what a table says of names."""
        self.renamed += learned.renamed
        self.changes += learned.changes
        self.hardware += learned.hardware
        self.parts |= learned.parts


class Samples:
    """Gathers the parts of a run until the last, then makes sample blocks of them."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._tables: dict[tuple[str, str], Table] = {}
        self._heads = Heads()
        self._derived: dict[tuple[str, str], tuple[Computed, ...]] = {}
        self._names = _NO_NAMES
        self._rows: dict[tuple[str, str], TableRows] = {}
        self._modules: dict[str, ModuleSamples] = {}
        self._open: dict[tuple[str, str, str], list[Block]] = {}
        self._octets = Octets()
        self._growth = Growth()
        self._restarts = Restarts()
        self._learning = Learning(identity)
        self._held = Held(identity, self._part)

    def configure(self, profiles: Collection[Profile], names: MibView = _NO_NAMES) -> None:
        """Use the tables of these profiles from now on; ``names`` give those in derived metrics their meaning."""
        self._tables = {(profile.name, table.name): table for profile in profiles for table in profile.tables}
        self._derived, self._names = {}, names
        self._rows = {key: TableRows(table) for key, table in self._tables.items()}
        self._heads = Heads(profiles)
        self._modules = {one.name: ModuleSamples(recorded(one.module)) for one in profiles if one.module}

    def meter(self, assignments: Sequence[Assignment], settings: UsageSettings, surviving: Sequence[str] = ()) -> None:
        """Meter these series from now on; ``surviving``: see ``Octets.configure``."""
        self._octets.configure(assignments, settings, surviving)

    def read(self, seq: int, result: PollResult) -> Read:
        """Take one part of a run; the samples come with the last part, when all names are known."""
        key = (result.element, result.context, result.group)
        blocks = self._open.setdefault(key, [])
        blocks += result.blocks
        read = Read()
        if not result.last:
            return read
        read.whole = self._open.pop(key)
        read.absent += self._octets.absent(result)
        restarted = self._restarts.look(result.element, blocks) if not result.context else None
        if restarted:
            read.restarted = True
            self._held.restarted(scope_of(result))
        for name, of_module in self._of_modules(blocks).items():
            made, dropped = self._modules[name].read(seq, result, of_module, self._identity)
            read.blocks += made
            read.dropped.update(dropped)
        self._read_tables(read, seq, result, blocks)
        if not result.context:
            read.blocks.append(answered(seq, result, blocks, restarted=restarted))
        return read

    def _read_tables(self, read: Read, seq: int, result: PollResult, blocks: list[Block]) -> None:
        found = Found(blocks)
        by_table: dict[tuple[str, str], list[Block]] = {}
        for block in blocks:
            by_table.setdefault((block.profile, block.table), []).append(block)
        for place, of_table in by_table.items():
            if place[1] == USAGE_TABLE:
                billed = self._octets.billed(result, of_table)
                read.pairs += billed.pairs
                read.present += billed.series
            elif place in self._tables and place[0] not in self._modules:
                self._read_table(read, seq, result, place, of_table, found)
        read.learned(self._learning.missing(result, (table for _, table in by_table)))
        for waited in self._held.ready(result, read.dropped):
            of_then = msgspec.structs.replace(result, interval_ms=waited.interval_ms)
            if waited.place in self._tables:
                self._sample(read, seq, of_then, waited.place, [waited.block], found)

    def _of_modules(self, blocks: Iterable[Block]) -> dict[str, list[Block]]:
        found: dict[str, list[Block]] = {}
        for block in blocks:
            if block.profile in self._modules:
                found.setdefault(block.profile, []).append(block)
        return found

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        self._octets.forget(element)
        self._growth.forget(element)
        self._restarts.forget(element)
        self._learning.forget(element)
        self._held.forget(element)
        for key in [key for key in self._open if key[0] == element]:
            del self._open[key]

    def dump(self) -> list[Any]:
        """Return runs under way, the last uptime of every agent and the last counters of every series."""
        runs = [("run", key, tuple(blocks)) for key, blocks in sorted(self._open.items())]
        grown = [("growth", *item) for item in self._growth.dump()]
        known = [("known", *item) for item in self._learning.dump()]
        held = [("held", *item) for item in self._held.dump()]
        return [*runs, *known, *held, *self._restarts.dump(), *grown, *self._octets.dump()]

    def load_state(self, items: list[Any]) -> None:
        """Take back what ``dump`` gave."""
        runs = [item for item in items if item[0] == "run"]
        self._open = {tuple(key): msgspec.convert(blocks, list[Block]) for _, key, blocks in runs}
        self._restarts.load_state(item for item in items if item[0] == "agent")
        self._growth.load_state(item[1:] for item in items if item[0] == "growth")
        self._learning.load_state(item[1:] for item in items if item[0] == "known")
        self._held.load_state(item[1:] for item in items if item[0] == "held")
        others = ("run", "known", "held", "agent", "growth")
        self._octets.load_state([item for item in items if item[0] not in others])

    def _read_table(
        self, read: Read, seq: int, result: PollResult, place: tuple[str, str], blocks: list[Block], found: Found
    ) -> None:
        table = self._tables[place]
        kind = "" if table.scalars else table.object.partition(":")[0]
        learned = self._learning.take(result, table, kind, blocks=blocks)
        read.learned(learned)
        if learned.names:
            self._held.learned(scope_of(result), kind)
        if table.lookup:
            return
        blocks = self._held.pass_on(result, place, kind, blocks=blocks)
        self._sample(read, seq, result, place, blocks, found)

    def _sample(
        self, read: Read, seq: int, result: PollResult, place: tuple[str, str], blocks: list[Block], found: Found
    ) -> None:
        """Make samples of rows whose names are known."""
        table, rows = self._tables[place], self._rows[place]
        cells = attributes(blocks)
        sampled = []
        for block in blocks if rows.all_wanted else filter(None, (_kept(block, rows, cells) for block in blocks)):
            told = self._sampled(seq, result, table, block, cells, rows, found)
            read.blocks.append(told)
            derived = self._octets.rates(told, block, result, cells)
            if derived is not None:
                read.blocks.append(derived)
            sampled.append((told, block, rows.joined(cells, found, of=block.index)))
        if sampled and table.derive:
            self._derive(read, result, table, self._computed(place), sampled)

    def _computed(self, place: tuple[str, str]) -> tuple[Computed, ...]:
        """Return the derived metrics of a table, compiled when they are first wanted: no element has all profiles."""
        if place not in self._derived:
            self._derived[place] = compile_derived(self._tables[place], self._names)
        return self._derived[place]

    def _derive(
        self,
        read: Read,
        result: PollResult,
        table: Table,
        derived: tuple[Computed, ...],
        sampled: Sequence[tuple[SampleBlock, Block, Columns]],
    ) -> None:
        """Compute what a table derives; the one row of scalars may have come in several answers."""
        rated = dict.fromkeys(name for one in table.derive for name in one.rates)
        together: dict[str, Sequence[Any]] = {}
        for told, block, joined in sampled:
            columns: dict[str, Sequence[Any]] = {**joined, **dict(zip(told.names, told.columns, strict=True))}
            columns |= {rate_of(name): self._growth.rates(result, block, name) for name in rated if name in columns}
            together = {**together, **columns} if table.scalars else columns
            if not table.scalars and (more := derived_block(told, derived, together)) is not None:
                read.blocks.append(more)
        if table.scalars and (more := derived_block(sampled[-1][0], derived, together)) is not None:
            read.blocks.append(more)

    def _sampled(
        self,
        seq: int,
        result: PollResult,
        table: Table,
        block: Block,
        cells: Attributes,
        rows: TableRows,
        found: Found,
    ) -> SampleBlock:
        head = self._heads.of(block)
        half_trip_ms = (block.rtt_us + 1999) // 2000
        of_context = (("context", result.context),) if result.context else ()
        labels = tuple(rows.labels(index, cells[index], found) for index in block.index)
        return SampleBlock(
            seq=seq,
            time=block.t,
            sent=block.t - half_trip_ms,
            element=result.element,
            table=block.table,
            names=head.names,
            kinds=head.kinds,
            units=head.units,
            oids=head.oids,
            objects=tuple(
                self._object(result, table, index, cells[index], rows, own)
                for index, own in zip(block.index, labels, strict=True)
            ),
            labels=tuple(of_context + own for own in labels) if of_context else labels,
            index=block.index,
            columns=_preferred(table, block.columns, list(map(values, head.columns, block.cells))),
            interval_ms=result.interval_ms,
            context=result.context,
        )

    def _part(self, place: tuple[str, str]) -> Callable[[str], str] | None:
        """Return by what of its index a row of a table is about a part; None: by the whole of it."""
        rows = self._rows.get(place)
        return rows.part if rows is not None else None

    def _object(self, result: PollResult, table: Table, index: str, row: Row, rows: TableRows, labels: Labels) -> str:
        if not table.object:
            return part_path(result.element, "context", result.context) if result.context else result.element
        kind, _, template = table.object.partition(":")
        if table.scalars:
            return part_of(result, kind, template)
        if kind in NAMED_BY:
            scope, part = scope_of(result), rows.part(index) if rows.part is not None else index
            name = self._identity.name(scope, kind, part) or f"#{part}"
            return part_of(result, self._identity.kind(scope, kind, part), name)
        return part_of(result, kind, _fill(template, index, row, rows, labels))


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


def _kept(block: Block, rows: TableRows, cells: Attributes) -> Block | None:
    """Return a block with the rows that are wanted; None without any."""
    places = [place for place, index in enumerate(block.index) if rows.wanted(cells[index])]
    if not places:
        return None
    return msgspec.structs.replace(
        block,
        index=tuple(block.index[place] for place in places),
        cells=tuple(tuple(column[place] for place in places) for column in block.cells),
    )


def _fill(template: str, index: str, row: Row, rows: TableRows, labels: Labels) -> str:
    """Return the name of an object: literal text with names of columns, index objects or labels in braces."""
    literals = _BRACES.split(template)
    named = [rows.text(name, index, row) or dict(labels).get(name, "") for name in literals[1::2]]
    if not all(named):
        return f"#{index}"
    literals[1::2] = named
    return "".join(literals)
