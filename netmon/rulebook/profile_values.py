"""What a metric profile compiles to: tables, columns and what is made of them (specs/snmp.md 6.1)."""

import msgspec


class Profile(msgspec.Struct, frozen=True, array_like=True):
    """A metric profile, names resolved to OIDs (specs/snmp.md 6.1)."""

    name: str
    tables: tuple["Table", ...]
    sysobjectid: tuple[str, ...] = ()
    """Prefixes ending in ``.*`` or whole OIDs; empty with ``has`` empty: for every element."""
    has: tuple[str, ...] = ()
    """OIDs one of which must answer."""
    extends: tuple[str, ...] = ()
    """Profiles whose tables it holds already, all levels: they are not polled beside it."""
    sysdescr: str = ""
    """Pattern that sysDescr must hold somewhere; empty: any."""
    excluded: tuple[str, ...] = ()
    """sysObjectIDs, as in ``sysobjectid``, of elements that it is not for."""
    module: str = ""
    """JSON of the module of snmp_exporter that makes the series of its cells; only elements that name it are for it."""


class Column(msgspec.Struct, frozen=True, array_like=True):
    """One metric or attribute of a table."""

    name: str
    oid: str
    kind: str
    """counter, gauge, state, info, text, bits, time (a DateAndTime)."""
    unit: str = ""
    scale: float = 1.0
    enum: tuple[tuple[int, str], ...] = ()
    """Names of states, or of the positions of bits."""
    offset: float = 0.0
    """A gauge is the raw value x ``scale`` + ``offset``."""
    invalid: tuple[int | float | str, ...] = ()
    """Raw values that are no sample."""
    hint: str = ""
    """DISPLAY-HINT by which octets are text; ``inet``: an address."""


class Derived(msgspec.Struct, frozen=True, array_like=True):
    """A metric computed from the cells of a row, as text: profiles are part of what a ``RulesChange`` carries."""

    name: str
    unit: str
    expr: str
    when: str = ""
    """Only rows for which it holds have the metric; empty: all."""
    column: str = ""
    """The first column that ``expr`` names: what the metric is taken to be read from; empty: none."""
    rates: tuple[str, ...] = ()
    """Counters whose growth per second it asks for."""


class Join(msgspec.Struct, frozen=True, array_like=True, tag="join"):
    """A label, or a value, from another table: the value of ``column`` in the row whose index stands in ``by``."""

    label: str
    column: str
    by: str
    """As the source of a label; or ``port``: the ifIndex of the port that contains the part of this row's index."""


class Pick(msgspec.Struct, frozen=True, array_like=True, tag="pick"):
    """A label by patterns over the text of a column."""

    label: str
    column: str
    extract: str = ""
    """What its group 1 holds is the value; empty where ``find`` stands."""
    find: tuple[tuple[str, str], ...] = ()
    """(value, pattern): the first that is found gives the value."""


class IndexPart(msgspec.Struct, frozen=True, array_like=True):
    """One object of a table's INDEX clause."""

    name: str
    syntax: str
    base: str
    fixed: int = -1
    implied: bool = False


class Table(msgspec.Struct, frozen=True, array_like=True):
    """Columns that share one index; ``scalars`` are instances .0 read by GET."""

    name: str
    columns: tuple[Column, ...]
    object: str = ""
    """Template of the managed object below the element, e.g. ``if:{ifName}``; empty: the element itself."""
    labels: tuple[tuple[str, str], ...] = ()
    """(label, source): a column name, ``index``, ``index.2`` (a sub-identifier), ``index:name`` (an index object)."""
    scalars: bool = False
    every_ms: int = 0
    prefer: tuple[tuple[str, ...], ...] = ()
    """Columns of one meaning, best first: of each row only the first one with a value is a sample."""
    derive: tuple[Derived, ...] = ()
    allow_nonincreasing: bool = False
    """Go on after an OID that is not after the last one, until one repeats: for agents that give rows out of order."""
    more_labels: tuple[Join | Pick, ...] = ()
    index: tuple[IndexPart, ...] = ()
    """Its INDEX clause, where a label is taken from it."""
    where: tuple[tuple[str, tuple[int | float | str, ...]], ...] = ()
    """(column, values): only rows with one of them are read."""
    rows: tuple[tuple[str, str], ...] = ()
    """(column, pattern): only rows whose text holds it are read."""
    lookup: bool = False
    """It is read for other tables only, and gives no samples."""
    joined: tuple[Join, ...] = ()
    """Values of other tables that ``derive`` may name, each as its ``label``."""
