"""What a change says of its cause: rule, condition, whether a hold ran, and the condition in the words of the rule."""

from netmon.alarms.hold import because_of
from netmon.domain.alarm import Edge

EDGE = Edge(("r1", "t", ""), True, (1, 1), 1, "link-down", "r", "r1", 1, words="trap IF-MIB::linkDown for 3s")


def test_a_cause_names_rule_and_condition_and_has_its_words() -> None:
    assert because_of(EDGE) == "link-down raise[1]: trap IF-MIB::linkDown for 3s"
    assert because_of(EDGE, how=" for") == "link-down raise[1] for: trap IF-MIB::linkDown for 3s"


def test_a_condition_without_words_is_named_by_its_place() -> None:
    assert because_of(Edge(("r1", "t", ""), False, (1, 1), 1, "link-down", "r", "r1", 0)) == "link-down clear[0]"
