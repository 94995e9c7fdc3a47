"""Over which interface a session runs, by the networks of an element (ipAddrTable, ipAddressTable)."""

import pytest

from netmon.normalize.subnets import interface_to, neighbor_of
from netmon.normalize.tables import Rows

OLD: Rows = {
    "192.0.2.1": {"ipAdEntIfIndex": 7, "ipAdEntNetMask": "255.255.255.252"},
    "198.51.100.1": {"ipAdEntIfIndex": 8, "ipAdEntNetMask": "255.255.255.0"},
    "203.0.113.1": {"ipAdEntIfIndex": 9, "ipAdEntNetMask": "255.255.255.255"},
    "203.0.113.9": {"ipAdEntIfIndex": 10},
    "203.0.113.10": {"ipAdEntIfIndex": 10, "ipAdEntNetMask": "0.0.0.0"},
    "203.0.113.11": {"ipAdEntIfIndex": 10, "ipAdEntNetMask": "255.0.255.0"},
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
    assert (interface_to(address, OLD, NEW, path) if address is not None else "") == interface
