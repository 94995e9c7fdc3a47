"""What can go wrong in SNMP.

DecodeError          octets that are no acceptable message; ``reason`` is a counter label
EncodeError          a value that its type cannot hold
SnmpFailure          a request that brought no values
├── SnmpTimeout      no answer to any attempt
├── SnmpUnreachable  no answer, and the network said why (ICMP error, no route)
├── SnmpRefused      the agent reported that it will not process what is asked (RFC 3414 section 3.2)
└── SnmpError        the agent answered with an error-status (RFC 3416 section 3)
"""

from typing import Literal

DecodeReason = Literal["not_snmp", "truncated", "malformed", "unsupported_version", "wrong_pdu"]

ReportReason = Literal[
    "unsupported_security_level",
    "not_in_time_window",
    "unknown_user",
    "unknown_engine",
    "wrong_digest",
    "decryption_failed",
    "unknown_security_model",
    "invalid_message",
    "unknown_pdu_handler",
    "unavailable_context",
    "unknown_context",
]
"""What a Report tells (specs/snmp.md 2.6)."""


class DecodeError(Exception):
    """The one exception that leaves a decoder: why, and the octet where it was seen."""

    def __init__(self, reason: DecodeReason, offset: int) -> None:
        super().__init__(reason, offset)
        self.reason: DecodeReason = reason
        self.offset = offset


class EncodeError(ValueError):
    """A value does not fit the SMI type it shall be sent as."""


class SnmpFailure(Exception):
    """A request came to nothing; ``attempts`` and ``elapsed_ms`` say what was spent on it."""

    def __init__(self, text: str, *, attempts: int, elapsed_ms: int) -> None:
        super().__init__(text)
        self.attempts = attempts
        self.elapsed_ms = elapsed_ms


class SnmpTimeout(SnmpFailure):
    """No attempt was answered in its time."""


class SnmpUnreachable(SnmpFailure):
    """No attempt was answered, and the network or this host reported an error for the address."""


class SnmpRefused(SnmpFailure):
    """No attempt was answered, and a Report of the agent said why."""

    def __init__(self, text: str, reason: ReportReason, *, attempts: int, elapsed_ms: int) -> None:
        super().__init__(text, attempts=attempts, elapsed_ms=elapsed_ms)
        self.reason = reason


class SnmpError(SnmpFailure):
    """The agent answered with an error-status other than noError."""

    def __init__(self, status: int, index: int, *, attempts: int, elapsed_ms: int) -> None:
        super().__init__(f"error-status {status} at varbind {index}", attempts=attempts, elapsed_ms=elapsed_ms)
        self.status = status
        self.index = index
