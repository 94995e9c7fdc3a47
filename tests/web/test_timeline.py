"""The story of an alarm, however much else happened since, and what of it costs others nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netmon.domain.alarm import Alarm, AlarmChange, Comment
from netmon.storage.sqlite import alarms
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.web.element_alarms import past_spans
from netmon.web.history import NEWEST
from netmon.web.timeline import timeline
from tests.storage.batches import AT, alarm, change

MANY = 4_100
"""More batches than a timeline reads."""
COMMENT = Comment(AT + 20, "ann", "netmon", "on my way")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path / "netmon.db")
    yield opened
    opened.close()


class Writer:
    """Writes batches of changes, all in one transaction."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)
        self.chain = alarms.Chain()
        self.seq = 0

    def batch(self, *said: tuple[str, Alarm, dict[str, Any]]) -> None:
        """Write (kind, alarm, its fields that change) as one batch."""
        changes: list[AlarmChange] = []
        for kind, one, more in said:
            self.seq += 1
            after = msgspec.structs.replace(one, version=self.seq, changed=AT + self.seq, **more)
            before = {name: getattr(one, name) for name in more}
            changes.append(msgspec.structs.replace(change(self.seq, after, kind), before=before))
        alarms.append(self.connection, changes, AT, chain=self.chain)


@pytest.fixture
def writer(tmp_path: Path, store: SqliteStore) -> Iterator[Writer]:
    made = Writer(tmp_path / "netmon.db")
    with closing(made.connection):
        yield made


def kinds(store: SqliteStore, alarm_id: str) -> list[str]:
    one = store.alarm(alarm_id) or store.past_alarm(alarm_id)
    assert one is not None
    return [moment.kind for moment in timeline(store, one)]


def test_a_story_is_whole_after_any_number_of_other_changes(store: SqliteStore, writer: Writer) -> None:
    one, other = alarm(1), alarm(2)
    writer.batch(("raised", other, {}), ("raised", one, {}))
    writer.batch(("commented", one, {"comments": (COMMENT,)}), ("edge", one, {"count": 2}))
    for n in range(MANY):
        writer.batch(("updated", other, {"count": n}))
    one = msgspec.structs.replace(one, comments=(COMMENT,))
    writer.batch(
        ("acknowledged", one, {"ack": True}), ("updated", other, {"count": 0}), ("assigned", one, {"owner": "x"})
    )
    for n in range(MANY):
        writer.batch(("updated", other, {"count": n}))
    writer.chain = alarms.Chain()  # as after a restart
    writer.batch(("edge", one, {"count": 3}))
    writer.connection.commit()
    assert kinds(store, one.alarm_id) == ["edge", "assigned", "acknowledged", "edge", "commented", "raised"]
    gone = {"state": "cleared", "severity": "cleared", "cleared": AT + 30}
    writer.batch(("cleared", one, gone))
    writer.batch(("purged", msgspec.structs.replace(one, **gone), {}))
    writer.connection.commit()
    assert kinds(store, one.alarm_id)[:3] == ["purged", "cleared", "edge"]
    assert kinds(store, one.alarm_id)[-1] == "raised"


def test_a_story_too_long_ends_with_what_the_alarm_itself_knows(store: SqliteStore, writer: Writer) -> None:
    one = alarm(1)
    writer.batch(("raised", one, {}))
    one = msgspec.structs.replace(one, comments=(COMMENT,))
    for n in range(MANY):
        writer.batch(("updated", one, {"count": n}))
    writer.connection.commit()
    kept = store.alarm(one.alarm_id)
    assert kept is not None
    story = timeline(store, kept)
    assert [moment.kind for moment in story[-4:]] == ["updated", "unread", "commented", "raised"]
    assert (story[-2].by, story[-2].text, story[-1].after) == ("ann", "on my way", {"severity": "major"})


def ended(n: int, **more: object) -> Alarm:
    return alarm(n, **({"state": "cleared", "severity": "cleared", "cleared": AT + n} | more))  # type: ignore[arg-type]


def test_alarms_of_others_are_not_read(store: SqliteStore, writer: Writer) -> None:
    """One that cannot be decoded stands for those that a request has no need of."""
    earlier, other = ended(1), ended(2)
    one = alarm(1, cause_seq=2, raised=AT + 100)
    for each in (earlier, other):
        writer.batch(("cleared", each, {}))
    writer.batch(("raised", one, {}))
    writer.connection.execute("UPDATE alarm SET data = x'00' WHERE alarm_id = ?", (other.alarm_id,))
    writer.connection.commit()
    assert kinds(store, one.alarm_id) == ["raised", "occurrence"]
    assert [span.alarm for span in past_spans(store, ["r1"], AT)] == [earlier.alarm_id]
    assert past_spans(store, ["r1"], AT + 2) == []
    writer.connection.execute("UPDATE alarm SET cleared = 1 WHERE alarm_id = ?", (other.alarm_id,))
    writer.connection.commit()
    assert [one.alarm_id for one in store.ended_alarms(NEWEST, 1)] == [earlier.alarm_id]


def test_ended_alarms_come_by_pages_in_one_order_purged_or_not(store: SqliteStore, writer: Writer) -> None:
    for n in range(1, 8):
        writer.batch(("cleared", ended(n, cleared=AT + n // 2), {}))
        if n % 3 == 0:
            writer.batch(("purged", ended(n, cleared=AT + n // 2), {}))
    writer.connection.commit()
    whole = store.ended_alarms(NEWEST, 100)
    places = [(one.cleared or 0, one.alarm_id) for one in whole]
    assert (places, len(whole)) == (sorted(places, reverse=True), 7)
    paged: list[Alarm] = []
    while some := store.ended_alarms((paged[-1].cleared or 0, paged[-1].alarm_id) if paged else NEWEST, 2):
        paged += some
    assert paged == whole
