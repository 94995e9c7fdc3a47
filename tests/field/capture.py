"""The UDP payloads in a classic pcap file (libpcap ``pcap-savefile(5)``), by a few lines of our own."""

import struct
from collections.abc import Iterator

_MAGIC = {
    b"\xa1\xb2\xc3\xd4": ">",
    b"\xd4\xc3\xb2\xa1": "<",
    b"\xa1\xb2\x3c\x4d": ">",
    b"\x4d\x3c\xb2\xa1": "<",
}
_NULL, _ETHERNET, _LOOP, _SLL, _IPV4_ONLY, _IPV6_ONLY, _SLL2 = 0, 1, 108, 113, 228, 229, 276
_RAW = frozenset({12, 14, 101, _IPV4_ONLY, _IPV6_ONLY})
_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"
_VLAN = frozenset({b"\x81\x00", b"\x88\xa8", b"\x91\x00"})
_UDP = 17
_EXTENSIONS = frozenset({0, 43, 60})
"""IPv6 headers of 8 octets and more that may stand before UDP (RFC 8200 section 4)."""


class NotACapture(ValueError):
    """The file is no classic pcap file."""


def udp_payloads(octets: bytes) -> Iterator[bytes]:
    """Yield the payload of each UDP packet, as far as it was captured.

    Raises:
        NotACapture: another format.
    """
    order = _MAGIC.get(octets[:4])
    if order is None or len(octets) < 24:
        raise NotACapture("no classic pcap file")
    link = struct.unpack_from(f"{order}I", octets, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(octets):
        captured: int = struct.unpack_from(f"{order}I", octets, at + 8)[0]
        yield from _udp(_ip(octets[at + 16 : at + 16 + captured], link))
        at += 16 + captured


def _ip(frame: bytes, link: int) -> bytes:
    """Return the IP packet in a frame, nothing where it holds none."""
    if link in _RAW:
        return frame
    if link in (_NULL, _LOOP):
        return frame[4:]
    if link in (_SLL, _SLL2):
        kind, start = (frame[14:16], 16) if link == _SLL else (frame[0:2], 20)
    else:
        kind, start = frame[12:14], 14
        while kind in _VLAN:
            kind, start = frame[start + 2 : start + 4], start + 4
    return frame[start:] if kind in (_IPV4, _IPV6) else b""


def _udp(packet: bytes) -> Iterator[bytes]:
    protocol, segment = _transport(packet)
    if protocol == _UDP and len(segment) >= 8:
        length = int.from_bytes(segment[4:6], "big")
        yield segment[8:length] if length >= 8 else segment[8:]


def _transport(packet: bytes) -> tuple[int, bytes]:
    """Return protocol and content of an IP packet; a later fragment has no UDP header."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        later = int.from_bytes(packet[6:8], "big") & 0x1FFF
        return (0, b"") if later else (packet[9], packet[(packet[0] & 15) * 4 :])
    if version == 6 and len(packet) >= 40:
        kind, rest = packet[6], packet[40:]
        while kind in _EXTENSIONS and len(rest) >= 8:
            kind, rest = rest[0], rest[(rest[1] + 1) * 8 :]
        return kind, rest
    return 0, b""
