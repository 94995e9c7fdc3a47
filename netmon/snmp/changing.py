"""What differs between a trap and the same one sent again: request-id and sysUpTime, and nothing else.

SEQUENCE version community PDU ( request-id 0 0 (( sysUpTime.0 value ) ( snmpTrapOID.0 name ) ... ))
<------------- head ----------> ^^^^^^^^^^ <---- head -----> ^^^^^ <------- head ------->

SEQUENCE version community PDU ( enterprise agent-addr generic-trap specific-trap time-stamp (...))
<----------------------------------- head -----------------------------------> ^^^^^^^^^^
"""

from typing import Final

import msgspec

from netmon.snmp.ber import INTEGER, TIME_TICKS, read_length
from netmon.snmp.errors import DecodeError
from netmon.snmp.pdu import INFORM, V1_TRAP, V2_TRAP

_UPTIME: Final = b"\x06\x08\x2b\x06\x01\x02\x01\x01\x03\x00"
_NAME: Final = b"\x06\x0a\x2b\x06\x01\x06\x03\x01\x01\x04\x01\x00\x06"
"""snmpTrapOID.0, and the tag of its value."""
LARGEST_UPTIME: Final = 0xFFFFFFFF


class Changing(msgspec.Struct, frozen=True, gc=False):
    """Where the content octets of both lie in a datagram; their tags and lengths are outside."""

    id_at: int
    """Of version 1, which has none, where the time-stamp begins; its end is the same."""
    id_end: int
    uptime_at: int
    uptime_end: int
    name_end: int
    """Where the name of the trap ends; 0 where it is not the second of the list."""

    def head(self, datagram: bytes) -> tuple[bytes, bytes, bytes]:
        """Return everything up to the name but for the two: equal heads are of the same sender and the same trap."""
        return datagram[: self.id_at], datagram[self.id_end : self.uptime_at], datagram[self.uptime_end : self.name_end]

    def rest(self, datagram: bytes) -> tuple[bytes, bytes, bytes]:
        """Return everything else: where two datagrams agree in it, so do their messages but for these two values."""
        return datagram[: self.id_at], datagram[self.id_end : self.uptime_at], datagram[self.uptime_end :]

    def uptime_cs(self, datagram: bytes) -> int:
        """Return sysUpTime in hundredths of a second, -1 where the octets are no TimeTicks."""
        value = int.from_bytes(datagram[self.uptime_at : self.uptime_end], "big")
        return value if value <= LARGEST_UPTIME else -1


def changing(datagram: bytes) -> Changing | None:
    """Return where request-id and sysUpTime lie in a trap or inform of v1 or v2c that ``peek`` or ``decode`` accepted.

    None for every other message, and in v2c where sysUpTime does not head the list (RFC 3416 section 4.2.6).
    """
    try:
        return _changing(datagram)
    except (DecodeError, IndexError):
        return None


def _changing(datagram: bytes) -> Changing | None:
    pos = _content(datagram, 0)[0]
    # Version and community.
    pos = _end(datagram, _end(datagram, pos))
    if datagram[pos] == V1_TRAP:
        return _changing_v1(datagram, _content(datagram, pos)[0])
    if datagram[pos] not in (V2_TRAP, INFORM):
        return None
    request_id = _content(datagram, pos)[0]
    id_at, id_end = _content(datagram, request_id)
    # Error-status and error-index; then into the list, and into its first varbind.
    varbinds = _end(datagram, _end(datagram, id_end))
    first = _content(datagram, varbinds)[0]
    name, _ = _content(datagram, first)
    value = name + len(_UPTIME)
    if datagram[request_id] != INTEGER or datagram[name:value] != _UPTIME or datagram[value] != TIME_TICKS:
        return None
    uptime_at, uptime_end = _content(datagram, value)
    return Changing(id_at, id_end, uptime_at, uptime_end, _name_end(datagram, uptime_end))


def _changing_v1(datagram: bytes, enterprise: int) -> Changing:
    """Enterprise, generic-trap and specific-trap are the name (RFC 3584 section 3.1); they stand before the time."""
    generic = _end(datagram, _end(datagram, enterprise))
    uptime_at, uptime_end = _content(datagram, _end(datagram, _end(datagram, generic)))
    return Changing(uptime_at, uptime_at, uptime_at, uptime_end, uptime_end)


def _name_end(datagram: bytes, second: int) -> int:
    """Return where the name of the trap ends if it is the value of the second varbind, else 0."""
    if second == len(datagram):
        return 0
    name, _ = _content(datagram, second)
    value = name + len(_NAME) - 1
    return _end(datagram, value) if datagram[name : value + 1] == _NAME else 0


def _content(data: bytes, pos: int) -> tuple[int, int]:
    """Return where the content of the element at ``pos`` starts and ends."""
    size, start = read_length(data, pos + 1)
    return start, start + size


def _end(data: bytes, pos: int) -> int:
    return _content(data, pos)[1]
