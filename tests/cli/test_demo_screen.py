"""What ``netmon demo`` prints where nobody looks: a line for each alarm, and one for all that another explains."""

from rich.console import Console

from netmon.cli.demo_screen import _lines, _picture
from tests.alarms.book_feed import PARTS, Feed

CARD = "r1/entity:Card 1"


def told(feed: Feed, changes) -> list[str]:
    return [line[9:] for line in _lines(changes, list(feed.book.alarms()))]


def test_what_is_hidden_at_once_is_counted_below_what_explains_it():
    feed = Feed()
    changes = [*feed.on("r1/if:a/vlan:7"), *feed.on("r1/if:a/vlan:8"), *feed.on("r1/if:a", hides=PARTS, at=1)]
    cause = feed.alarm("r1/if:a")
    [raised, hidden] = told(feed, changes)
    assert raised.split() == ["raised", "major", "r1/if:a", "down"]
    assert hidden == f"hidden   2 alarms below: {cause.text}"


def test_a_clear_says_how_severe_it_was_and_one_of_a_hidden_alarm_is_not_told():
    feed = Feed()
    feed.on("r1/if:a/vlan:7")
    feed.on("r1/if:a", hides=PARTS, at=1)
    assert told(feed, feed.off("r1/if:a/vlan:7", at=2)) == []
    [cleared] = told(feed, feed.off("r1/if:a", at=3))
    assert cleared.split()[:2] == ["cleared", "major"]


def test_no_line_is_longer_than_a_terminal_of_80_columns():
    feed = Feed()
    changes = feed.on("r1/if:" + "x" * 90)
    assert [len(line) for line in _lines(changes, list(feed.book.alarms()))] == [80]


def test_a_terminal_of_80_columns_shows_severity_time_and_text():
    feed = Feed()
    feed.on("r1/if:a/vlan:7")
    feed.on("r1/if:a", hides=PARTS, at=1)
    console = Console(width=80, height=24)
    with console.capture() as shown:
        console.print(_picture(list(feed.book.alarms()), ["12:00:00  r1: link at a goes down"], lines=5))
    title, _, row, *_ = shown.get().splitlines()
    assert "1 alarm, 1 hidden below, 0 cleared" in title
    assert row.split()[1] == "major"
    assert "r1/if:a  down (hides 1)" in row
    assert "link at a goes down" in shown.get()
