"""Targets of ``/snmp``: how they are written, and which of them may be asked."""

import pytest

from netmon.domain.address import Network
from netmon.domain.inventory import Element
from netmon.domain.scrape import ScrapeTarget
from netmon.outputs.exporter.query import BadQuery, parse, split_target
from netmon.outputs.exporter.targets import Allowed, Targets

R1 = Element("r1", ("192.0.2.1", "2001:db8::1", "r1.example"), port=1161)
R2 = Element("r2", ("192.0.2.2",), realm="cust-a")
R3 = Element("r3", ("192.0.2.2",))
NAMES = {"r1.example": "192.0.2.1", "far.example": "198.51.100.7"}


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("192.0.2.1", ("192.0.2.1", 0)),
        ("192.0.2.1:1161", ("192.0.2.1", 1161)),
        ("r1", ("r1", 0)),
        ("r1.example:161", ("r1.example", 161)),
        ("2001:db8::1", ("2001:db8::1", 0)),
        ("[2001:db8::1]", ("2001:db8::1", 0)),
        ("[2001:db8::1]:1161", ("2001:db8::1", 1161)),
        ("udp://192.0.2.1", ("192.0.2.1", 0)),
        ("udp://[::1]:161", ("::1", 161)),
    ],
)
def test_how_a_target_is_written(target: str, found: tuple[str, int]) -> None:
    assert split_target(target) == found


@pytest.mark.parametrize(
    "target",
    [
        "tcp://192.0.2.1",
        "UDP://192.0.2.1",
        ":161",
        "r1:",
        "r1:-1",
        "r1:65536",
        "r1:٣",
        "[::1",
        "[::1]x",
        "[]:161",
        "[::1]:",
        "a:b:1x",
    ],
)
def test_what_is_no_target(target: str) -> None:
    with pytest.raises(BadQuery):
        split_target(target)


def test_what_is_not_said() -> None:
    query = parse([("target", "r1"), ("auth", ""), ("other", "x")])
    assert (query.auth, query.modules, query.context, query.context_engine) == ("public_v2", ("if_mib",), b"", b"")


def test_context_and_engine() -> None:
    query = parse([("target", "r1"), ("snmp_context", "vrf-a"), ("snmp_engineid", "0x8000000001020304")])
    assert (query.context, query.context_engine) == (b"vrf-a", bytes.fromhex("8000000001020304"))


async def _resolve(address: str, realm: str) -> str:
    return NAMES.get(address, "" if address.endswith(".invalid") else address)


def targets(allowed: Allowed) -> Targets:
    return Targets([R1, R2, R3], allowed, _resolve)


async def test_elements_are_found_by_id_and_by_each_address() -> None:
    of = targets("inventory")
    assert await of.find("r1", 0) == ScrapeTarget("192.0.2.1", 1161, R1)
    assert await of.find("192.0.2.1", 1161) == ScrapeTarget("192.0.2.1", 1161, R1)
    assert await of.find("::ffff:192.0.2.1", 0) == ScrapeTarget("192.0.2.1", 1161, R1)
    assert await of.find("2001:0db8:0::1", 0) == ScrapeTarget("2001:db8::1", 1161, R1)
    assert await of.find("r1.example", 0) == ScrapeTarget("192.0.2.1", 1161, R1)


async def test_an_address_of_several_realms_is_that_of_the_default_realm() -> None:
    assert await targets("inventory").find("192.0.2.2", 0) == ScrapeTarget("192.0.2.2", 161, R3)
    assert await targets("inventory").find("r2", 0) == ScrapeTarget("192.0.2.2", 161, R2)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 161), ("192.0.2.9", 0), ("r9", 0), ("far.example", 0)])
async def test_all_else_is_not_allowed(host: str, port: int) -> None:
    assert await targets("inventory").find(host, port) is None


async def test_networks_instead_of_the_inventory() -> None:
    of = targets((Network("198.51.100.0/24"), Network("2001:db8::/32")))
    assert await of.find("198.51.100.1", 0) == ScrapeTarget("198.51.100.1", 161)
    assert await of.find("far.example", 1161) == ScrapeTarget("198.51.100.7", 1161)
    assert await of.find("2001:db8::1", 0) == ScrapeTarget("2001:db8::1", 1161, R1)
    assert await of.find("2001:db8::1", 161) == ScrapeTarget("2001:db8::1", 161)
    assert await of.find("r1", 0) is None
    assert await of.find("nobody.invalid", 0) is None
