"""Index values out of instance OIDs (RFC 2578 section 7.7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from netmon.mib.node import Node


class IndexMismatch(ValueError):
    """An instance OID does not fit the INDEX clause of its table."""


def index_values(columns: Sequence[tuple[Node, bool]], index: str) -> Mapping[str, Any]:
    """Return the values of ``index`` by column symbol; ``columns`` with whether each is IMPLIED.

    Raises:
        IndexMismatch: too few or too many sub-identifiers, or one that is no octet.
    """
    rest = [int(part) for part in index.split(".")] if index else []
    values: dict[str, Any] = {}
    for node, implied in columns:
        length, skip = _extent(node, implied, rest)
        if len(rest) < length + skip or length < 0:
            raise IndexMismatch(f"index {index} is too short for {node.symbol}")
        values[node.symbol] = _value(node, rest[skip : skip + length])
        rest = rest[skip + length :]
    if rest:
        raise IndexMismatch(f"index {index} is longer than the INDEX clause")
    return values


def _extent(node: Node, implied: bool, rest: Sequence[int]) -> tuple[int, int]:
    """Return how many sub-identifiers the value has, and how many stand before it to say so."""
    match node.type.base:
        case "OctetString" | "Bits" | "Opaque" if node.type.fixed >= 0:
            return node.type.fixed, 0
        case "OctetString" | "Bits" | "Opaque" | "ObjectIdentifier":
            return (len(rest), 0) if implied else (rest[0] if rest else 0, 1)
        case "IpAddress":
            return 4, 0
        case _:
            return 1, 0


def _value(node: Node, parts: Sequence[int]) -> Any:
    match node.type.base:
        case "OctetString" | "Bits" | "Opaque":
            try:
                return bytes(parts)
            except ValueError:
                raise IndexMismatch(f"{node.symbol}: a sub-identifier is no octet") from None
        case "ObjectIdentifier" | "IpAddress":
            return ".".join(map(str, parts))
        case _:
            return parts[0]
