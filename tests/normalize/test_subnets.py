"""Over which interface a session runs, by the networks of an element (ipAddrTable, ipAddressTable)."""

import pytest

from netmon.normalize.subnets import interface_to, neighbor_of, networks_of
from netmon.normalize.tables import Rows

OLD: Rows = {
    "192.0.2.1": {"ipAdEntIfIndex": 7, "ipAdEntNetMask": "255.255.255.252"},
    "198.51.100.1": {"ipAdEntIfIndex": 8, "ipAdEntNetMask": "255.255.255.0"},
    "203.0.113.1": {"ipAdEntIfIndex": 9, "ipAdEntNetMask": "255.255.255.255"},
    "203.0.113.9": {"ipAdEntIfIndex": 10},
    "203.0.113.10": {"ipAdEntIfIndex": 10, "ipAdEntNetMask": "0.0.0.0"},
    "203.0.113.11": {"ipAdEntIfIndex": 10, "ipAdEntNetMask": "255.0.255.0"},
}
MALFORMED: Rows = {
    "1": {"ipAddressIfIndex": 7, "ipAddressPrefix": "0.24"},
    "2.16.32.1": {"ipAddressIfIndex": 7, "ipAddressPrefix": "0.64"},
    "1.4.192.0.2.300": {"ipAddressIfIndex": 7, "ipAddressPrefix": "0.24"},
    "1.4.192.0.2.4": {"ipAddressIfIndex": 7, "ipAddressPrefix": "0.33"},
    "1.4.192.0.2.5": {"ipAddressIfIndex": 7, "ipAddressPrefix": b"\xff"},
    "1.4.192.0.2.6": {"ipAddressPrefix": "0.24"},
    "2.4.192.0.2.7": {"ipAddressIfIndex": 7, "ipAddressPrefix": "0.24"},
}
PREFIXES = "1.3.6.1.2.1.4.32.1.5"
NEW: Rows = {
    "1.4.198.51.100.1": {"ipAddressIfIndex": 5, "ipAddressPrefix": f"{PREFIXES}.5.1.4.198.51.100.0.25"},
    "1.4.198.51.100.200": {"ipAddressIfIndex": 6, "ipAddressPrefix": "0.0"},
    "2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1": {
        "ipAddressIfIndex": 3,
        "ipAddressPrefix": f"{PREFIXES}.3.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.0.64",
    },
}


def path(kind: str, index: str) -> str:
    return f"r1/{kind}:p{index}"


@pytest.mark.parametrize(
    ("session", "interface"),
    [
        ("r1/bgp:192.0.2.2", "r1/if:p7"),
        ("r1/ospf:198.51.100.77", "r1/if:p5"),  # the narrower network
        ("r1/ospf:198.51.100.177", "r1/if:p8"),
        ("r1/bgp:2001:db8::2", "r1/if:p3"),
        ("r1/bgp:192.0.2.5", ""),  # a neighbor far away
        ("r1/bgp:203.0.113.1", ""),  # a host route
        ("r1/bgp:203.0.113.12", ""),
        ("r1/if:192.0.2.2", ""),
        ("r1/if:p7/vlan:192.0.2.2", ""),
        ("r1/psu:1", ""),
        ("r1", ""),
    ],
)
def test_a_session_runs_over_the_interface_in_whose_network_its_neighbor_is(session: str, interface: str) -> None:
    address = neighbor_of(session)
    assert (interface_to(address, networks_of(OLD, NEW), path) if address is not None else "") == interface


def test_rows_that_make_no_sense_have_no_network_and_the_others_keep_theirs() -> None:
    assert networks_of({"7": OLD["192.0.2.1"], "192.0.2.1": {"ipAdEntNetMask": 7}}, MALFORMED) == {}
    networks = networks_of(OLD, MALFORMED | NEW)
    assert networks == networks_of(OLD, NEW)
    assert networks
