"""Planned work over reloads, outages of netmon and links (specs/rules.md 6.13, specs/alarms.md 8.5)."""

from netmon.domain.inventory import Link
from netmon.domain.observation import HealthRow
from tests.correlate.worked import CLOSES, OPENS, RULE, WINDOW, Worked


def test_a_window_that_ends_while_netmon_is_down_shows_what_is_active_once():
    work = Worked(RULE + WINDOW)
    work.tick(OPENS)
    work.down(30)
    work.restart()
    assert work.tick(CLOSES + 300) == [("shown", "r1/if:#1")]
    work.restart()
    assert work.tick(CLOSES + 301) == []


def test_a_window_that_is_taken_out_of_the_rules_ends_at_once_and_one_that_is_put_in_begins():
    work = Worked(RULE)
    work.tick(OPENS)
    work.down(30)
    assert work.use(RULE + WINDOW) == [("hidden", "r1/if:#1")]
    assert work.use(RULE + WINDOW.replace("work,", "other,")) == [("updated", "r1/if:#1")]
    assert work.use(RULE + WINDOW.replace("'r1'", "'r2'")) == [("shown", "r1/if:#1")]
    assert work.down(31, "r2") == [("raised", "r2/if:#1")]
    assert [alarm.hidden_by for alarm in work.core.book.alarms()] == [(), ("maint:work",)]
    assert work.use(RULE) == [("shown", "r2/if:#1")]


def test_another_text_of_the_rules_shows_nothing_of_what_is_hidden():
    work = Worked(RULE + WINDOW)
    work.tick(OPENS)
    work.down(30)
    assert work.use(RULE.replace("text: down", "text: gone") + WINDOW) == []
    assert [alarm.hidden_by for alarm in work.core.book.alarms()] == [("maint:work",)]


def test_a_link_is_worked_on_where_one_of_its_ends_is():
    work = Worked(RULE + WINDOW, Link("l1", "r1/if:p1", "r2/if:p1"))
    work.core.identity.load_state([("r1", "if", "1", "p1"), ("r2", "if", "1", "p1")])
    work.tick(OPENS)
    work.down(30, "r1")
    work.down(30, "r2")
    alarms = {alarm.object: alarm for alarm in work.core.book.alarms()}
    assert alarms["link:l1"].hidden_by == ("maint:work",)
    assert alarms["link:l1"].flags == ("planned",)
    assert "maint:work" not in alarms["r2/if:p1"].hidden_by


def test_alarms_of_netmon_itself_are_never_hidden():
    work = Worked(RULE + WINDOW.replace("where: element.id == 'r1', ", ""))
    work.tick(OPENS)
    work.tick(OPENS + 1, HealthRow("traps", "kernel_drops", 0))
    assert work.tick(OPENS + 2, HealthRow("traps", "kernel_drops", 7)) == [("raised", "netmon")]
    assert [alarm.hidden_by for alarm in work.core.book.alarms()] == [()]
