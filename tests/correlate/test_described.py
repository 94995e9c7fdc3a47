"""What an alarm keeps of its raise: varbinds in words, and what operators wrote on the port."""

import pytest

from netmon.correlate.described import Descriptions
from netmon.domain.inventory import Inventory
from netmon.mib.names import MibView
from netmon.mib.node import Module, Node, Syntax
from netmon.rulebook.kinds import MetricCondition, PairRule, ThresholdRule, TrapCondition
from tests.correlate.by_hand import DOWN, INVENTORY, UP, Step, by_index, rule

STATUS = Syntax("INTEGER", "Integer32", ((1, "up"), (2, "down")))
VIEW = MibView(
    [
        Module(
            "IF-MIB",
            "key",
            (
                Node("IF-MIB", "ifOperStatus", "1.3.6.1.2.1.2.2.1.8", "column", STATUS),
                Node("IF-MIB", "ifIndex", "1.3.6.1.2.1.2.2.1.1", "column", Syntax("INTEGER", "Integer32")),
            ),
        )
    ]
)
PAIR = PairRule(rule("link-down", object=by_index), (TrapCondition(0, (DOWN,)),), (TrapCondition(0, (UP,)),))
THRESHOLD = ThresholdRule(
    rule("down-polled"), (MetricCondition(0, ("ifOperStatus",), lambda scope: scope.value == 2),), ()
)


@pytest.fixture
def step() -> Step:
    made = Step(PAIR, THRESHOLD)
    made.engine.load(made.rulebook, INVENTORY, VIEW)
    made.names.known["r1", "if", "17"] = "xe-0/0/1"
    return made


def test_numbers_that_have_names_are_told_by_name(step: Step) -> None:
    [raised] = step.trap(DOWN, 0, ifIndex=17, ifOperStatus=2, **{"1.3.6.1.4.1.32473.1": 5}, ifName="xe-0/0/1")
    assert raised.after.additional_info == {
        "ifIndex": "17",
        "ifOperStatus": "down",
        "1.3.6.1.4.1.32473.1": "5",
        "ifName": "xe-0/0/1",
    }


def test_an_alarm_says_what_is_written_on_the_port(step: Step) -> None:
    step.block(0, {"ifAlias": ["to core-2", "to agg-1"]}, kinds=("text",))
    [raised] = step.trap(DOWN, 1_000, ifIndex=17)
    assert raised.after.additional_info == {"ifAlias": "to agg-1", "ifIndex": "17"}


def test_so_does_one_that_a_poll_raised(step: Step) -> None:
    step.block(0, {"ifAlias": ["to core-2"], "ifOperStatus": [1]}, kinds=("text", "state"))
    [raised] = step.block(60_000, {"ifOperStatus": [2]})
    assert raised.after.additional_info == {"ifAlias": "to core-2"}


def test_what_the_trap_says_itself_is_kept(step: Step) -> None:
    step.block(0, {"ifAlias": ["", "to agg-1"]}, kinds=("text",))
    [raised] = step.trap(DOWN, 1_000, ifIndex=17, ifAlias="to agg-2")
    assert raised.after.additional_info == {"ifIndex": "17", "ifAlias": "to agg-2"}


def test_a_description_that_is_wiped_is_told_no_more(step: Step) -> None:
    step.block(0, {"ifAlias": ["to core-2", "to agg-1"]}, kinds=("text",))
    step.block(60_000, {"ifAlias": ["to core-2", ""]}, kinds=("text",))
    [raised] = step.trap(DOWN, 61_000, ifIndex=17)
    assert "ifAlias" not in raised.after.additional_info


def test_descriptions_survive_a_restart_and_go_with_their_element(step: Step) -> None:
    step.block(0, {"ifAlias": ["to core-2"]}, kinds=("text",))
    items = [item for kind, *item in step.engine.dump() if kind == "described"]
    assert items == [["r1/if:xe-0/0/0", "to core-2"]]
    kept = Descriptions()
    kept.load_item(items[0])
    assert kept.of("r1/if:xe-0/0/0") == "to core-2"
    step.engine.load(step.rulebook, Inventory())
    assert not [item for kind, *item in step.engine.dump() if kind == "described"]
