"""What is known of a MIB module once it is compiled: nodes, types, and why a module failed."""

from typing import Literal

import msgspec

from netmon.domain.oid import Oid

NodeKind = Literal["node", "scalar", "table", "row", "column", "notification"]

Enums = tuple[tuple[int, str], ...]


class Index(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One object of an INDEX clause (RFC 2578 section 7.7)."""

    symbol: str
    """``MODULE::name`` of the column."""
    implied: bool = False


class Syntax(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A syntax with its textual conventions resolved."""

    name: str
    """As written: ``InterfaceIndex``, ``Counter64``."""
    base: str = ""
    """Integer32, Unsigned32, Counter32, Gauge32, Counter64, TimeTicks, OctetString, ObjectIdentifier, IpAddress,
    Opaque, Bits; empty where the type is unknown."""
    enums: Enums = ()
    """Of an INTEGER the values, of BITS the positions."""
    hint: str = ""
    """DISPLAY-HINT, RFC 2579 section 3.1."""
    fixed: int = -1
    """Number of octets where SIZE allows only one; else -1."""


class Node(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A named place in the OID tree."""

    module: str
    symbol: str
    oid: Oid
    kind: NodeKind = "node"
    type: Syntax = Syntax("")
    units: str = ""
    access: str = ""
    indexes: tuple[Index, ...] = ()
    """Of a row; of an augmenting row see ``augments``."""
    augments: str = ""
    """``MODULE::name`` of the row whose INDEX is used (RFC 2578 section 7.8)."""
    objects: tuple[str, ...] = ()
    """Of a notification: ``MODULE::name`` of its OBJECTS or VARIABLES."""

    @property
    def name(self) -> str:
        """``MODULE::symbol``."""
        return f"{self.module}::{self.symbol}"

    @property
    def syntax(self) -> str:
        """Name of the type as written in the module."""
        return self.type.name

    @property
    def enums(self) -> Enums:
        """Values (INTEGER) or positions (BITS) with their names."""
        return self.type.enums

    @property
    def hint(self) -> str:
        """DISPLAY-HINT of the type."""
        return self.type.hint


class Repair(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What was done so that a module with a defect can be used."""

    line: int
    """In the text of the module, from 1."""
    column: int
    message: str


class Module(msgspec.Struct, frozen=True, gc=False, tag="module", omit_defaults=True):
    """A compiled module, as it lies in the cache."""

    name: str
    key: str
    """Of the cache: hash of the text, the keys of its imports and the compiler's version."""
    nodes: tuple[Node, ...] = ()
    types: dict[str, Syntax] = {}
    repairs: tuple[Repair, ...] = ()


class Failure(msgspec.Struct, frozen=True, gc=False, tag="failure"):
    """Why a module did not compile; lies in the cache as well, so that a bad module costs its time once."""

    name: str
    key: str
    line: int
    """In the text of the module, from 1."""
    column: int
    message: str
