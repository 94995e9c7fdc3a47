"""A bug of the core costs one observation each time, and its traceback is logged a few times a minute."""

from structlog.testing import capture_logs

from netmon.domain.inventory import Inventory
from netmon.domain.observation import RulesChange, Tick
from netmon.mib.names import MibView
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.stepping import Stepping


def broken(change: RulesChange, inventory: Inventory) -> Ruleset:
    raise ZeroDivisionError


def test_each_bug_is_counted_and_few_of_them_are_logged() -> None:
    core = Core(broken, MibView(()))
    failed: list[int] = []
    stepping = Stepping(core, failed=lambda: failed.append(core.seq))
    with capture_logs() as logs:
        for number in range(50):
            stepping.step_into([], RulesChange(number, b"{}", "h"))
    assert failed == list(range(1, 51))
    assert [one["seq"] for one in logs] == list(range(1, 11))
    assert {(one["event"], one["kind"], one["log_level"]) for one in logs} == {
        ("observation failed", "RulesChange", "error")
    }


def test_what_comes_after_a_bug_is_stepped_as_ever() -> None:
    core = Core(broken, MibView(()))
    stepping = Stepping(core)
    stepping.step_into([], RulesChange(1, b"{}", "h"))
    assert stepping.again(7, Tick(5)) == []
    assert (core.seq, core.now) == (7, 5)
