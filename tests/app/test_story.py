"""The life of an alarm as it is told: each change with its time, what happened, which rule said it, what came of it."""

from netmon.domain.inventory import Element
from netmon.domain.observation import OperatorRequest, PollFailed
from netmon.storage.sqlite.retention import Limits
from tests.app.hours import LINK_DOWN, LINK_UP, START, Hours, link, tick
from tests.app.why import LINKS
from tests.command_line import call

ROOT = (
    LINKS
    + """
  - id: element-unreachable
    type: node-unreachable
    raise: {state: reachability, when: "state in [down, unreachable]"}
    clear: {when: state == up}
    severity: critical
    text: "{element.name} does not answer"
    hides: {scope: [parts, downstream], settle: 10s}
"""
)


def told(hours: Hours, *words: str) -> list[str]:
    """Return what the command prints."""
    answer = call("rules", "explain", *words, "--config", str(hours.config))
    assert (answer.exit_code, answer.stderr) == (0, "")
    return answer.stdout.splitlines()


async def a_hidden_alarm(hours: Hours) -> str:
    """Record an outage of a link and then of its element; return the id of the first alarm."""
    await hours.begin(ROOT, Element("r1", ("192.0.2.1",), credential="c"))
    await hours.take(tick(1_000), link(1_120, LINK_DOWN, 7))
    await hours.each([tick(4_120), *(lost(at) for at in (5_000, 6_000, 7_000))])
    await hours.each(tick(at) for at in range(8_000, 18_000, 1_000))
    return next(one.alarm_id for one in hours.store.alarms() if one.type == "link-alarm")


def lost(at: int) -> PollFailed:
    return PollFailed(START + at, "r1", "", "if", START + at, "snmp", "timeout", 3, 1_000)


async def test_a_hold_a_raise_and_what_hides_it(hours: Hours) -> None:
    alarm = await a_hidden_alarm(hours)
    rev = next(one.rule_rev for one in hours.store.alarms() if one.alarm_id == alarm)[:4]
    assert told(hours, alarm) == [
        f"r1/if:#7 link-alarm, {alarm[:8]}, major, active, hidden, unstable_identity, stale",
        " 2026-01-01",
        f" 09:00:01.120 #5  trap linkDown      link-down@{rev}  pending 3s",
        " 09:00:04.120 #6  tick, for 3s due                   raised",
        " 09:00:17.000 #19 r1 down (root r1)                  hidden by r1",
    ]


async def test_an_alarm_by_its_first_digits_and_by_its_key(hours: Hours) -> None:
    alarm = await a_hidden_alarm(hours)
    assert told(hours, alarm[:8]) == told(hours, alarm) == told(hours, "r1/if:#7|link-alarm|")
    for name, why in (("ffffffff", "there is no alarm ffffffff"), ("r9|x|", "there is no alarm r9|x|")):
        answer = call("rules", "explain", name, "--config", str(hours.config))
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert why in answer.stderr


async def test_requests_clears_and_counts(hours: Hours) -> None:
    await hours.begin(LINKS.replace(", for: 3s", ""))
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    alarm = hours.store.alarms()[0].alarm_id
    await hours.take(tick(2_000), link(2_100, LINK_DOWN, 7))
    await hours.take(tick(12_000), OperatorRequest(START + 12_100, "q1", "ann", "acknowledge", (alarm,)))
    await hours.take(tick(13_000), link(13_100, LINK_UP, 7))
    rows = [" ".join(line.split()) for line in told(hours, alarm)]
    rev = hours.store.alarms()[0].rule_rev[:4]
    assert rows == [
        f"r1/if:#7 link-alarm, {alarm[:8]}, major, cleared, acknowledged, unstable_identity",
        "2026-01-01",
        f"09:00:01.000 #5 trap linkDown link-down@{rev} raised",
        "09:00:12.000 #8 tick count 2",
        "09:00:12.000 #9 request acknowledge by ann acknowledged",
        f"09:00:13.000 #11 trap linkUp link-down@{rev} cleared, condition_gone",
    ]


async def test_what_is_kept_of_an_alarm_outlives_the_log(hours: Hours) -> None:
    alarm = await a_hidden_alarm(hours)
    for _ in range(2):
        await hours.take(tick(100_000), snapshot=True)
    while await hours.store.retire(START + 110_000, Limits(log_ms=0)):
        pass
    rows = [" ".join(line.split()) for line in told(hours, alarm)]
    assert rows[2].startswith("09:00:01.120 trap IF-MIB::linkDown when vb.ifAdminStatus != down for 3s link-down@")


async def test_wrong_use(hours: Hours) -> None:
    for words in (("rules", "explain"), ("rules", "explain", "x", "--event", "3")):
        answer = call(*words, "--config", str(hours.config))
        assert (answer.exit_code, answer.stderr) == (2, "netmon: name an alarm, or --event SEQ\n")
    await hours.begin(LINKS)
    answer = call("rules", "explain", "--event", "99", "--config", str(hours.config))
    assert (answer.exit_code, answer.stderr) == (2, "netmon: the log ends at observation 3\n")
