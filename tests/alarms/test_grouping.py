"""Parents that operators give: what they do, when they end, and that nobody becomes his own ancestor."""

from typing import Any

import pytest

from tests.alarms.book_feed import NODE, Feed, kinds

PORTS = ("r1/if:a", "r2/if:b", "r3/if:c")


class Family:
    """Alarms of three ports that have nothing to do with each other, and what is asked of them."""

    def __init__(self) -> None:
        self.feed = Feed()
        for port in PORTS:
            self.feed.on(port)
        self.a, self.b, self.c = (self.feed.alarm(port).alarm_id for port in PORTS)

    def group(self, *ids: str, under: str, **more: Any) -> tuple[list[tuple[str, str]], list[str]]:
        changes, results = self.feed.ask("group", *ids, parent=under, **more)
        return kinds(changes), [one.get("reason", one["result"]) for one in results]

    def parents(self) -> list[tuple[str, ...]]:
        return [self.feed.alarm(port).parents for port in PORTS]


@pytest.fixture
def family() -> Family:
    return Family()


def test_children_that_an_operator_gives_a_parent_are_not_hidden(family: Family) -> None:
    changes, results = family.group(family.b, family.c, under=family.a, comment="one cable")
    assert results == ["done", "done"]
    assert changes == [("parent_set", PORTS[1]), ("parent_set", PORTS[2]), ("updated", PORTS[0])]
    parent, child = family.feed.alarm(PORTS[0]), family.feed.alarm(PORTS[1])
    assert parent.children == tuple(sorted((family.b, family.c)))
    assert (child.parents, child.group_parent, child.hidden_by) == ((family.a,), family.a, ())
    assert child.comments[-1].text == "one cable"
    assert family.group(family.b, under=family.a) == ([], ["unchanged"])


def test_taken_away_again(family: Family) -> None:
    family.group(family.b, family.c, under=family.a)
    family.feed.restart()
    changes, [result, other] = family.feed.ask("ungroup", family.b, family.a)
    assert kinds(changes) == [("parent_unset", PORTS[1]), ("updated", PORTS[0])]
    assert (result["result"], other["result"]) == ("done", "unchanged")
    assert family.feed.ask("ungroup", family.c, parent=family.b)[1][0]["result"] == "unchanged", (
        "that is not its parent"
    )
    assert family.parents() == [(), (), (family.a,)]
    assert family.feed.alarm(PORTS[0]).children == (family.c,)


def test_another_parent_takes_the_place_of_the_first(family: Family) -> None:
    family.group(family.c, under=family.a)
    family.group(family.c, under=family.b)
    assert family.parents() == [(), (), (family.b,)]
    assert (family.feed.alarm(PORTS[0]).children, family.feed.alarm(PORTS[1]).children) == ((), (family.c,))


def test_nobody_becomes_his_own_ancestor(family: Family) -> None:
    assert family.group(family.a, under=family.a) == ([], ["cycle"])
    family.group(family.b, under=family.a)
    family.group(family.c, under=family.b)
    assert family.group(family.a, under=family.c) == ([], ["cycle"])


def test_only_active_alarms_have_children_and_parents(family: Family) -> None:
    assert family.group(family.a, under="") == ([], ["missingAttribute"])
    assert family.group(family.a, under="2af48ea4-01bf-59aa-895a-11bae7a2983b") == ([], ["notFound"])
    family.feed.off(PORTS[0], at=1)
    assert family.group(family.a, under=family.b) == ([], ["alreadyCleared"])
    assert family.group(family.b, under=family.a) == ([], ["alreadyCleared"])


@pytest.mark.parametrize("restart", [True, False])
def test_a_group_ends_with_its_parent_and_is_not_begun_again(family: Family, restart: bool) -> None:
    family.group(family.b, family.c, under=family.a)
    if restart:
        family.feed.restart()
    changes = family.feed.off(PORTS[0], at=1)
    assert set(kinds(changes)) == {("cleared", PORTS[0]), ("parent_unset", PORTS[1]), ("parent_unset", PORTS[2])}
    assert family.parents()[1:] == [(), ()]
    assert family.feed.alarm(PORTS[1]).group_parent == ""
    family.feed.on(PORTS[0], at=2)
    assert family.parents() == [(), (), ()]


def test_a_child_that_clears_leaves_its_group(family: Family) -> None:
    family.group(family.b, family.c, under=family.a)
    family.feed.off(PORTS[1], at=1)
    assert family.feed.alarm(PORTS[0]).children == (family.c,)
    assert kinds(family.feed.off(PORTS[0], at=2)) == [("cleared", PORTS[0]), ("parent_unset", PORTS[2])]


def test_acknowledgment_follows_the_group(family: Family) -> None:
    family.feed.ask("acknowledge", family.a)
    changes, _ = family.group(family.b, under=family.a)
    assert ("unacknowledged", PORTS[0]) in changes, "it has a child that is not acknowledged"
    _, [result] = family.feed.ask("acknowledge", family.a)
    assert result["children"] == 1
    assert family.feed.alarm(PORTS[1]).ack


@pytest.mark.parametrize("restart", [True, False])
def test_what_the_topology_finds_goes_before_a_group_that_says_the_opposite(restart: bool) -> None:
    feed = Feed()
    feed.on("r1", "node-unreachable", hides=NODE)
    for object_ in ("r2", "r3"):
        feed.on(object_)
    node, one, other = feed.alarm("r1", "node-unreachable"), feed.alarm("r2"), feed.alarm("r3")
    feed.ask("group", node.alarm_id, parent=one.alarm_id)
    feed.ask("group", one.alarm_id, parent=other.alarm_id)
    if restart:
        feed.restart()
    # r3 lies behind r1, above which it stands.
    changes = feed.behind({"r1": ("r3",)}, at=1)
    assert [one for one in kinds(changes) if one[0] == "parent_unset"] == [("parent_unset", "r2")]
    assert feed.alarm("r3").parents == (node.alarm_id,)
    assert feed.alarm("r2").parents == ()
    assert feed.alarm("r1", "node-unreachable").parents == (one.alarm_id,)
