"""Object identifiers as dotted text without a leading dot (RFC 2578 section 3.5)."""

from typing import Any

Oid = str

BAD_VALUE = 0x100
"""Set in a varbind's tag when the value broke a rule of its type; the value is then the raw octets."""

Varbind = tuple[Oid, int, Any]
"""(oid, BER tag, value): int, float, bytes (OCTET STRING), str (OID, IpAddress) or None (NULL and exceptions)."""

SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SNMP_TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
SNMP_TRAP_ADDRESS = "1.3.6.1.6.3.18.1.3.0"
SNMP_TRAP_COMMUNITY = "1.3.6.1.6.3.18.1.4.0"
SNMP_TRAP_ENTERPRISE = "1.3.6.1.6.3.1.1.4.3.0"
COLD_START = "1.3.6.1.6.3.1.1.5.1"
WARM_START = "1.3.6.1.6.3.1.1.5.2"


_FEW = 32
_SHORT = 256
_OPAQUE = 0x44
"""Tag of Opaque (RFC 2578 section 7.1.9)."""


def is_memorable(varbinds: tuple[Varbind, ...]) -> bool:
    """Tell whether varbinds may be remembered, and what equal ones led to taken for what they lead to.

    Memories are bounded by count, so what they hold must be small. An Opaque may hold 1 or 1.0, which are equal and
    are told in other words.
    """
    if len(varbinds) > _FEW:
        return False
    for _, tag, value in varbinds:
        if tag == _OPAQUE:
            return False
        if isinstance(value, (bytes, str)) and len(value) > _SHORT:
            return False
    return True


def sort_key(oid: Oid) -> tuple[int, ...]:
    """Return the integers of an OID; OIDs are ordered by these, never as text."""
    return tuple(map(int, oid.split(".")))


def is_below(oid: Oid, prefix: Oid) -> bool:
    """Tell whether ``oid`` lies strictly below ``prefix``."""
    return oid.startswith(prefix) and oid[len(prefix) : len(prefix) + 1] == "."
