"""Requests as ready octets around the request-id, the only part that changes (specs/snmp.md 1.5)."""

from functools import lru_cache
from typing import Final

import msgspec

from netmon.domain.oid import Oid
from netmon.snmp import ber
from netmon.snmp.encode import wrap, write_varbind

LOWEST_ID: Final = 0x00800000
HIGHEST_ID: Final = 0x7FFFFFFF
"""Between these, four octets are the minimal form of an INTEGER."""

_TEMPLATES_KEPT: Final = 10_000
_ID_SIZE: Final = 4


class Template(msgspec.Struct, frozen=True):
    """A request is ``prefix``, a request-id of four octets, ``suffix``."""

    prefix: bytes
    suffix: bytes

    def request(self, request_id: int) -> bytes:
        """Return the request with an id of ``LOWEST_ID`` to ``HIGHEST_ID``."""
        return self.prefix + request_id.to_bytes(_ID_SIZE, "big") + self.suffix


@lru_cache(maxsize=_TEMPLATES_KEPT)
def template(
    version: int, community: bytes, *, pdu_type: int, oids: tuple[Oid, ...], non_repeaters: int, max_repetitions: int
) -> Template:
    """Return the template of a request; the last two are 0 for all but GetBulk."""
    pdu = pdu_template(pdu_type, oids, non_repeaters=non_repeaters, max_repetitions=max_repetitions)
    datagram = wrap(version, community, pdu.request(LOWEST_ID))
    return Template(datagram[: -len(pdu.suffix) - _ID_SIZE], pdu.suffix)


@lru_cache(maxsize=_TEMPLATES_KEPT)
def pdu_template(pdu_type: int, oids: tuple[Oid, ...], *, non_repeaters: int, max_repetitions: int) -> Template:
    """Return the template of the PDU alone, which is what version 3 signs and encrypts anew for every attempt."""
    varbinds = b"".join([write_varbind((oid, ber.NULL, None)) for oid in oids])
    numbers = ber.write_value(ber.INTEGER, non_repeaters) + ber.write_value(ber.INTEGER, max_repetitions)
    suffix = numbers + ber.tlv(ber.SEQUENCE, varbinds)
    pdu = ber.tlv(pdu_type, ber.write_value(ber.INTEGER, LOWEST_ID) + suffix)
    return Template(pdu[: -len(suffix) - _ID_SIZE], suffix)
