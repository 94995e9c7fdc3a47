import random
from collections.abc import Iterable
from typing import Any

import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.domain.oid import (
    BAD_VALUE,
    SNMP_TRAP_ADDRESS,
    SNMP_TRAP_COMMUNITY,
    SNMP_TRAP_ENTERPRISE,
    SNMP_TRAP_OID,
    SYS_UPTIME,
    Varbind,
)
from netmon.snmp.message import GET, INFORM, V1, V1_TRAP, V2_TRAP, V2C, Message, V1Trap, encode
from netmon.sources.credential import Credential
from netmon.sources.traps.admit import Admission, Origin, Rejected
from netmon.sources.traps.config import Community, ProxyConfig, TrapsConfig

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
UPTIME: Varbind = (SYS_UPTIME, 0x43, 12_345)
NAME: Varbind = (SNMP_TRAP_OID, 0x06, LINK_DOWN)
INDEX: Varbind = ("1.3.6.1.2.1.2.2.1.1.7", 0x02, 7)


def _datagram(*varbinds: Varbind, version: int = V2C, pdu_type: int = V2_TRAP, **more: Any) -> bytes:
    return encode(Message(version, b"public", pdu_type, 99, 0, 0, varbinds, **more))


def _v1(head: V1Trap, *varbinds: Varbind) -> bytes:
    return _datagram(INDEX, *varbinds, version=V1, pdu_type=V1_TRAP, v1_trap=head)


def _admission(config: TrapsConfig | None = None, elements: Iterable[Element] = ()) -> Admission:
    credentials = {"ro": Credential("ro", community=b"public"), "other": Credential("other", community=b"other")}
    return Admission(config or TrapsConfig(), credentials=credentials, elements=elements)


def _admit(datagram: bytes, *, source: str = "192.0.2.1", **with_: Any) -> Trap | Rejected:
    return _admission(**with_).admit(datagram, Origin(1_000, "default", "127.0.0.1:162", source, 4_711))


def _trap(datagram: bytes, **with_: Any) -> Trap:
    trap = _admit(datagram, **with_)
    assert isinstance(trap, Trap)
    return trap


def test_a_v2c_trap():
    assert _trap(_datagram(UPTIME, NAME, INDEX)) == Trap(
        at=1_000,
        realm="default",
        source="192.0.2.1",
        port=4_711,
        listener="127.0.0.1:162",
        version="v2c",
        security_name="ro",
        element="addr:default:192.0.2.1",
        element_by="unknown",
        trap_oid=LINK_DOWN,
        varbinds=(INDEX,),
        uptime_cs=12_345,
    )


@pytest.mark.parametrize(
    ("generic", "specific", "trap_oid"),
    [(0, 0, "1.3.6.1.6.3.1.1.5.1"), (5, 0, "1.3.6.1.6.3.1.1.5.6"), (6, 17, "1.3.6.1.4.1.99999.0.17")],
)
def test_a_v1_trap_is_mapped_by_rfc_3584(generic: int, specific: int, trap_oid: str):
    trap = _trap(_v1(V1Trap("1.3.6.1.4.1.99999", "192.0.2.9", generic, specific, 77)))
    assert (trap.version, trap.trap_oid, trap.enterprise, trap.uptime_cs) == ("v1", trap_oid, "1.3.6.1.4.1.99999", 77)
    assert trap.varbinds == (INDEX,)
    assert trap.flags == ("v1_mapped",)


def test_an_inform_has_an_origin_and_a_trap_has_none():
    inform = _trap(_datagram(UPTIME, NAME, INDEX, pdu_type=INFORM))
    assert inform.origin_id.startswith("default|192.0.2.1|4711|ro|99|")
    assert _trap(_datagram(UPTIME, NAME)).origin_id == ""


def test_the_name_of_the_trap_is_searched_for():
    trap = _trap(_datagram(INDEX, NAME, UPTIME))
    assert (trap.trap_oid, trap.uptime_cs, trap.varbinds) == (LINK_DOWN, 12_345, (INDEX,))
    trap = _trap(_datagram(NAME, INDEX))
    assert (trap.uptime_cs, trap.varbinds, trap.flags) == (None, (INDEX,), ("no_uptime",))


def test_communities_in_varbinds_are_masked():
    trap = _trap(_datagram(UPTIME, NAME, (SNMP_TRAP_COMMUNITY, 0x04, b"s3cret"), INDEX))
    assert trap.varbinds == ((SNMP_TRAP_COMMUNITY, 0x04, b"***"), INDEX)


def test_the_enterprise_of_a_translated_trap_is_kept():
    enterprise: Varbind = (SNMP_TRAP_ENTERPRISE, 0x06, "1.3.6.1.4.1.8072")
    trap = _trap(_datagram(UPTIME, NAME, enterprise))
    assert trap.enterprise == "1.3.6.1.4.1.8072"
    assert trap.varbinds == (enterprise,)


def test_what_is_odd_is_flagged():
    bad: Varbind = ("1.3.6.1.2.1.1.9", 0x41 | BAD_VALUE, b"\x01" * 9)
    trap = _trap(_datagram(UPTIME, NAME, bad) + b"tail")
    assert trap.flags == ("trailing_octets", "bad_values")
    assert trap.varbinds == (bad,)


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "not_snmp"),
        (b"GET / HTTP/1.1", "not_snmp"),
        (_datagram(UPTIME, NAME)[:-3], "truncated"),
        (_datagram(UPTIME, NAME, pdu_type=GET), "wrong_pdu"),
        (_datagram(UPTIME, NAME, version=V1, pdu_type=V2_TRAP), "wrong_pdu"),
        (_datagram(UPTIME, INDEX), "no_trap_oid"),
        (_datagram(INDEX, INDEX), "no_trap_oid"),
        (_datagram(UPTIME, (SNMP_TRAP_OID, 0x04, b"1.3.6")), "no_trap_oid"),
        (_v1(V1Trap("1.3.6", "0.0.0.0", 7, 0, 0)), "malformed"),
        (bytes.fromhex("3026020103301102040a0b0c0d020300ffe304010402010304000400"), "truncated"),
    ],
)
def test_rejections(datagram: bytes, reason: str):
    rejected = _admit(datagram)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


def test_a_source_that_was_let_in_is_still_checked_each_time():
    admission = _admission(TrapsConfig(communities=(Community("ro"),)))
    origin = Origin(1_000, "default", "127.0.0.1:162", "192.0.2.1", 4_711)
    good = _datagram(UPTIME, NAME)
    for _ in range(2):
        assert isinstance(admission.admit(good, origin), Trap)
        assert admission.admit(good.replace(b"public", b"wrong!"), origin) == Rejected("bad_community")
        assert admission.admit(_datagram(UPTIME, NAME, pdu_type=GET), origin) == Rejected("wrong_pdu")
        assert isinstance(admission.admit(good, origin), Trap)
        assert isinstance(admission.admit(good[:20], origin), Rejected)


def test_the_community_is_checked_before_the_rest_is_decoded():
    config = TrapsConfig(communities=(Community("other"),))
    broken = bytearray(_datagram(UPTIME, NAME, INDEX))
    broken[-3:] = b"\xff\xff\xff"
    assert _admit(bytes(broken), config=config) == Rejected("bad_community")
    config = TrapsConfig(communities=(Community("ro", ("198.51.100.0/24",)),))
    assert _admit(bytes(broken), config=config) == Rejected("source_not_allowed")


_R1 = Element("r1", ("192.0.2.1", "2001:db8::1"), credential="ro", trap_sources=("198.51.100.0/24",))
_R2 = Element("r2", ("192.0.2.2",), credential="ro")
_BY_ADDRESS: Varbind = (SNMP_TRAP_ADDRESS, 0x40, "192.0.2.2")


@pytest.mark.parametrize(
    ("source", "element", "by"),
    [
        ("192.0.2.1", "r1", "source"),
        ("2001:db8::1", "r1", "source"),
        ("198.51.100.77", "r1", "source"),
        ("203.0.113.1", "r2", "agent-addr"),
    ],
)
def test_the_element_of_a_trap(source: str, element: str, by: str):
    trap = _trap(_datagram(UPTIME, NAME, _BY_ADDRESS), source=source, elements=(_R1, _R2))
    assert (trap.element, trap.element_by) == (element, by)
    assert ("agent_addr_untrusted" in trap.flags) == (by == "agent-addr")


def test_the_element_by_its_own_credential():
    trap = _trap(_datagram(UPTIME, NAME, _BY_ADDRESS), source="203.0.113.1", elements=(_R1,))
    assert (trap.element, trap.element_by) == ("r1", "credential")


def test_the_element_by_the_agent_addr_of_v1():
    datagram = _v1(V1Trap("1.3.6.1.4.1.9", "192.0.2.2", 2, 0, 0))
    assert _trap(datagram, source="203.0.113.1", elements=(_R1, _R2)).element == "r2"
    config = TrapsConfig(accept_agent_addr=False)
    trap = _trap(datagram, source="203.0.113.1", elements=(_R1, _R2), config=config)
    assert (trap.element, trap.element_by) == ("addr:default:203.0.113.1", "unknown")


def test_any_address_that_a_message_names_may_tell_the_element():
    datagram = _v1(V1Trap("1.3.6.1.4.1.9", "10.9.9.9", 2, 0, 0), _BY_ADDRESS)
    trap = _trap(datagram, source="203.0.113.1", elements=(_R1, _R2))
    assert (trap.element, trap.element_by) == ("r2", "agent-addr")


def test_unknown_sources_can_be_dropped():
    config = TrapsConfig(unknown_sources="drop", accept_agent_addr=False)
    rejected = _admit(_datagram(UPTIME, NAME), source="203.0.113.1", elements=(_R1, _R2), config=config)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "unknown_source"


def test_realms_are_apart():
    elsewhere = Element("x1", ("192.0.2.1",), realm="cust-a")
    assert _trap(_datagram(UPTIME, NAME), elements=(elsewhere,)).element_by == "unknown"


def test_damaged_datagrams_never_raise():
    chance = random.Random(7)
    admission = _admission(elements=(_R1, _R2))
    whole = _datagram(UPTIME, NAME, _BY_ADDRESS, INDEX, ("1.3.6.1.2", 0x46, 2**64 - 1), pdu_type=INFORM)
    whole_v1 = _v1(V1Trap("1.3.6.1.4.1.9", "192.0.2.2", 6, 1, 0))
    for _ in range(10_000):
        damaged = bytearray(chance.choice((whole, whole_v1)))
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        datagram = bytes(damaged[: chance.randint(0, len(damaged))] if chance.random() < 0.2 else damaged)
        assert isinstance(admission.admit(datagram, Origin(0, "default", "l", "192.0.2.1", 1)), Trap | Rejected)


RELAYED = (Element("r1", ("192.0.2.1",)), Element("relay", ("198.51.100.9",)))
RELAY = TrapsConfig(proxies=(ProxyConfig("198.51.100.0/28"),))


def _claim(address: str) -> Varbind:
    return (SNMP_TRAP_ADDRESS, 0x40, address)


@pytest.mark.parametrize(
    ("datagram", "found"),
    [
        (_datagram(UPTIME, NAME, _claim("192.0.2.1")), ("r1", "proxy")),
        (_v1(V1Trap("1.3.6.1.4.1.99999", "192.0.2.1", 2, 0, 77)), ("r1", "proxy")),
        (_datagram(UPTIME, NAME, _claim("192.0.2.77")), ("addr:default:192.0.2.77", "proxy")),
        (_v1(V1Trap("1.3.6.1.4.1.99999", "0.0.0.0", 2, 0, 77)), ("relay", "source")),
        (_datagram(UPTIME, NAME), ("relay", "source")),
    ],
    ids=["snmpTrapAddress", "agent-addr", "an unknown element", "says nothing", "its own trap"],
)
def test_a_trusted_relay_says_whose_trap_it_is(datagram: bytes, found: tuple[str, str]):
    trap = _trap(datagram, source="198.51.100.9", config=RELAY, elements=RELAYED)
    assert (trap.element, trap.element_by) == found
    assert trap.flags in ((), ("v1_mapped",))


def test_a_relay_is_trusted_only_in_what_is_named():
    config = TrapsConfig(proxies=(ProxyConfig("198.51.100.9", ("agent-addr",)),))
    trap = _trap(_datagram(UPTIME, NAME, _claim("192.0.2.1")), source="198.51.100.9", config=config, elements=RELAYED)
    assert (trap.element, trap.element_by) == ("relay", "source")


def test_a_relay_is_one_in_its_realm_and_speaks_for_elements_there():
    config = TrapsConfig(proxies=(ProxyConfig("198.51.100.0/28", realm="cust-a"),))
    elements = (*RELAYED, Element("a1", ("192.0.2.1",), realm="cust-a"))
    datagram = _datagram(UPTIME, NAME, _claim("192.0.2.1"))
    found = {}
    for realm in ("default", "cust-a"):
        admission = _admission(config, elements)
        trap = admission.admit(datagram, Origin(0, realm, "listener", "198.51.100.9", 162))
        assert isinstance(trap, Trap)
        found[realm] = (trap.element, trap.element_by)
    assert found == {"default": ("relay", "source"), "cust-a": ("a1", "proxy")}


def test_what_a_relay_tells_of_unknown_elements_can_be_dropped():
    config = TrapsConfig(proxies=RELAY.proxies, unknown_sources="drop", accept_agent_addr=False)
    stranger = _datagram(UPTIME, NAME, _claim("192.0.2.77"))
    rejected = _admit(stranger, source="198.51.100.9", config=config, elements=RELAYED)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "unknown_source"
