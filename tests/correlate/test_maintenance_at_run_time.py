"""Maintenance windows that operators make, and windows over many alarms (specs/rules.md 6.13, 11)."""

import pytest

from netmon.alarms import visits
from netmon.correlate import rounds
from netmon.correlate.works import MOST_WORKS
from netmon.domain.inventory import Link
from tests.correlate.worked import CLOSES, OPENS, RULE, T0, WINDOW, Worked

R1 = "element.id == 'r1'"


def test_a_window_begins_with_the_next_tick_and_ends_by_timer():
    work = Worked(RULE)
    work.down(1)
    [reply] = work.plan(2, R1, until=60)
    assert (reply.result, len(reply.id)) == ("done", 36)
    assert work.tick(3) == [("hidden", "r1/if:#1")]
    assert work.down(4, port=2) == [("raised", "r1/if:#2")]
    assert work.down(4, "r2") == [("raised", "r2/if:#1")]
    hidden = {alarm.object: (alarm.hidden_by, "planned" in alarm.flags) for alarm in work.active()}
    by = ((f"maint:{reply.id}",), True)
    assert hidden == {"r1/if:#1": by, "r1/if:#2": by, "r2/if:#1": ((), False)}
    assert work.tick(59) == []
    assert work.tick(60) == [("shown", "r1/if:#1"), ("shown", "r1/if:#2")]
    assert work.tick(61) == []
    assert work.core.engine.maintenance.states(T0 + 61_000) == []


def test_a_window_that_is_ended_shows_what_is_still_active():
    work = Worked(RULE)
    work.down(1)
    [reply] = work.plan(2, R1, until=60)
    work.tick(3)
    [ended] = work.end(4, reply.id)
    assert ended.result == "done"
    assert work.tick(5) == [("shown", "r1/if:#1")]
    [again] = work.end(6, reply.id)
    assert (again.result, again.status) == ("gone", 404)


def test_a_window_that_is_taken_back_never_opens():
    work = Worked(RULE)
    work.down(1)
    work.tick(1)
    [reply] = work.plan(2, R1, since=10, until=60)
    assert work.tick(9) == []
    work.end(9, reply.id)
    assert work.tick(11) == []
    assert work.core.engine.maintenance.dump() == []


def test_a_window_that_ends_while_netmon_is_down_shows_what_is_active_once():
    work = Worked(RULE)
    work.down(1)
    work.plan(2, R1, until=60)
    work.restart()
    assert work.tick(3) == [("hidden", "r1/if:#1")]
    work.restart()
    assert work.tick(400) == [("shown", "r1/if:#1")]
    work.restart()
    assert work.tick(401) == []


def test_a_window_ended_in_the_time_of_its_tick_is_over_after_a_restart_too():
    """The time of a request may lie before that of the Tick that the batch began with."""
    whole, cut = Worked(RULE), Worked(RULE)
    for work in (whole, cut):
        work.down(1)
        [reply] = work.plan(2, R1, until=60)
        work.tick(3)
        work.tick(5)
        work.end(4, reply.id)
    cut.restart()
    assert cut.tick(6) == whole.tick(6) == [("shown", "r1/if:#1")]
    assert cut.core.digest() == whole.core.digest()


def test_windows_of_operators_live_over_a_reload_and_a_new_inventory():
    work = Worked(RULE)
    work.down(1)
    [reply] = work.plan(2, R1, until=60)
    work.tick(3)
    assert work.use(RULE.replace("text: down", "text: gone")) == []
    assert [alarm.hidden_by for alarm in work.active()] == [(f"maint:{reply.id}",)]
    work.restart()
    assert work.tick(60) == [("shown", "r1/if:#1")]


def test_marked_alarms_are_shown():
    work = Worked(RULE)
    work.plan(2, R1, until=60, mode="mark")
    work.tick(3)
    work.down(4)
    assert [(alarm.hidden_by, alarm.flags) for alarm in work.active()] == [((), ("unstable_identity", "planned"))]
    assert work.tick(60) == [("updated", "r1/if:#1")]


def test_a_link_is_found_by_an_end_that_has_no_alarm():
    work = Worked(RULE, Link("l1", "r1/if:p1", "r2/if:p1"))
    work.core.identity.load_state([("r1", "if", "1", "p1"), ("r2", "if", "1", "p1")])
    work.down(1, "r1")
    work.down(1, "r2")
    work.down(1, "r2", up=True)
    assert {alarm.object for alarm in work.active()} == {"r1/if:p1", "link:l1"}
    work.tick(2)
    work.plan(3, "element.id == 'r2'", until=60)
    assert ("hidden", "link:l1") in work.tick(4)
    assert ("shown", "link:l1") in work.tick(60)


def test_all_that_is_wrong_is_told_at_its_place():
    work = Worked(RULE)
    wrong = work.plan(10, "element.id = 'r1'", until=5, mode="drop")
    assert [(one.path, one.status, one.evidence) for one in wrong] == [
        ("where", 400, "where: unexpected '=' (write '==')"),
        ("mode", 400, "mode: unknown value 'drop' (one of hide, mark)"),
        ("to", 400, "to: is not in the future"),
    ]
    [empty] = work.plan(10, " ", until=20)
    assert empty.evidence == "where: empty (write which elements, as in element.id == 'r1'; true: all)"
    [early] = work.plan(10, "true", since=30, until=20)
    assert early.evidence == "to: is not after 'from'"
    assert work.core.engine.maintenance.dump() == []


def test_a_window_of_a_rule_file_is_ended_there():
    work = Worked(RULE + WINDOW)
    work.tick(OPENS)
    [reply] = work.end(30, "work")
    assert (reply.result, reply.status) == ("refused", 409)
    assert "rule file" in reply.evidence
    [gone] = work.end(30, "play")
    assert (gone.result, gone.status) == ("gone", 404)


def test_there_are_so_many_windows_at_most():
    work = Worked(RULE)
    for _ in range(MOST_WORKS):
        [reply] = work.plan(1, "false", since=100, until=200)
        assert reply.result == "done"
    [reply] = work.plan(1, "false", until=200)
    assert (reply.result, reply.reason, reply.status) == ("refused", "tooMany", 409)


def test_windows_are_told_with_what_they_concern():
    work = Worked(RULE + WINDOW)
    [mine] = work.plan(1, "element.id == 'r2' and object.kind == 'if'", until=3_600)
    work.tick(OPENS)
    told = work.core.engine.maintenance.states(T0 + OPENS * 1000, "r2")
    assert [(one.id, one.open, one.from_rules, one.concerns) for one in told] == [
        ("work", True, True, False),
        (mine.id, True, False, True),
    ]
    [ruled, _] = told
    assert (ruled.start, ruled.end) == (T0 + OPENS * 1000, T0 + CLOSES * 1000)
    assert ruled.recurs == "7 * * * *, for 10m, UTC"
    later = work.core.engine.maintenance.states(T0 + CLOSES * 1000)
    assert [(one.id, one.start) for one in later] == [(mine.id, T0 + 1_000), ("work", T0 + (OPENS + 3_600) * 1000)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a Tick look at four alarms, and ask for two elements."""
    monkeypatch.setattr(visits, "MOST", 4)
    monkeypatch.setattr(rounds, "MOST_ASKED", 2)


@pytest.mark.usefixtures("few")
def test_a_tick_looks_at_few_alarms_and_new_ones_are_right_at_once():
    work = Worked(RULE, elements=5)
    for element in range(1, 6):
        for port in range(1, 4):
            work.down(1, f"r{element}", port)
    work.tick(1)
    work.plan(2, "element.id in ['r1', 'r4', 'r5']", until=100)
    per_tick: list[int] = []
    while work.core.left_over:
        hidden = work.tick(3 + len(per_tick))
        assert {kind for kind, _ in hidden} <= {"hidden"}
        per_tick.append(len(hidden))
        if len(per_tick) == 2:
            assert work.down(4, "r5", 9) == [("raised", "r5/if:#9")]
            assert [one.hidden_by != () for one in work.active() if one.object == "r5/if:#9"] == [True]
    assert (sum(per_tick), max(per_tick) <= 4, len(per_tick) > 3) == (9, True, True)
    hidden_at = {alarm.object.partition("/")[0] for alarm in work.active() if alarm.hidden_by}
    assert hidden_at == {"r1", "r4", "r5"}


@pytest.mark.parametrize(
    ("where", "concerned"),
    [
        ("element.id == 'r2'", ["r2"]),
        ("element.id in ['r2', 'r3'] and object.kind == 'if'", ["r2", "r3"]),
        ("object.kind == 'if' or element.id == 'r1'", ["r1", "r2", "r3"]),
        ("contains(object.path, 'if') and not element.id == 'r1'", ["r2", "r3"]),
        ("true", ["r1", "r2", "r3"]),
        ("false", []),
    ],
)
def test_only_elements_that_a_window_may_concern_are_looked_at(where: str, concerned: list[str]):
    work = Worked(RULE, elements=3)
    work.plan(1, where, until=100)
    told = [work.core.engine.maintenance.states(T0 + 2_000, element) for element in ("r1", "r2", "r3")]
    assert [f"r{number}" for number, [one] in enumerate(told, 1) if one.concerns] == concerned


@pytest.mark.usefixtures("few")
def test_a_window_that_closes_while_alarms_still_wait_leaves_none_hidden():
    work = Worked(RULE, elements=5)
    for element in range(1, 6):
        for port in range(1, 4):
            work.down(1, f"r{element}", port)
    work.tick(1)
    [reply] = work.plan(2, "true", until=100)
    work.tick(3)
    assert [one for one in work.active() if one.hidden_by]
    work.end(3, reply.id)
    at = 4
    while work.core.left_over:
        work.tick(at)
        at += 1
    assert at > 5
    assert [one for one in work.active() if one.hidden_by or "planned" in one.flags] == []
    assert work.core.engine.maintenance.dump() == []


def test_a_crash_between_two_alarms_of_one_object_leaves_none_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(visits, "MOST", 2)
    work = Worked(RULE, Link("l1", "r1/if:p1", "r2/if:p1"))
    work.core.identity.load_state([("r1", "if", "1", "p1"), ("r2", "if", "1", "p1")])
    work.down(1, "r1")
    work.down(1, "r2")
    work.plan(2, R1, until=100)
    assert [object_ for _, object_ in work.tick(3)] == ["link:l1"]
    work.restart()
    assert [object_ for _, object_ in work.tick(4)] == ["r1/if:p1"]
    assert work.tick(5) == []
