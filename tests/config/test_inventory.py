"""The checks of inventory.yaml (specs/snmp.md 5.6): exact lines."""

import pytest

from netmon.config import yaml
from netmon.config.inventory import read_inventory
from netmon.domain.inventory import Inventory, Match
from netmon.sources.realm import RealmConfig

SOUND = """\
version: 1
sites:    [{id: ber1, name: Berlin 1, lat: 52.5, lon: 13.4, parent: de-ne}, {id: de-ne}]
elements:
  - {id: r1, addresses: [192.0.2.1, "2001:db8::1"], site: ber1, credential: core-ro, realm: default, role: router,
     profiles: auto, every: 60s, engine_id: null, trap_sources: [198.51.100.0/24], tags: {vendor: juniper}}
  - {id: r2, addresses: [r2.example.net], timeout: 1s, retries: 0, profiles: [if-mib], engine_id: "0x80001F8880"}
links:    [{id: l1, a: "r1/if:xe-0/0/1", b: "r2/if:xe-0/0/1", kind: uplink}, {id: l2, a: r1, b: r2}]
groups:   [{id: ber1-uplinks, members: [l1, l2, "r1/if:xe-0/0/3"], need: 2}]
services:
  - {id: svc-4711, name: Metro Ethernet 4711, party_ref: cust-0815, depends_on: [ber1-uplinks, l2, r2, "r1/psu:1"],
     members: [{object: "r1/if:xe-0/0/1", facing: customer, valid_from: 2026-03-01T00:00:00Z,
                valid_to: 2026-03-01T00:15:00Z}]}
  - id: svc-4712
    members: [{object: "r1/if:xe-0/0/1", facing: network, valid_from: 2026-03-01T00:15:00Z, valid_to: null}]
"""


def read(text: str) -> tuple[Inventory, list[str]]:
    found = yaml.parse(text.encode(), "inventory.yaml")
    assert not found.problems
    realms = {"v4-only": RealmConfig(bind="127.0.0.1")}
    inventory, problems = read_inventory(found.document, credentials={"core-ro": "v2c", "core-v3": "v3"}, realms=realms)
    return inventory, [str(problem) for problem in problems]


def test_a_sound_inventory() -> None:
    inventory, problems = read(SOUND)
    assert problems == []
    r1, r2 = inventory.elements["r1"], inventory.elements["r2"]
    assert (r1.every_ms, r1.timeout_ms, r1.retries, r1.profiles) == (60_000, 0, -1, ())
    assert (r2.timeout_ms, r2.retries, r2.profiles, r2.engine_id) == (1_000, 0, ("if-mib",), "80001f8880")
    assert inventory.groups["ber1-uplinks"].members == ("l1", "l2", "r1/if:xe-0/0/3")
    (member,) = inventory.services["svc-4712"].members
    assert (member.valid_from, member.valid_to) == (1_772_324_100_000, None)


def test_nothing_is_an_inventory() -> None:
    assert read("") == (Inventory(), [])


TWO = "elements: [{id: r1, addresses: [192.0.2.1]}, {id: r2, addresses: [192.0.2.2]}]\n"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("elements:\n  - {id: netmon, addresses: [h]}",
         ['2:10: elements[0].id: "netmon" is reserved for netmon itself']),
        ("elements:\n  - {id: 'addr:x', addresses: [h]}",
         ['2:10: elements[0].id: "addr:x" is reserved as the root addr:']),
        ("elements:\n  - {id: R1, addresses: [h]}",
         ['2:10: elements[0].id: "R1" is no id (a-z, 0-9, then also . _ -, at most 63 characters)']),
        ("elements: [{id: r1, addresses: [h]}, {id: r1, addresses: [g]}]",
         ['1:43: elements[1].id: "r1" is the id of elements[0] already']),
        ("elements: [{id: r1, addresses: []}]", ["1:32: elements[0].addresses: empty"]),
        ("elements: [{id: r1, addresses: [192.0.2.1]}, {id: r2, addresses: ['::ffff:192.0.2.1']}]",
         ['1:67: elements[1].addresses[0]: ::ffff:192.0.2.1 is an address of both "r1" and "r2"']),
        ("elements: [{id: r1, addresses: [300.1.1.1]}]",
         ['1:33: elements[0].addresses[0]: "300.1.1.1" is no address and no host name']),
        ("elements: [{id: r1, addresses: ['2001:db8::1']}, {id: r2, addresses: ['2001:DB8:0::1']}]",
         ['1:71: elements[1].addresses[0]: 2001:DB8:0::1 is an address of both "r1" and "r2"']),
        ("elements: [{id: r1, addresses: [h], credential: core-rw}]",
         ['1:49: elements[0].credential: unknown credential "core-rw" (did you mean "core-ro"?)']),
        ("elements: [{id: r1, addresses: [h], realm: vpn}]", ['1:44: elements[0].realm: unknown realm "vpn"']),
        ("elements: [{id: r1, addresses: [192.0.2.1], realm: v4-onyl}]",
         ['1:52: elements[0].realm: unknown realm "v4-onyl" (did you mean "v4-only"?)']),
        ("elements: [{id: r1, addresses: ['2001:db8::1', 192.0.2.1], realm: v4-only}]",
         ['1:33: elements[0].addresses[0]: realm "v4-only" is bound to 127.0.0.1 only: no address of that family']),
        ("elements: [{id: r1, addresses: [192.0.2.1]}, {id: r2, addresses: [192.0.2.1], realm: v4-only}]", []),
        ("elements: [{id: r1, addresses: [h, h]}]", ['1:36: elements[0].addresses[1]: h stands there already']),
        ("elements:\n  - {id: r1, addresses: [192.0.2.1], realm: v4-only}\n"
         "  - {id: r2, addresses: [h, 192.0.2.1], realm: v4-only}",
         ['3:29: elements[1].addresses[1]: 192.0.2.1 in realm "v4-only" is an address of both "r1" and "r2"']),
        ("elements: [{id: r1, addresses: [h], engine_id: '0x80001F8880'},"
         " {id: r2, addresses: [g], engine_id: '80001f8880'}]",
         ['1:101: elements[1].engine_id: engine_id_shared: "r1" has it, too']),
        ("elements: [{id: r1, addresses: [192.0.2.1], engine_id: '80001f8880'},"
         " {id: r2, addresses: [192.0.2.1], engine_id: '80001f8880', realm: v4-only}]", []),
        ("elements: [{id: r1, addresses: [h], credential: core-ro, contexts: [vrf-a]}]",
         ['1:68: elements[0].contexts: "core-ro" is no credential of version 3']),
        ("elements: [{id: r1, addresses: [h], credential: core-v3, contexts: [vrf-a, vrf-b]}]", []),
        ("elements: [{id: r1, addresses: [h], per_element_in_flight: 5}]",
         ["1:60: elements[0].per_element_in_flight: 5 is above 4"]),
        ("elements: [{id: r1, addresses: [h], max_response: 100}]",
         ["1:51: elements[0].max_response: 100 is below 484"]),
        ("elements: [{id: r1, addresses: [h], reply_from: any}]",
         ["1:49: elements[0].reply_from: unknown value 'any' (one of asked, known)"]),
        ("elements: [{id: r1, addresses: [h], every: 60}]",
         ["1:44: elements[0].every: 60 has no unit (write '60s' or '1m')"]),
        ("elements: [{id: r1, addresses: [h], trap_sources: [10.0.0.1/8]}]",
         ["1:52: elements[0].trap_sources[0]: 10.0.0.1/8 is no address or prefix (write 192.0.2.0/28)"]),
        ("elements: [{id: r1, adresses: [h]}]",
         ["1:12: elements[0].addresses: missing (addresses, the first is polled)",
          "1:21: elements[0]: unknown key 'adresses' (did you mean 'addresses'?)"]),
        ("sites: [{id: a, parent: b}, {id: b, parent: a}]", ["1:25: sites[0].parent: cycle: a -> b -> a"]),
        ("sites: [{id: a, parent: a}]", ["1:25: sites[0].parent: cycle: a -> a"]),
        ("sites: [{id: a, lat: 91}]", ["1:22: sites[0].lat: 91 is above 90"]),
        (TWO + "links: [{id: l1, a: r9, b: r2}]", ['2:21: links[0].a: unknown element "r9" (did you mean "r1"?)']),
        (TWO + "links: [{id: l1, a: r1/xe-0, b: r2}]",
         ['2:21: links[0].a: "r1/xe-0" is no managed object (write r1/if:xe-0/0/1)']),
        (TWO + "links: [{id: l1, a: r1/if, b: r2}]",
         ['2:21: links[0].a: "r1/if" is no managed object (write r1/if:xe-0/0/1)']),
        (TWO + "links: [{id: l1, a: r1, b: r1}]", ['2:28: links[0].b: both ends are "r1"']),
        (TWO + "links: [{id: l1, a: r1, b: r2, kind: up}]",
         ["2:38: links[0].kind: unknown value 'up' (one of peer, uplink)"]),
        (TWO + "links: [{id: l1, a: r1, b: r2, kind: uplink}, {id: l2, a: r2, b: r1, kind: uplink}]",
         ["2:9: links[0]: uplink cycle: r1 -> r2 -> r1"]),
        (TWO + "groups: [{id: g, members: [r1, r2], need: 3}]",
         ["2:43: groups[0].need: 3 is not in 1..2, the number of members"]),
        (TWO + "groups: [{id: g, members: [r1, x9z]}]", ['2:32: groups[0].members[1]: unknown link or element "x9z"']),
        (TWO + "groups: [{id: r1, members: [r2]}]", ['2:15: groups[0].id: "r1" is the id of elements[0] already']),
        (TWO + "services: [{id: s, depends_on: [r3x]}]",
         ['2:33: services[0].depends_on[0]: unknown group, link or element "r3x"']),
        (TWO + "services: [{id: s, members: [{object: r3}]}]",
         ['2:39: services[0].members[0].object: unknown element "r3" (did you mean "r1"?)']),
        (TWO + "services: [{id: s, members: [{object: r1, valid_from: 2026-03-01T00:07:00Z}]}]",
         ["2:55: services[0].members[0].valid_from: 2026-03-01T00:07:00Z is not on a 900 s boundary "
          "(nearest 2026-03-01T00:00:00Z)"]),
        (TWO + "services: [{id: s, members: [{object: r1, valid_from: 2026-03-01T00:08:00Z}]}]",
         ["2:55: services[0].members[0].valid_from: 2026-03-01T00:08:00Z is not on a 900 s boundary "
          "(nearest 2026-03-01T00:15:00Z)"]),
        (TWO + "services: [{id: s, members: [{object: r1, valid_from: 2026-03-01}]}]",
         ["2:55: services[0].members[0].valid_from: 2026-03-01 is not a UTC time (write 2026-03-01T00:00:00Z)"]),
        (TWO + "services: [{id: s, members: [{object: r1, valid_from: 2026-02-30T00:00:00Z}]}]",
         ["2:55: services[0].members[0].valid_from: 2026-02-30T00:00:00Z is not a time of any day"]),
        (TWO + "services: [{id: s, members: [{object: r1, valid_from: 2026-03-01T00:00:00Z, "
         "valid_to: 2026-03-01T00:00:00Z}]}]",
         ["2:87: services[0].members[0].valid_to: 2026-03-01T00:00:00Z is not after valid_from"]),
        (TWO + "services: [{id: s, members: [{object: r1}]}, {id: t, members: [{object: r1}]}]",
         ['2:73: services[1].members[0].object: "r1" is in both services "s" and "t" at one time '
          "(what is shared stands in depends_on)"]),
        (TWO + "services: [{id: s, members: [{object: r1}, {object: r1}]}]",
         ['2:53: services[0].members[1].object: "r1" is twice in service "s" at one time '
          "(what is shared stands in depends_on)"]),
        ("elements: {r1: {}}", ["1:11: elements: expected a list, not a mapping"]),
        ("elemnts: []", ["1:1: unknown key 'elemnts' (did you mean 'elements'?)"]),
    ],
    ids=lambda value: None,
)  # fmt: skip
def test_the_exact_line(text: str, problems: list[str]) -> None:
    assert read(text)[1] == [f"inventory.yaml:{problem}" for problem in problems]


def test_a_broken_item_hides_no_reference_to_it() -> None:
    assert read("elements: [{id: r1, addresses: [h], port: 0}]\nlinks: [{id: l, a: r1, b: 'r1/if:x'}]\n")[1] == [
        "inventory.yaml:1:43: elements[0].port: 0 is below 1"
    ]


def test_parts_that_carry_each_other() -> None:
    links = (
        '[{id: c1, a: "r1/entity:a", b: "r1/entity:b", kind: uplink}, '
        '{id: c2, a: "r1/entity:b", b: "r1/entity:a", kind: uplink}]'
    )
    _, problems = read(f"version: 1\nelements: [{{id: r1, addresses: [192.0.2.1]}}]\nlinks: {links}\n")
    assert problems == [
        "inventory.yaml:3:9: links[0]: uplink cycle: r1/entity:a -> r1/entity:b -> r1/entity:a",
    ]


def test_a_card_that_carries_a_port_is_no_cycle() -> None:
    elements = "[{id: r1, addresses: [192.0.2.1]}, {id: r2, addresses: [192.0.2.2]}]"
    card, far = '{id: c1, a: "r1/entity:card", b: "r1/if:a", kind: uplink}', '{id: l1, a: "r1/if:a", b: "r2/if:b"}'
    links = f"[{card}, {far}]"
    assert read(f"version: 1\nelements: {elements}\nlinks: {links}\n")[1] == []


def test_an_id_is_no_address() -> None:
    _, problems = read("version: 1\nelements: [{id: 192.0.2.1, addresses: [192.0.2.1]}]\n")
    assert problems == ['inventory.yaml:2:17: elements[0].id: "192.0.2.1" is an address, which may change: an id stays']


MATCHED = TWO + "services:\n  - id: s1\n    members:\n"


def test_members_by_description() -> None:
    inventory, problems = read(
        MATCHED
        + "      - {match: {element: r1, ifAlias: CUST 1}}\n      - {match: {element: r2, ifAlias: {re: 'CUST \\d+'}}}"
    )
    assert problems == []
    members = inventory.services["s1"].members
    assert [member.match for member in members] == [Match("r1", "CUST 1"), Match("r2", "", r"CUST \d+")]


@pytest.mark.parametrize(
    ("member", "problem"),
    [
        ("{match: {element: r9, ifAlias: x}}", '5:27|[0].match.element: unknown element "r9" (did you mean "r1"?)'),
        ("{match: {element: r1, ifAlias: ''}}",
         "5:40|[0].match.ifAlias: is empty, as of every port without a description"),
        ("{match: {element: r1, ifAlias: {re: '['}}}",
         "5:45|[0].match.ifAlias.re: no regular expression: a class without ']'"),
        ("{match: {element: r1}}", "5:17|[0].match.ifAlias: missing (what operators wrote on the port)"),
        ("{match: {element: r1, ifAlias: x}, object: r1/if:a}",
         "5:17|[0].match: stands beside object: a member has one of them"),
        ("{object: r1/if:a, facing: wan}", "5:35|[0].facing: unknown value 'wan' (one of customer, network)"),
        ("{facing: customer}", "5:9|[0]: says no port (write object, or match with element and ifAlias)"),
        ("{match: {element: r1, ifAlias: x}}\n      - {match: {element: r1, ifAlias: x}}",
         '6:17|[1].match: "r1 ifAlias x" is twice in service "s1" at one time (what is shared stands in depends_on)'),
    ],
)  # fmt: skip
def test_members_by_description_that_are_wrong(member: str, problem: str) -> None:
    place, message = problem.split("|")
    assert read(f"{MATCHED}      - {member}")[1] == [f"inventory.yaml:{place}: services[0].members{message}"]
