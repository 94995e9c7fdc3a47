"""The compiler's description of a module as nodes and types, textual conventions resolved."""

from collections.abc import Mapping
from typing import Any

import msgspec

from netmon.mib.node import Enums, Index, Module, Node, NodeKind, Syntax

BASES = {
    "INTEGER": "Integer32",
    "Integer32": "Integer32",
    "Unsigned32": "Unsigned32",
    "UInteger32": "Unsigned32",
    "Gauge": "Gauge32",
    "Gauge32": "Gauge32",
    "Counter": "Counter32",
    "Counter32": "Counter32",
    "Counter64": "Counter64",
    "TimeTicks": "TimeTicks",
    "OCTET STRING": "OctetString",
    "OBJECT IDENTIFIER": "ObjectIdentifier",
    "IpAddress": "IpAddress",
    "NetworkAddress": "IpAddress",
    "Opaque": "Opaque",
    "Bits": "Bits",
    "BITS": "Bits",
}
"""Type names of both versions of the SMI to the base type of a value."""

_FALLBACK = ("SNMPv2-TC", "SNMPv2-SMI")
"""Where a type is looked for that the module uses but did not import."""

_SECTIONS = ("imports", "meta")
_TYPES = ("textualconvention", "type")
_DEPTH = 16


class Scope:
    """Where the names of a module mean something: its own symbols, its imports, the conventions of the SMI."""

    def __init__(self, module: str, symbols: Mapping[str, Any], types: Mapping[str, Mapping[str, Syntax]]) -> None:
        self._module = module
        self._symbols = symbols
        self._types = types
        self._own = {entry["name"] for symbol, entry in symbols.items() if symbol not in _SECTIONS}
        self._from = {
            symbol: source
            for source, names in symbols.get("imports", {}).items()
            if source != "class"
            for symbol in names
        }

    def qualified(self, symbol: str) -> str:
        """Return ``MODULE::symbol`` of a name used in the module."""
        return f"{self._module if symbol in self._own else self._from.get(symbol, self._module)}::{symbol}"

    def syntax(self, written: Mapping[str, Any], depth: int = 0) -> Syntax:
        """Return a written syntax with its textual conventions followed down to the base type."""
        name = str(written.get("type", "")).replace("_", "-")
        limits = written.get("constraints") or {}
        own = self._symbols.get(str(written.get("type", "")))
        if name in BASES:
            below = Syntax(name, BASES[name])
        elif own is not None and own.get("class") in _TYPES and depth < _DEPTH:
            below = self._declared(own, depth + 1)
        else:
            below = self._imported(name)
        return Syntax(
            name=name,
            base=below.base,
            enums=_enums(written, limits) or below.enums,
            hint=below.hint,
            fixed=limits.get("fixed", below.fixed),
        )

    def _declared(self, entry: Mapping[str, Any], depth: int) -> Syntax:
        below = self.syntax(entry["type"], depth)
        return msgspec.structs.replace(below, name=entry["name"], hint=entry.get("displayhint", below.hint))

    def declared(self, entry: Mapping[str, Any]) -> Syntax:
        """Return the syntax of a type or textual convention of the module."""
        return self._declared(entry, 0)

    def _imported(self, name: str) -> Syntax:
        for module in (self._from.get(name, ""), *_FALLBACK):
            known = self._types.get(module, {}).get(name)
            if known is not None:
                return known
        return Syntax(name)


def module_of(name: str, key: str, symbols: Mapping[str, Any], scope: Scope) -> Module:
    """Return the compiled form of what the compiler says about a module."""
    entries = [entry for symbol, entry in symbols.items() if symbol not in _SECTIONS]
    return Module(
        name=name,
        key=key,
        nodes=tuple(_node(name, entry, scope) for entry in entries if "oid" in entry),
        types={entry["name"]: scope.declared(entry) for entry in entries if entry.get("class") in _TYPES},
    )


def _node(module: str, entry: Mapping[str, Any], scope: Scope) -> Node:
    kind = _kind(entry)
    return Node(
        module=module,
        symbol=entry["name"],
        oid=_trap_oid(entry["oid"]) if kind == "notification" else entry["oid"],
        kind=kind,
        type=scope.syntax(entry["syntax"]) if kind in ("scalar", "column") else Syntax(""),
        units=entry.get("units", ""),
        access=entry.get("maxaccess", ""),
        indexes=tuple(
            Index(scope.qualified(index["object"]), bool(index["implied"])) for index in entry.get("indices", ())
        ),
        augments=scope.qualified(entry["augmention"]["object"]) if "augmention" in entry else "",
        objects=_objects(entry, scope) if kind == "notification" else (),
    )


def _kind(entry: Mapping[str, Any]) -> NodeKind:
    match entry.get("class"), entry.get("nodetype"):
        case "notificationtype", _:
            return "notification"
        case "objecttype", "scalar" | "table" | "row" | "column" as kind:
            return kind if kind in ("table", "row") or "syntax" in entry else "node"
        case _:
            return "node"


def _objects(entry: Mapping[str, Any], scope: Scope) -> tuple[str, ...]:
    return tuple(scope.qualified(item["object"]) for item in entry.get("objects", ()))


def _trap_oid(oid: str) -> str:
    # RFC 3584 section 3.1: the generic traps of RFC 1215 lie below ENTERPRISE snmp and became snmpTraps.(generic + 1).
    head, _, specific = oid.rpartition(".")
    return f"1.3.6.1.6.3.1.1.5.{int(specific) + 1}" if head == "1.3.6.1.2.1.11.0" else oid


def _enums(written: Mapping[str, Any], limits: Mapping[str, Any]) -> Enums:
    names: Mapping[str, int] = written.get("bits") or limits.get("enumeration") or {}
    return tuple(sorted((number, name) for name, number in names.items()))
