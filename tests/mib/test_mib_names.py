import pytest

from netmon.mib.index import IndexMismatch, index_values
from netmon.mib.lookup import describe
from netmon.mib.names import MibView, UnknownName
from netmon.mib.node import Module, Node, Syntax
from netmon.mib.sources import split_modules


def test_resolve_gives_the_node_and_the_rest(view: MibView) -> None:
    found = view.resolve("1.3.6.1.2.1.2.2.1.2.7")
    assert (found.node.name, found.index, found.known) == ("IF-MIB::ifDescr", "7", True)
    assert view.resolve("1.3.6.1.2.1.2.2.1.2.7") is found
    assert view.resolve("1.3.6.1.2.1.1.3.0").node.symbol == "sysUpTime"
    assert not view.resolve("1.3.6.1.4.1.9.9.1.1").known
    assert view.resolve("2.999.1").node.symbol == ""
    assert view.resolve("2.999.1").index == "2.999.1"


@pytest.mark.parametrize(
    ("oid", "name"),
    [
        ("1.3.6.1.2.1.2.2.1.2", "ifDescr"),
        ("1.3.6.1.2.1.2.2.1.2.7", "ifDescr.7"),
        ("1.3.6.1.2.1.2.2.1.99.7", "ifEntry.99.7"),
        ("1.3.6.1.6.3.1.1.5.3", "linkDown"),
        ("1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.1"),
        ("2.999", "2.999"),
    ],
)
def test_name_of(view: MibView, oid: str, name: str) -> None:
    assert view.name_of(oid) == name


@pytest.mark.parametrize("name", ["IF-MIB::ifDescr", "ifDescr", "1.3.6.1.2.1.2.2.1.2", ".1.3.6.1.2.1.2.2.1.2"])
def test_a_symbol_by_any_of_its_names(view: MibView, name: str) -> None:
    assert view.symbol(name).name == "IF-MIB::ifDescr"


def test_the_smiv2_successor_names_an_object_of_mib_ii(view: MibView) -> None:
    assert view.symbol("sysDescr").module == "SNMPv2-MIB"
    assert view.symbol("RFC1213-MIB::sysDescr").module == "RFC1213-MIB"
    assert view.symbol("ipForwarding").module == "IP-MIB"
    assert view.symbol("tcpRtoMin").module == "RFC1213-MIB"


def test_unknown_names_propose_a_near_one(view: MibView) -> None:
    with pytest.raises(UnknownName, match=r'unknown object "IF-MIB::ifDesrc" \(did you mean "IF-MIB::ifDescr"\?\)'):
        view.symbol("IF-MIB::ifDesrc")
    with pytest.raises(UnknownName, match=r'"ifDescr" is a column, not a notification'):
        view.notification("ifDescr")
    with pytest.raises(UnknownName, match=r'"dwn" is no value of ifOperStatus \(did you mean "down"\?\)'):
        view.enum("ifOperStatus", "dwn")


def test_oid_of_instances_and_numbers(view: MibView) -> None:
    assert view.oid_of("IF-MIB::ifDescr.7") == "1.3.6.1.2.1.2.2.1.2.7"
    assert view.oid_of(".1.3.6.1.4.1.9") == "1.3.6.1.4.1.9"


@pytest.mark.parametrize("text", ["1.3.x", "1.", "1..3", "1.3.6.", "7up"])
def test_what_begins_with_a_digit_is_an_oid_or_nothing(view: MibView, text: str) -> None:
    with pytest.raises(UnknownName, match="is no OID"):
        view.oid_of(text)


def test_notifications_enums_and_metadata(view: MibView) -> None:
    assert view.notification("linkDown").objects == ("IF-MIB::ifIndex", "IF-MIB::ifAdminStatus", "IF-MIB::ifOperStatus")
    assert view.notification("1.3.6.1.6.3.1.1.5.4").symbol == "linkUp"
    assert view.enum("IF-MIB::ifOperStatus", "lowerLayerDown") == 7
    assert view.enum_name("ifOperStatus", 2) == "down"
    assert view.enum_name("ifOperStatus", 99) == "99"
    node = view.symbol("ifHCInOctets")
    assert (node.kind, node.syntax, node.type.base, node.access) == ("column", "Counter64", "Counter64", "read-only")
    assert view.symbol("snmpEngineTime").units == "seconds"
    assert view.symbol("ifType").enums[5] == (6, "ethernetCsmacd")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("ifOperStatus.7", 2, "down"),
        ("ifOperStatus.7", 42, "42"),
        ("ifDescr.7", b"ge-0/0/0", "ge-0/0/0"),
        ("ifDescr.7", b"ge\xff", "0x6765FF"),
        ("ifPhysAddress.7", b"\x00\x1b\x21\x0a\xbc\x00", "00:1b:21:0a:bc:00"),
        ("ifPhysAddress.7", b"", ""),
        ("ifHCInOctets.7", 1 << 63, str(1 << 63)),
        ("sysObjectID.0", "1.3.6.1.6.3.1.1.5.3", "linkDown"),
        ("snmpTrapAddress.0", "10.1.2.3", "10.1.2.3"),
        ("1.3.6.1.4.1.99999.1", b"text\r\n", "text\r\n"),
        ("1.3.6.1.4.1.99999.1", b"\x00\x01", "0x0001"),
        ("ifDescr.7", None, ""),
    ],
)
def test_render(view: MibView, name: str, value: object, text: str) -> None:
    assert view.render(view.oid_of(name), value) == text


def column(symbol: str, base: str, fixed: int = -1) -> Node:
    return Node("T-MIB", symbol, f"1.3.{len(symbol)}", "column", Syntax(base, base, fixed=fixed))


INTEGER = column("n", "Integer32")
FIXED = column("mac", "OctetString", 2)
TEXT = column("text", "OctetString")
NAME = column("name", "ObjectIdentifier")
ADDRESS = column("ip", "IpAddress")


@pytest.mark.parametrize(
    ("clause", "index", "values"),
    [
        ([(INTEGER, False)], "7", {"n": 7}),
        ([(INTEGER, False), (TEXT, False)], "7.2.65.66", {"n": 7, "text": b"AB"}),
        ([(TEXT, False), (INTEGER, False)], "0.7", {"text": b"", "n": 7}),
        ([(TEXT, True)], "65.66", {"text": b"AB"}),
        ([(FIXED, False), (INTEGER, False)], "1.255.9", {"mac": b"\x01\xff", "n": 9}),
        ([(NAME, False), (INTEGER, False)], "2.1.3.9", {"name": "1.3", "n": 9}),
        ([(NAME, True)], "1.3.6", {"name": "1.3.6"}),
        ([(ADDRESS, False), (INTEGER, False)], "10.0.0.1.5", {"ip": "10.0.0.1", "n": 5}),
    ],
)
def test_index_values(clause: list[tuple[Node, bool]], index: str, values: dict[str, object]) -> None:
    assert index_values(clause, index) == values


@pytest.mark.parametrize(
    ("clause", "index"),
    [
        ([(INTEGER, False)], ""),
        ([(INTEGER, False)], "7.8"),
        ([(TEXT, False)], "3.65.66"),
        ([(TEXT, True)], "65.256"),
        ([(ADDRESS, False)], "10.0.0"),
    ],
)
def test_an_index_that_does_not_fit(clause: list[tuple[Node, bool]], index: str) -> None:
    with pytest.raises(IndexMismatch):
        index_values(clause, index)


def test_index_of_rows_augmenting_rows_and_scalars(view: MibView) -> None:
    assert view.index_values(view.symbol("ifHCInOctets"), "7") == {"ifIndex": 7}
    assert view.index_values(view.symbol("ifStackEntry"), "2.5") == {"ifStackHigherLayer": 2, "ifStackLowerLayer": 5}
    assert view.index_values(view.symbol("sysUpTime"), "0") == {}
    assert [node.symbol for node, _ in view.indexes(view.symbol("ifXTable"))] == ["ifIndex"]


def test_bits_are_names() -> None:
    bits = Syntax("BITS", "Bits", enums=((0, "first"), (9, "tenth")))
    view = MibView([Module("T-MIB", "k", (Node("T-MIB", "flags", "1.3.1", "scalar", bits),))])
    assert view.render("1.3.1.0", b"\x81\x40") == "first, 7, tenth"


def test_the_hash_depends_on_the_set(view: MibView) -> None:
    one, two = Module("A-MIB", "1"), Module("B-MIB", "2")
    assert MibView([one, two]).hash == MibView([two, one]).hash
    assert MibView([one]).hash != MibView([Module("A-MIB", "2")]).hash


def test_describe(view: MibView) -> None:
    found = describe(view, "IF-MIB::ifOperStatus.7")
    assert found.path == "iso.org.dod.internet.mgmt.mib-2.interfaces.ifTable.ifEntry.ifOperStatus"
    assert (found.instance, found.values, found.indexes) == ("7", (("ifIndex", "7"),), ("IF-MIB::ifIndex",))
    assert describe(view, "ifDescr.7.8").values == (("", "index 7.8 is longer than the INDEX clause"),)
    with pytest.raises(UnknownName):
        describe(view, "2.999")


def test_comments_and_strings_hide_headers_and_imports() -> None:
    text = """-- FAKE-MIB DEFINITIONS ::= BEGIN
REAL-MIB { iso 3 } DEFINITIONS ::= BEGIN IMPORTS a -- FROM X-MIB;
 FROM Y-MIB b FROM
 Z-MIB; d OBJECT IDENTIFIER ::= { a 1 } -- "
t OBJECT-TYPE DESCRIPTION "IMPORTS q FROM Q-MIB; W-MIB DEFINITIONS ::= BEGIN" ::= { a 2 } END
"""
    (source,) = split_modules(text, "f")
    assert (source.name, source.line, source.imports) == ("REAL-MIB", 2, (("Y-MIB", 3), ("Z-MIB", 4)))
