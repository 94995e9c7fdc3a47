"""What ``netmon demo`` prints where nobody looks, and what it shows in a terminal: no text is cut."""

import io
from collections.abc import Sequence

from rich.console import Console

from netmon.cli.demo_screen import lines_of, picture_of
from tests.alarms.book_feed import PARTS, Feed

LONG = "the link between a router with a long name and another one with a name as long goes down, and up again"


def told(feed: Feed, changes) -> list[str]:
    return [line[9:] for line in lines_of(changes, list(feed.book.alarms()))]


def shown(feed: Feed, happened: Sequence[str] = (), *, lines: int = 12) -> str:
    """Return what stands in a terminal of 80 columns."""
    console = Console(width=80, height=24, file=io.StringIO(), record=True)
    console.print(picture_of(list(feed.book.alarms()), happened, width=76, lines=lines))
    return console.export_text()


def words(picture: str) -> str:
    """Return the text of a picture as if it stood in one line, without frames."""
    return " ".join(picture.replace("│", " ").split())


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


def test_a_line_has_all_of_its_text_however_long_it_is():
    feed = Feed()
    object_ = "r1/if:" + "x" * 90
    [line] = told(feed, feed.on(object_))
    assert object_ in line
    assert line.endswith("down")


def test_a_terminal_of_80_columns_shows_severity_time_and_text():
    feed = Feed()
    feed.on("r1/if:a/vlan:7")
    feed.on("r1/if:a", hides=PARTS, at=1)
    picture = shown(feed, ["12:00:00  r1: link at a goes down"])
    title, _, row, *_ = picture.splitlines()
    assert "1 alarm, 1 hidden below, 0 cleared" in title
    assert row.split()[1] == "major"
    assert "r1/if:a  down (hides 1)" in row
    assert "link at a goes down" in picture


def test_a_long_text_goes_on_in_the_next_line():
    feed = Feed()
    feed.on("r1/if:" + " ".join(["port"] * 20))
    picture = shown(feed, [f"12:00:00  {LONG}"])
    assert "…" not in picture
    assert " ".join(["port"] * 20) in words(picture)
    assert LONG in words(picture)
    assert max(map(len, picture.splitlines())) <= 80


def test_as_much_is_shown_as_there_are_lines_and_the_rest_is_counted():
    feed = Feed()
    for number in range(30):
        feed.on(f"r{number}/if:a")
    happened = [f"12:00:0{number}  {number} {LONG}" for number in range(6)]
    picture = shown(feed, happened, lines=12)
    assert len(picture.splitlines()) <= 12 + 4, "frames beside what is in them"
    rows = [line for line in picture.splitlines() if " major " in line]
    assert f"... and {30 - len(rows)} more, see the dashboard" in picture
    assert f"5 {LONG}" in words(picture), "the newest is there"
    assert "0 the link" not in words(picture)
    some = shown(feed, happened[:1], lines=40)
    assert "more, see the dashboard" not in some
    assert len([line for line in some.splitlines() if " major " in line]) == 30
