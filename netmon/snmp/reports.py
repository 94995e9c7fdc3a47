"""Reports: why an engine did not process a message, by the counter that it names (specs/snmp.md 2.6)."""

from typing import Final

from netmon.domain.oid import Oid
from netmon.snmp.errors import ReportReason
from netmon.snmp.message import Message

__all__ = ["REPORT_OIDS", "ReportReason", "report_reason"]

REPORT_OIDS: Final[dict[ReportReason, Oid]] = {
    # RFC 3414 section 5, usmStats.
    "unsupported_security_level": "1.3.6.1.6.3.15.1.1.1.0",
    "not_in_time_window": "1.3.6.1.6.3.15.1.1.2.0",
    "unknown_user": "1.3.6.1.6.3.15.1.1.3.0",
    "unknown_engine": "1.3.6.1.6.3.15.1.1.4.0",
    "wrong_digest": "1.3.6.1.6.3.15.1.1.5.0",
    "decryption_failed": "1.3.6.1.6.3.15.1.1.6.0",
    # RFC 3412 section 5, snmpMPDStats; RFC 3413 section 4, snmpTargetObjects.
    "unknown_security_model": "1.3.6.1.6.3.11.2.1.1.0",
    "invalid_message": "1.3.6.1.6.3.11.2.1.2.0",
    "unknown_pdu_handler": "1.3.6.1.6.3.11.2.1.3.0",
    "unavailable_context": "1.3.6.1.6.3.12.1.4.0",
    "unknown_context": "1.3.6.1.6.3.12.1.5.0",
}

_REASONS: Final[dict[Oid, ReportReason]] = {oid: reason for reason, oid in REPORT_OIDS.items()}


def report_reason(report: Message) -> ReportReason | None:
    """Return what a Report tells, None for one that nobody knows."""
    return _REASONS.get(report.varbinds[0][0]) if report.varbinds else None
