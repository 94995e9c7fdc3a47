"""What an agent tells by itself, and its forms: traps of versions 1, 2c and 3 (RFC 1157, 3416, 3584 section 3.2)."""

from collections.abc import Callable
from typing import Final

import msgspec

from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME, Oid, Varbind
from netmon.snmp import ber, secured
from netmon.snmp.encode import encode, encode_trap, write_pdu, write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.pdu import ENTERPRISE_SPECIFIC, V1, V1_TRAP, V2_TRAP, Message, V1Trap
from netmon.snmp.secured import Envelope
from netmon.snmp.user import User

_STANDARD_TRAPS: Final = "1.3.6.1.6.3.1.1.5"
_GENERIC: Final = 6
_SALTS: Final = (1 << 64) - 1

Form = Callable[["Notice", OwnEngine, int], bytes]
"""Makes the datagram of a notice: of which engine, and when in nanoseconds."""


class Notice(msgspec.Struct, frozen=True):
    """One notification."""

    trap_oid: Oid
    varbinds: tuple[Varbind, ...]
    """Without sysUpTime and snmpTrapOID."""
    uptime_cs: int
    number: int
    """Becomes the request-id, of four octets."""

    def pdu(self, pdu_type: int) -> bytes:
        """Return it as a PDU of SNMPv2."""
        head = (SYS_UPTIME, ber.TIME_TICKS, self.uptime_cs), (SNMP_TRAP_OID, ber.OBJECT_IDENTIFIER, self.trap_oid)
        varbinds = [write_varbind(varbind) for varbind in (*head, *self.varbinds)]
        return ber.tlv(pdu_type, write_pdu(self.number, 0, 0, varbinds))


def version_2c(community: bytes, *, pdu_type: int = V2_TRAP) -> Form:
    """Return the form of version 2c, as a trap or an inform."""
    return lambda notice, engine, now_ns: encode_trap(
        community,
        notice.trap_oid,
        notice.varbinds,
        uptime_cs=notice.uptime_cs,
        request_id=notice.number,
        pdu_type=pdu_type,
    )


def version_1(community: bytes, *, agent_addr: str, object_id: Oid) -> Form:
    """Return the form of version 1; ``object_id`` is the enterprise of standard traps."""

    def form(notice: Notice, engine: OwnEngine, now_ns: int) -> bytes:
        enterprise, generic, specific = _of_version_1(notice.trap_oid, object_id)
        trap = V1Trap(enterprise, agent_addr, generic, specific, notice.uptime_cs)
        # RFC 3584 section 3.2: version 1 has no Counter64.
        varbinds = tuple(varbind for varbind in notice.varbinds if varbind[1] != ber.COUNTER64)
        return encode(Message(V1, community, V1_TRAP, 0, 0, 0, varbinds, v1_trap=trap))

    return form


def _of_version_1(trap_oid: Oid, object_id: Oid) -> tuple[Oid, int, int]:
    head, _, last = trap_oid.rpartition(".")
    if head == _STANDARD_TRAPS and 1 <= int(last) <= _GENERIC:
        return object_id, int(last) - 1, 0
    return head.removesuffix(".0"), ENTERPRISE_SPECIFIC, int(last)


def version_3(user: User, *, context: bytes = b"", first_salt: int = 0) -> Form:
    """Return the form of version 3: a trap is sent in the name of the sender's own engine (RFC 3414 section 1.5.1)."""
    salt = first_salt

    def form(notice: Notice, engine: OwnEngine, now_ns: int) -> bytes:
        nonlocal salt
        salt = (salt + 1) & _SALTS
        scoped = secured.scoped_pdu(engine.engine_id, context, notice.pdu(V2_TRAP))
        envelope = Envelope(notice.number, engine.engine_id, engine.boots, max(engine.time(now_ns), 0), user.name)
        return secured.seal(envelope, scoped, user.keys(engine.engine_id), salt=salt)

    return form
