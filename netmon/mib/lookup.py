"""All that is known of one name or OID, for people (``netmon mib lookup``)."""

import msgspec

from netmon.domain.oid import Oid
from netmon.mib.index import IndexMismatch
from netmon.mib.names import MibView, Resolved, UnknownName
from netmon.mib.node import Enums, Node


class Description(msgspec.Struct, frozen=True):
    """A node, and an instance of it where one was asked for."""

    name: str
    """``IF-MIB::ifDescr``."""
    oid: Oid
    kind: str
    path: str
    """Symbols from the root: ``iso.org.dod.internet...``; the number where an arc has no name."""
    syntax: str = ""
    base: str = ""
    enums: Enums = ()
    units: str = ""
    hint: str = ""
    access: str = ""
    indexes: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    instance: str = ""
    """What follows the node in the OID asked for."""
    values: tuple[tuple[str, str], ...] = ()
    """Of an instance: its index values by symbol, as text."""


def describe(view: MibView, name: str) -> Description:
    """Describe ``ifDescr``, ``IF-MIB::ifDescr.7`` or a numeric OID.

    Raises:
        UnknownName: no module knows anything of it.
    """
    found = view.resolve(view.oid_of(name))
    node = found.node
    if not node.symbol:
        raise UnknownName(f"no module knows {name}")
    return Description(
        name=node.name,
        oid=node.oid,
        kind=node.kind,
        path=_path(view, node.oid),
        syntax=node.syntax,
        base=node.type.base,
        enums=node.enums,
        units=node.units,
        hint=node.hint,
        access=node.access,
        indexes=_indexes(view, node),
        objects=node.objects,
        instance=found.index,
        values=_values(view, found),
    )


def _path(view: MibView, oid: Oid) -> str:
    parts = oid.split(".")
    prefixes = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
    found = [(view.resolve(prefix), prefix) for prefix in prefixes]
    names = [at.node.symbol if not at.index else prefix.rpartition(".")[2] for at, prefix in found]
    return ".".join(["iso" if parts[0] == "1" else parts[0], *names[1:]])


def _indexes(view: MibView, node: Node) -> tuple[str, ...]:
    if node.kind not in ("table", "row", "column"):
        return ()
    try:
        return tuple(f"IMPLIED {column.name}" if implied else column.name for column, implied in view.indexes(node))
    except UnknownName as unknown:
        return (str(unknown),)


def _values(view: MibView, found: Resolved) -> tuple[tuple[str, str], ...]:
    if found.node.kind != "column" or not found.index:
        return ()
    try:
        values = view.index_values(found.node, found.index)
    except (IndexMismatch, UnknownName) as problem:
        return (("", str(problem)),)
    return tuple((symbol, view.render(view.symbol(symbol).oid, value)) for symbol, value in values.items())
