"""Rules to begin with, for traps that no rule names."""

from netmon.config import yaml
from netmon.mib.names import MibView
from netmon.mib.node import Module, Node
from netmon.rulebook.compile import compile_rules
from netmon.rulebook.skeleton import Seen, lines, skeletons


def node(symbol: str, number: int, kind: str = "notification", *objects: str) -> Node:
    return Node(module="ACME-MIB", symbol=symbol, oid=f"1.3.6.1.4.1.32473.{number}", kind=kind, objects=objects)  # type: ignore[arg-type]


NAMES = MibView(
    (
        Module(
            "ACME-MIB",
            "k",
            nodes=(
                node("acmeFanFailed", 1, "notification", "ACME-MIB::acmeFanIndex", "ACME-MIB::acmeFanSpeed"),
                node("acmeFanOK", 2),
                node("acmeLinkDown", 3),
                node("acmeLinkUp", 4, "column"),
                node("acmeAlarm", 5),
                node("acmeAlarmCleared", 6),
                node("acmeDoorOpen", 7),
                node("acmeBackUp", 8),
                node("acmeFanIndex", 9, "column"),
                node("acmeFanSpeed", 10, "column"),
            ),
        ),
    )
)


def seen(number: int, count: int = 1, *elements: str) -> Seen:
    return Seen(f"1.3.6.1.4.1.32473.{number}", count, "2026-03-01 10:00:00Z", elements or ("r1",))


def paired(*numbers: int) -> list[tuple[str, str]]:
    found = skeletons([seen(number) for number in numbers], NAMES)
    return [(one.trap.removeprefix("ACME-MIB::"), one.clear.removeprefix("ACME-MIB::")) for one in found]


def test_a_trap_is_paired_with_what_its_name_says_ends_it() -> None:
    assert paired(1, 2) == [("acmeFanFailed", "acmeFanOK")]
    assert paired(1) == [("acmeFanFailed", "acmeFanOK")]
    assert paired(5, 6) == [("acmeAlarm", "acmeAlarmCleared")]


def test_what_is_no_notification_ends_nothing() -> None:
    assert paired(3) == [("acmeLinkDown", "")]
    assert paired(7) == [("acmeDoorOpen", "")]


def test_an_end_without_a_beginning_is_shown_as_one() -> None:
    [one] = skeletons([seen(8)], NAMES)
    assert one.looks_like_clear
    assert any("looks like a clear" in line for line in lines(one))


def test_the_most_frequent_comes_first_and_tells_who_sent_it() -> None:
    found = skeletons([seen(3, 2), seen(1, 17, "r1", "r2", "r3", "r4", "r5"), seen(99, 5)], NAMES)
    assert [(one.id, one.trap) for one in found] == [
        ("acme-fan-failed", "ACME-MIB::acmeFanFailed"),
        ("trap-1-3-6-1-4-1-32473-99", "1.3.6.1.4.1.32473.99"),
        ("acme-link-down", "ACME-MIB::acmeLinkDown"),
    ]
    first, second = list(lines(found[0]))[:2]
    assert first == "  # 17 from r1, r2, r3 and 2 more; last 2026-03-01 10:00:00Z"
    assert second == "  # carries acmeFanIndex, acmeFanSpeed"


def test_what_is_printed_is_a_rule_file_without_mistakes() -> None:
    long = Seen("1.3.6.1.4.1." + ".".join(["1234567890"] * 12), 1, "", ("r1",))
    found = skeletons([seen(number) for number in (1, 3, 5, 7, 8, 99)] + [long], NAMES)
    text = "\n".join(["version: 1", "rules:", *(line for one in found for line in lines(one)), ""])
    document = yaml.parse(text.encode(), "seen.yaml").document
    compiled = compile_rules([document], NAMES)
    assert [str(problem) for problem in compiled.problems if not problem.warning] == []
    assert compiled.rules == len(found) == 7
