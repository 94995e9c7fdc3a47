"""What simulated elements tell of their neighbors by LLDP (LLDP-MIB, IEEE 802.1AB)."""

from collections.abc import Iterator, Sequence

from netmon.cli.simulate.wave import seed_of
from netmon.domain.oid import Varbind
from netmon.snmp import ber

_LLDP = "1.0.8802.1.1.2.1"
_MAC_ADDRESS, _INTERFACE_NAME = 4, 5

Neighbors = dict[str, tuple[str, str]]
"""(element, port) at the other end of a port's link."""


def neighbor_rows(element: str, ports: Sequence[str], neighbors: Neighbors) -> Iterator[Varbind]:
    """Yield what an element says of itself, of its ports, and of what its neighbors said of themselves."""
    yield f"{_LLDP}.2.1.0", ber.TIME_TICKS, 0
    yield f"{_LLDP}.3.1.0", ber.INTEGER, _MAC_ADDRESS
    yield f"{_LLDP}.3.2.0", ber.OCTET_STRING, _chassis(element)
    yield f"{_LLDP}.3.3.0", ber.OCTET_STRING, element.encode()
    for number, port in enumerate(ports, 1):
        yield f"{_LLDP}.3.7.1.2.{number}", ber.INTEGER, _INTERFACE_NAME
        yield f"{_LLDP}.3.7.1.3.{number}", ber.OCTET_STRING, port.encode()
        yield f"{_LLDP}.3.7.1.4.{number}", ber.OCTET_STRING, port.encode()
        if port in neighbors:
            yield from _neighbor(f"0.{number}.1", *neighbors[port])


def _neighbor(index: str, element: str, port: str) -> Iterator[Varbind]:
    for column, tag, value in (
        (4, ber.INTEGER, _MAC_ADDRESS),
        (5, ber.OCTET_STRING, _chassis(element)),
        (6, ber.INTEGER, _INTERFACE_NAME),
        (7, ber.OCTET_STRING, port.encode()),
        (8, ber.OCTET_STRING, port.encode()),
        (9, ber.OCTET_STRING, element.encode()),
    ):
        yield f"{_LLDP}.4.1.1.{column}.{index}", tag, value


def _chassis(element: str) -> bytes:
    """Return a MAC address of its own, one of those that are given locally (IEEE 802)."""
    return bytes((2, 0, *(seed_of(element, "chassis") & 0xFFFFFFFF).to_bytes(4, "big")))
