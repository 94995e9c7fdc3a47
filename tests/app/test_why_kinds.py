"""What each kind of rule asked of an observation, and what came of it, word by word."""

import msgspec
import pytest

from netmon.app.rule_sets import rule_set
from netmon.domain.inventory import Element
from netmon.domain.observation import PollResult
from tests.app.hours import AUTHENTICATION_FAILURE, COLD_START, LINK_DOWN, START, Hours, link, tick, trap
from tests.app.why import LINKS, explained
from tests.normalize.telling import run

COUNTED = """
version: 1
rules:
  - id: wrong-community
    raise: {trap: SNMPv2-MIB::authenticationFailure, count: 3, within: 5m}
    severity: warning
    text: "{count} times"
"""


async def test_a_count_says_how_many_there_are(hours: Hours) -> None:
    await hours.begin(COUNTED)
    await hours.take(tick(1_000), trap(1_100, AUTHENTICATION_FAILURE))
    second = await hours.take(tick(2_000), trap(2_100, AUTHENTICATION_FAILURE))
    third = await hours.take(tick(3_000), trap(3_100, AUTHENTICATION_FAILURE))
    asked = [
        "trap authenticationFailure from r1, 1 candidate",
        "wrong-community without a condition: true",
    ]
    assert explained(hours, second) == [
        *asked,
        "wrong-community 2 of 3",
        "not enough yet for what a rule counts -> pending",
    ]
    assert explained(hours, third) == [
        *asked,
        "wrong-community 3 of 3",
        "wrong-community raise: new alarm -> raised",
    ]


SEQUENCE = """
version: 1
rules:
  - id: restarts
    raise: {sequence: [{trap: SNMPv2-MIB::coldStart}, {trap: SNMPv2-MIB::authenticationFailure}], within: 2m}
    clear: {after: 1h}
    severity: warning
    text: restarted and attacked
"""


async def test_a_sequence_says_how_far_it_has_come(hours: Hours) -> None:
    await hours.begin(SEQUENCE)
    early = await hours.take(tick(500), trap(600, AUTHENTICATION_FAILURE))
    first = await hours.take(tick(1_000), trap(1_100, COLD_START))
    second = await hours.take(tick(2_000), trap(2_100, AUTHENTICATION_FAILURE))
    assert explained(hours, early) == [
        "trap authenticationFailure from r1, 1 candidate",
        "restarts step 2 without a condition: true",
        "not enough yet for what a rule counts -> pending",
    ]
    assert explained(hours, first) == [
        "trap coldStart from r1, 1 candidate",
        "restarts step 1 without a condition: true",
        "restarts 1 of 2 steps",
        "not enough yet for what a rule counts -> pending",
    ]
    assert explained(hours, second) == [
        "trap authenticationFailure from r1, 1 candidate",
        "restarts step 2 without a condition: true",
        "restarts raise: new alarm -> raised",
    ]


ABSENT = """
version: 1
rules:
  - id: heartbeat-missing
    raise: {trap: SNMPv2-MIB::coldStart, absent_for: 3m, expect: tag.heartbeat == 'yes'}
    severity: minor
    text: silent
"""


async def test_what_does_not_come(hours: Hours) -> None:
    elements = Element("r1", ("192.0.2.1",), tags={"heartbeat": "yes"}), Element("r2", ("192.0.2.2",))
    await hours.begin(ABSENT, *elements)
    heard = await hours.take(tick(1_000), trap(1_100, COLD_START))
    other = await hours.take(tick(2_000), trap(2_100, COLD_START, element="r2"))
    await hours.each(tick(at) for at in range(20_000, 181_000, 20_000))
    missed = await hours.take(tick(181_500))
    again = await hours.take(tick(182_000), trap(182_100, COLD_START))
    assert explained(hours, heard) == [
        "trap coldStart from r1, 1 candidate",
        "heartbeat-missing expected if tag.heartbeat == 'yes': 'yes' == 'yes' true",
        "heartbeat-missing without a condition: true",
        "heartbeat-missing nothing since 2026-01-01T09:00:01Z",
    ]
    assert explained(hours, other) == [
        "trap coldStart from r2, 1 candidate",
        "heartbeat-missing expected if tag.heartbeat == 'yes': missing == 'yes' false",
        "no condition is true -> condition_false",
    ]
    assert explained(hours, missed) == [
        "tick",
        "heartbeat-missing raise, trap SNMPv2-MIB::coldStart absent for 3m: nothing since 2026-01-01T09:00:01Z: "
        "new alarm (r1) -> raised",
    ]
    assert explained(hours, again)[-1] == "heartbeat-missing clear: alarm is cleared -> cleared"


ALARMS = """
version: 1
rules:
  - id: link
    raise: {trap: IF-MIB::linkDown}
    clear: {trap: IF-MIB::linkUp}
    object: "if:{vb.ifIndex}"
    severity: major
    text: down
  - id: refused
    raise: {trap: SNMPv2-MIB::authenticationFailure}
    clear: {after: 1h}
    severity: warning
    text: refused
  - id: both
    raise: {alarm: [refused, cold], when: "active('refused') and not active('cold')"}
    severity: minor
    text: refused, not cold
  - id: cold
    raise: {trap: SNMPv2-MIB::coldStart}
    clear: {after: 1h}
    severity: warning
    text: cold
  - id: many-links
    group: {of: link, by: element, members: {kind: if}}
    raise: {when: n >= 2}
    severity: major
    text: links
"""


async def test_rules_on_alarms_say_what_is_active(hours: Hours) -> None:
    await hours.begin(ALARMS)
    await hours.take(tick(500))
    one = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    two = await hours.take(tick(2_000), link(2_100, LINK_DOWN, 8))
    cold = await hours.take(tick(3_000), trap(3_100, COLD_START))
    refused = await hours.take(tick(4_000), trap(4_100, AUTHENTICATION_FAILURE))
    assert explained(hours, one) == [
        "trap linkDown from r1, 2 candidates",
        "link without a condition: true",
        "many-links when n >= 2: 1 >= 2 false",
        "link raise: new alarm -> raised",
    ]
    assert explained(hours, two)[2:] == [
        "many-links when n >= 2: 2 >= 2 true",
        "many-links 2 of 2",
        "link raise: new alarm -> raised",
        "many-links raise: new alarm -> raised",
    ]
    assert explained(hours, cold)[2] == (
        "both when active('refused') and not active('cold'): active('refused') false and not active('cold') true false"
    )
    assert explained(hours, refused)[2] == (
        "both when active('refused') and not active('cold'): active('refused') true and not active('cold') true false"
    )


MEASURED = """
version: 1
rules:
  - id: cpu-high
    raise: {metric: netmon_cpu_percent, when: value >= 90, for: 2m}
    clear: {when: value < 80}
    severity: minor
    text: busy
    levels: [{severity: major, raise: {when: value >= 97}, clear: {when: value < 92}}]
  - id: disk
    raise: {metric: netmon_cpu_percent, when: value > 50}
    severity: minor
    text: half
"""


@pytest.mark.slow
async def test_what_polls_bring(hours: Hours) -> None:
    path = hours.folder / "measured.yaml"
    path.write_text(MEASURED)
    await hours.begin(LINKS, Element("r1", ("192.0.2.1",), credential="c"))
    await hours.take(msgspec.structs.replace(rule_set(hours.loaded(), path).change, at=START))
    seqs = [await hours.take(tick(60_000 * n), load(60_000 * n, value)) for n, value in enumerate((91, 91, 98, 40), 1)]
    first, second, third, fourth = (
        [line for line in explained(hours, seq) if line[:4] in ("cpu-", "disk")] for seq in seqs
    )
    assert first == [
        "cpu-high when value >= 90: 91 >= 90 true (r1/cpu:1)",
        "cpu-high level 1 when value >= 97: 91 >= 97 false (r1/cpu:1)",
        "disk when value > 50: 91 > 50 true (r1/cpu:1)",
        "disk raise[0] true for 0 s",
        "disk raise: new alarm (r1/cpu:1) -> raised",
    ]
    assert second[-1] == "disk raise[0] true for 60 s"
    assert third[-3:] == [
        "cpu-high lowest level is on, major is on",
        "disk raise[0] true for 120 s",
        "cpu-high raise: new alarm (r1/cpu:1) -> raised",
    ]
    assert fourth[2:] == [
        "cpu-high clear when value < 80: 40 < 80 true (r1/cpu:1)",
        "cpu-high level 1 clear when value < 92: 40 < 92 true (r1/cpu:1)",
        "disk when value > 50: 40 > 50 false (r1/cpu:1)",
        "cpu-high clear: alarm is cleared (r1/cpu:1) -> cleared",
        "disk clear: alarm is cleared (r1/cpu:1) -> cleared",
    ]


def load(at: int, percent: int) -> PollResult:
    """Return what one processor says of its load."""
    polled = run("r1", START + at, {"hrProcessorTable": {"1": {"hrProcessorLoad": percent}}})
    blocks = tuple(msgspec.structs.replace(block, profile="host") for block in polled.blocks)
    return msgspec.structs.replace(polled, blocks=blocks, interval_ms=60_000)
