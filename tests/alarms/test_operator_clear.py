"""An operator clears what no poll observes any more: each branch of the rule in specs/alarms.md 2."""

from typing import Any

import msgspec
import pytest

from netmon.domain.alarm import Alarm
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import (
    InventoryChange,
    Observation,
    OperatorRequest,
    PollFailure,
    PollResult,
    RulesChange,
    Tick,
    Trap,
)
from netmon.domain.output import Answer
from netmon.domain.usage import UsageSettings
from netmon.mib.names import MibView
from netmon.rulebook.kinds import MetricCondition, PairRule, Rulebook, RuleKind, ThresholdRule, TrapCondition
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.correlate.by_hand import DOWN, UP, rule
from tests.normalize.blocks import PROFILE, block, failed, result

T0 = 1_700_000_000_000
BFD = "1.3.6.1.2.1.222.0.2"
PORT = "r1/if:xe-0/0/1"


def kinds() -> tuple[RuleKind, ...]:
    """Return a rule that only traps decide on, and one that polls decide on, too."""
    bfd = rule("bfd-down", object=lambda _: "if:xe-0/0/1")
    link = rule("link-down", object=lambda _: "if:xe-0/0/1")
    return (
        PairRule(bfd, (TrapCondition(0, (BFD,)),), ()),
        PairRule(link, (TrapCondition(0, (DOWN,)),), (TrapCondition(0, (UP,)),)),
        ThresholdRule(
            link,
            (MetricCondition(1, ("ifOperStatus",), lambda scope: scope.value == 2, 600_000),),
            (MetricCondition(1, ("ifOperStatus",), lambda scope: scope.value == 1, 120_000),),
        ),
    )


def compiled(change: RulesChange, inventory: Inventory) -> Ruleset:
    return Ruleset(Rulebook("", kinds(), profiles=(PROFILE,)), (), UsageSettings(), MibView(()))


class Network:
    """A core that hears of one router; times in seconds after the start."""

    def __init__(self) -> None:
        self.core = Core(compiled, MibView(()))
        self.core.step(RulesChange(T0, b"", "h", ""))
        element = Element("r1", ("192.0.2.1",), credential="main")
        self.core.step(InventoryChange(T0, "loaded", added=(element,)))

    def _take(self, at: int, observation: Observation) -> list[Any]:
        self.core.step(Tick(T0 + at * 1000))
        return self.core.step(observation)

    def trap(self, at: int, name: str) -> Alarm:
        trap = Trap(T0 + at * 1000, "", "192.0.2.1", 162, "l", "2c", "main", "r1", "address", name, ())
        self._take(at, trap)
        return self.core.book.alarms()[-1]

    def poll(self, at: int, status: int | None = 1, *, port: str = "xe-0/0/1", **more: Any) -> None:
        row = {"ifName": port.encode(), "ifOperStatus": status, "ifHCInOctets": at}
        self._take(at, result(T0 + at * 1000, block(T0 + at * 1000, {"7": row}), **more))

    def fail(self, at: int, reason: PollFailure = "timeout") -> None:
        self._take(at, failed(T0 + at * 1000, reason))

    def ping(self, at: int) -> None:
        icmp = (3, 3, 900, 1000, 1100)
        self._take(at, PollResult(T0 + at * 1000, "r1", "", "ping", 0, 0, True, True, "icmp", "run", (), icmp=icmp))

    def restart(self) -> None:
        state = decode(encode(self.core.dump()))
        before, self.core = self.core, Core(compiled, MibView(()))
        self.core.load(state)
        assert self.core.digest() == before.digest()

    def clear(self, at: int, alarm: Alarm) -> dict[str, Any]:
        asked = OperatorRequest(T0 + at * 1000, f"q{at}", "ann", "clear", (alarm.alarm_id,), comment="gone")
        outputs = self._take(at, asked)
        [answer] = [output for output in outputs if isinstance(output, Answer)]
        [reply] = msgspec.json.decode(answer.body)["results"]
        assert (reply["result"] == "done") == (self.core.book.is_active((alarm.object, alarm.type, "")) is False)
        if reply["result"] == "refused":
            assert (reply["reason"], reply["status"]) == ("conditionObserved", 409)
        return dict(reply)


@pytest.fixture
def network() -> Network:
    return Network()


def test_a_good_poll_after_the_raise_allows_it(network: Network) -> None:
    alarm = network.trap(10, BFD)
    network.poll(20)
    network.restart()
    assert network.clear(30, alarm)["result"] == "done"
    [cleared] = network.core.book.alarms()
    assert (cleared.clear_reason, cleared.clear_user, cleared.state) == ("operator", "ann", "cleared")


def test_nobody_has_looked_since_the_raise(network: Network) -> None:
    network.poll(5)
    alarm = network.trap(10, BFD)
    since = f"and no poll has looked at {PORT} since"
    told = f"bfd-down raised it last at 2023-11-14 22:13:30 UTC, {since}"
    assert network.clear(20, alarm)["evidence"] == told
    network.ping(21)
    assert network.clear(22, alarm)["evidence"] == told
    network.poll(30, port="xe-0/0/2")
    assert network.clear(31, alarm)["evidence"] == told, "that was another port"


def test_a_raise_after_the_poll_counts(network: Network) -> None:
    network.trap(10, BFD)
    network.poll(20)
    alarm = network.trap(25, BFD)
    assert "raised it last at 2023-11-14 22:13:45 UTC, and no poll" in network.clear(30, alarm)["evidence"]


def test_the_last_poll_failed(network: Network) -> None:
    alarm = network.trap(10, BFD)
    network.poll(20)
    network.fail(80)
    network.restart()
    evidence = network.clear(90, alarm)["evidence"]
    assert evidence == (
        f"the last poll of {PORT} failed at 2023-11-14 22:14:40 UTC; bfd-down raised it last at 2023-11-14 22:13:30 UTC"
    )


def test_a_run_that_never_asked_is_no_failure(network: Network) -> None:
    alarm = network.trap(10, BFD)
    network.poll(20)
    network.fail(80, "overrun")
    assert network.clear(90, alarm)["result"] == "done"


def test_the_last_run_did_not_bring_the_object(network: Network) -> None:
    alarm = network.trap(10, BFD)
    network.poll(20)
    network.poll(80, port="xe-0/0/2")
    assert "no poll has looked" in network.clear(90, alarm)["evidence"]


def test_a_poll_of_long_ago_is_none_of_now(network: Network) -> None:
    alarm = network.trap(10, BFD)
    network.poll(20)
    assert "no poll has looked" in network.clear(20 + 181, alarm)["evidence"]


def test_the_poll_observes_the_condition(network: Network) -> None:
    alarm = network.trap(10, DOWN)
    network.poll(20, 2)
    network.restart()
    evidence = network.clear(30, alarm)["evidence"]
    assert evidence == (
        "ifOperStatus was 2 at 2023-11-14 22:13:39 UTC; link-down raised it last at 2023-11-14 22:13:30 UTC"
    )


def test_the_poll_sees_neither_that_it_holds_nor_that_it_is_over(network: Network) -> None:
    alarm = network.trap(10, DOWN)
    network.poll(20, 5)
    assert "ifOperStatus was 5 at" in network.clear(30, alarm)["evidence"]


def test_a_poll_without_the_value_that_decides_says_nothing(network: Network) -> None:
    alarm = network.trap(10, DOWN)
    network.poll(20, None)
    assert "no poll has looked" in network.clear(30, alarm)["evidence"]


def test_the_poll_sees_that_it_is_over_but_not_long_enough_to_clear_by_itself(network: Network) -> None:
    alarm = network.trap(10, DOWN)
    network.poll(20, 1)
    network.restart()
    assert network.clear(30, alarm)["result"] == "done"
    network.poll(80, 1)
    again = network.trap(90, DOWN)
    assert again.alarm_id != alarm.alarm_id
    assert "no poll has looked" in network.clear(95, again)["evidence"]


def test_what_nobody_needs_any_more_is_forgotten(network: Network) -> None:
    alarm = network.trap(10, DOWN)
    network.poll(20, 1)
    network.clear(30, alarm)
    network.poll(80, 1)
    assert [item for item in dict(network.core.dump())["engine"] if item[0] == "look"] == []
