"""The parts of SNMP messages as values (RFC 1157, 3416, 3412)."""

from typing import Final

import msgspec

from netmon.domain.oid import Oid, Varbind

V1: Final = 0
V2C: Final = 1
V3: Final = 3

GET: Final = 0xA0
GET_NEXT: Final = 0xA1
RESPONSE: Final = 0xA2
SET: Final = 0xA3
V1_TRAP: Final = 0xA4
GET_BULK: Final = 0xA5
INFORM: Final = 0xA6
V2_TRAP: Final = 0xA7
REPORT: Final = 0xA8

NO_ERROR: Final = 0
TOO_BIG: Final = 1
NO_SUCH_NAME: Final = 2
GEN_ERR: Final = 5
NOT_WRITABLE: Final = 17

MAX_DATAGRAM: Final = 65_507
MAX_VARBINDS: Final = 8_192
ENTERPRISE_SPECIFIC: Final = 6

_STANDARD_TRAPS: Final = "1.3.6.1.6.3.1.1.5"


class V1Trap(msgspec.Struct, frozen=True):
    """What only a Trap-PDU of SNMPv1 has (RFC 1157 section 4.1.6)."""

    enterprise: Oid
    agent_addr: str
    generic: int
    specific: int
    timestamp: int
    """sysUpTime in hundredths of a second."""

    def trap_oid(self) -> Oid:
        """Return snmpTrapOID of the v2 form (RFC 3584 section 3.1)."""
        if self.generic == ENTERPRISE_SPECIFIC:
            return f"{self.enterprise}.0.{self.specific}"
        return f"{_STANDARD_TRAPS}.{self.generic + 1}"


class Message(msgspec.Struct, frozen=True):
    """A decoded message of version 1 or 2c."""

    version: int
    community: bytes
    pdu_type: int
    request_id: int
    error_status: int
    """Of GetBulk: non-repeaters."""
    error_index: int
    """Of GetBulk: max-repetitions."""
    varbinds: tuple[Varbind, ...]
    """A value that broke a rule of its type has ``tag | BAD_VALUE`` and its raw octets."""
    trailing: int = 0
    """Octets after the message, cut off."""
    v1_trap: V1Trap | None = None


class Peek(msgspec.Struct, frozen=True):
    """The start of a message; of version 3 only the version."""

    version: int
    community: bytes
    pdu_type: int
    trap_oid: Oid
    """Empty where the PDU is no notification, or its second varbind is not snmpTrapOID.0."""


class V3Header(msgspec.Struct, frozen=True):
    """The outer parts of a v3 message (RFC 3412 section 6)."""

    message_id: int
    max_size: int
    flags: int
    security_model: int
    security_parameters: bytes
    parameters_at: int
    """Where the security parameters lie in the datagram: the MAC is checked over all of it."""
    data_at: int
    """Where msgData starts: a ScopedPDU, or the OCTET STRING of an encrypted one."""
    end: int
