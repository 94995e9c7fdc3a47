from zoneinfo import available_timezones

import pytest

from netmon.config import yaml
from netmon.config.inventory import read_inventory
from netmon.domain.usage import UsageSettings
from netmon.rulebook.metering import InventoryPlaces, compile_metering

INVENTORY = """version: 1
elements: [{id: r1, addresses: [192.0.2.1], credential: c}]
services:
  - {id: svc-4711, party_ref: cust-0815,
     members: [{object: "r1/if:xe-0/0/1", facing: customer, valid_from: 2026-03-01T00:00:00Z}]}
  - id: svc-4712
    members: [{object: "r1/if:xe-0/0/2", facing: network,
      valid_from: 2026-03-01T00:00:00Z, valid_to: 2026-04-01T00:00:00Z}]
  - {id: bare, members: [{object: "r1/if:xe-0/0/3"}]}
  - {id: box, members: [{object: r1, facing: customer, valid_from: 2026-03-01T00:00:00Z}]}
"""
RULES = """version: 1
metering:
  - {id: acme-ports, services: [svc-4711], feed: main, contract: acme}
contracts:
  - {id: acme, zone: Europe/Berlin, billing_day: 1, method: percentile, pct: 95}
"""


def compiled(*texts, inventory=INVENTORY):
    read = yaml.parse(inventory.encode(), "inventory.yaml")
    assert read.problems == ()
    known, problems = read_inventory(read.document, credentials={"c": "v2c"})
    assert problems == []
    documents = []
    for number, text in enumerate(texts):
        rules = yaml.parse(text.encode(), f"rules/usage/{'ab'[number]}.yaml")
        assert rules.problems == ()
        documents.append(rules.document)
    where = InventoryPlaces(known, read.document)
    return compile_metering(documents, where, settings=UsageSettings(), zones=available_timezones())


def problems(*texts):
    return [str(problem) for problem in compiled(*texts).problems]


def test_a_service_becomes_assignments():
    found = compiled(RULES)
    assert found.problems == ()
    [assignment] = found.assignments
    assert assignment.series == "r1|ifName:xe-0/0/1"
    assert (assignment.element, assignment.object, assignment.name) == ("r1", "r1/if:xe-0/0/1", "xe-0/0/1")
    assert (assignment.service, assignment.party, assignment.facing) == ("svc-4711", "cust-0815", "customer")
    assert (assignment.feed, assignment.contract, assignment.rule) == ("main", "acme", "acme-ports")
    assert (assignment.poll_ms, assignment.valid_from, assignment.valid_to) == (60_000, 1_772_323_200_000, None)
    assert found.contracts[0].zone == "Europe/Berlin"


def test_patterns_and_objects():
    found = compiled(
        'version: 1\nmetering: [{id: all-ports, services: ["svc-*"], objects: ["r1/if:ae0"], feed: main, poll: 30s}]'
    )
    assert found.problems == ()
    assert [item.series.partition(":")[2] for item in found.assignments] == ["xe-0/0/1", "xe-0/0/2", "ae0"]
    assert [item.service for item in found.assignments] == ["svc-4711", "svc-4712", ""]
    assert found.assignments[0].poll_ms == 30_000


WRONG = {
    "services: [svc-4721], feed: main": '3:27: metering[0].services[0]: unknown service "svc-4721" '
    '(did you mean "svc-4711"?)',
    "services: [svc-4711], feed: mian": '3:44: metering[0].feed: unknown feed "mian" (did you mean "main"?)',
    "services: [svc-4711], feed: main, contract: acmi": '3:60: metering[0].contract: unknown contract "acmi" '
    '(did you mean "acme"?)',
    "services: [svc-4711], feed: main, poll: 70s": "3:56: metering[0].poll: 70s does not divide 300 s",
    'services: ["x*"], feed: main': '3:27: metering[0].services[0]: no service matches "x*"',
    "services: [box], feed: main": '3:27: metering[0].services[0]: "r1" is no interface (write r1/if:xe-0/0/1)',
    "feed: main": "3:5: metering[0]: meters nothing (name services or objects)",
    'objects: ["r2/if:a"], feed: main': '3:26: metering[0].objects[0]: unknown element "r2" (did you mean "r1"?)',
    'objects: ["x*/if:a"], feed: main': '3:26: metering[0].objects[0]: no element matches "x*"',
    'objects: ["r*/psu:*"], feed: main': '3:26: metering[0].objects[0]: "r1/psu:*" is no interface '
    "(write r1/if:xe-0/0/1)",
}


@pytest.mark.parametrize("keys", WRONG)
def test_errors_have_their_place(keys):
    text = RULES.replace("id: acme-ports, services: [svc-4711], feed: main, contract: acme", f"id: acme, {keys}")
    assert problems(text) == [f"rules/usage/a.yaml:{WRONG[keys]}"]


def test_an_unknown_zone():
    [problem] = problems(RULES.replace("Berlin,", "Berlim,"))
    assert problem.endswith('contracts[0].zone: unknown zone "Europe/Berlim" (did you mean "Europe/Berlin"?)')


def test_a_metered_member_must_say_how_and_since_when():
    assert problems(RULES.replace("svc-4711", "bare")) == [
        'inventory.yaml:9:26: services[2].members[0].facing: missing (metered by "acme-ports")',
        'inventory.yaml:9:26: services[2].members[0].valid_from: missing (metered by "acme-ports")',
    ]


def followed(rule, member="match: {element: r1, ifAlias: CUST 1}"):
    whole = f"{{{member}, facing: customer, valid_from: 2026-03-01T00:00:00Z}}"
    inventory = f"{INVENTORY}  - {{id: followed, party_ref: cust-1, members: [{whole}]}}\n"
    found = compiled(f"version: 1\nmetering: [{{id: by-text, feed: main, {rule}}}]", inventory=inventory)
    assert (found.assignments, found.problems) == ((), ())
    return found.followed


def test_a_port_that_is_followed_by_its_description_is_left_to_the_polls():
    [one] = followed("services: [followed]")
    assert (one.position, one.objects, one.assignment.series, one.assignment.element) == (0, "", "", "r1")
    assert (one.assignment.service, one.assignment.party, one.assignment.facing) == ("followed", "cust-1", "customer")


def test_a_description_can_name_the_series():
    [one] = followed("services: [followed], basis: ifAlias")
    assert (one.assignment.series, one.alias) == ("r1|ifAlias:CUST 1", "CUST 1")
    [one] = followed("services: [followed], basis: ifAlias", "match: {element: r1, ifAlias: {re: 'CUST .*'}}")
    assert (one.assignment.series, one.alias) == ("", "")
    [one] = followed("services: [followed], basis: ifAlias", 'object: "r1/if:xe-0/0/9"')
    assert (one.assignment.series, one.objects) == ("", "r1/if:xe-0/0/9")


def test_a_pattern_of_objects_is_one_for_each_element():
    assert [one.objects for one in followed('objects: ["*/if:xe-*"]')] == ["r1/if:xe-*"]


def test_a_followed_member_must_say_how_and_since_when():
    inventory = f"{INVENTORY}  - {{id: followed, members: [{{match: {{element: r1, ifAlias: CUST 1}}}}]}}\n"
    found = compiled(RULES.replace("svc-4711", "followed"), inventory=inventory)
    assert [str(one).partition(": ")[2] for one in found.problems] == [
        f'services[4].members[0].{key}: missing (metered by "acme-ports")' for key in ("facing", "valid_from")
    ]


def test_what_is_followed_by_two_rules_is_told_as_well():
    rules = ", ".join(f'{{id: {id_}, objects: ["r1/if:*"], feed: main}}' for id_ in ("more", "most"))
    other = f"version: 1\nmetering: [{rules}]"
    [problem] = problems(RULES, other)
    assert problem.endswith('"most" and "more" both meter r1/if:* for feed "main" at one time')


def test_overlap_names_both_rules():
    other = 'version: 1\nmetering: [{id: more, services: ["svc-47*"], feed: main}]'
    [problem] = problems(RULES, other)
    assert problem == (
        'rules/usage/b.yaml:2:34: metering[0].services[0]: "more" and "acme-ports" both meter r1|ifName:xe-0/0/1 '
        'for feed "main" at one time'
    )


def test_ids_are_unique_over_files():
    [problem] = problems(RULES, RULES.replace("svc-4711", "svc-4712").replace("id: acme,", "id: acme2,"))
    assert problem.startswith("rules/usage/b.yaml:3:10: metering[0].id: ")
    assert problem.endswith('"acme-ports" stands at rules/usage/a.yaml:3:10 already')


def test_every_mistake_of_a_rule_is_told_in_one_pass_whatever_is_wrong_with_its_id() -> None:
    text = """version: 1
rules: []
metering:
  - {id: Bad Id, services: [svc-4799], feed: mian, poll: 7s, contract: acem}
  - {services: [svc-4798]}
contracts:
  - {id: acme, zone: Europe/Berlim, pct: 101}
"""
    assert [str(problem) for problem in compiled(text).problems] == [
        "rules/usage/a.yaml:2:1: unknown key 'rules' (one of version, metering, contracts)",
        "rules/usage/a.yaml:4:10: metering[0].id: 'Bad Id' does not match ^[a-z0-9][a-z0-9-]{1,63}$",
        'rules/usage/a.yaml:4:29: metering[0].services[0]: unknown service "svc-4799" (did you mean "svc-4711"?)',
        'rules/usage/a.yaml:4:46: metering[0].feed: unknown feed "mian" (did you mean "main"?)',
        "rules/usage/a.yaml:4:58: metering[0].poll: 7s does not divide 300 s",
        'rules/usage/a.yaml:4:72: metering[0].contract: unknown contract "acem" (did you mean "acme"?)',
        "rules/usage/a.yaml:5:5: metering[1].feed: missing (a feed of config.yaml)",
        "rules/usage/a.yaml:5:5: metering[1].id: missing (its id)",
        'rules/usage/a.yaml:5:17: metering[1].services[0]: unknown service "svc-4798" (did you mean "svc-4711"?)',
        'rules/usage/a.yaml:7:22: contracts[0].zone: unknown zone "Europe/Berlim" (did you mean "Europe/Berlin"?)',
        "rules/usage/a.yaml:7:42: contracts[0].pct: 101 is above 100",
    ]
