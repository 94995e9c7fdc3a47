"""Why a datagram is no trap for netmon (specs/snmp.md 3.9)."""

from typing import Final, Literal, get_args

Unauthorized = Literal[
    "bad_community",
    "source_not_allowed",
    "unknown_user",
    "unknown_engine",
    "wrong_digest",
    "not_in_time_window",
    "decryption_failed",
    "unsupported_security_level",
    "unknown_context",
]
"""Who sends it is not who may."""

Reason = Literal[
    Unauthorized,
    "not_snmp",
    "truncated",
    "malformed",
    "unsupported_version",
    "wrong_pdu",
    "no_trap_oid",
    "unknown_source",
    "storm_source",
    "storm_trap",
    "storm_unread",
    "queue_full",
    "bug",
]

UNAUTHORIZED: Final[frozenset[str]] = frozenset(get_args(Unauthorized))
