"""The view of alarms: equal to the store whatever happens, its list joined once, its figures right."""

import gc
import gzip
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.alarm import Alarm
from netmon.domain.inventory import Element, Inventory, Member, Service, Site
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.web.element_alarms import tally, tally_objects
from netmon.web.rows import Row, Where, element_name, entry, places, row, where_of
from netmon.web.view import KEPT_MS, AlarmView, Hole
from tests.examples import examples
from tests.storage.batches import AT, alarm, batch, change

MINUTE = 60_000


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path / "netmon.db")
    yield opened
    opened.close()


class Feed:
    """Commits changes with gapless numbers, as an engine does."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.seq = 0
        self.batches = 0

    async def commit(self, *alarms: Alarm, kind: str = "raised") -> None:
        changes = []
        for one in alarms:
            self.seq += 1
            changes.append(change(self.seq, msgspec.structs.replace(one, version=self.seq), kind))
        self.batches += 1
        await self.store.commit(batch(self.batches, self.batches, changes=tuple(changes)))


def cleared(n: int, at: int) -> Alarm:
    return alarm(n, state="cleared", severity="cleared", last_severity="major", cleared=at)


def wanted(store: SqliteStore, now: int) -> dict[str, Row]:
    """What the view must hold, worked out from the store alone."""
    return {one.alarm_id: row(one) for one in store.alarms() if one.cleared is None or one.cleared > now - KEPT_MS}


def held(view: AlarmView) -> dict[str, Row]:
    for one in view.entries.values():
        assert msgspec.json.decode(one.json, type=Row) == one.row
    return {alarm_id: one.row for alarm_id, one in view.entries.items()}


def test_row_has_nothing_that_is_empty() -> None:
    made = msgspec.json.decode(entry(alarm(1)).json)
    assert made == {
        "id": alarm(1).alarm_id,
        "el": "r1",
        "obj": "r1/if:xe-0/0/1",
        "sev": "major",
        "type": "link-alarm",
        "event": "communicationsAlarm",
        "cause": "lossOfSignal",
        "text": "Link down on xe-0/0/1",
        "n": 1,
        "raised": AT + 1,
        "changed": AT + 1,
        "rule": "link-down",
        "v": 1,
    }
    full = alarm(
        1, ack=True, ack_user="ann", hidden_by=("shelf:ann",), children=("x", "y"), parents=("z",), closed=True
    )
    more = msgspec.json.decode(entry(full).json)
    assert (more["ack"], more["hidden"], more["kids"], more["parents"], more["closed"]) == (
        "ann",
        ["shelf:ann"],
        2,
        ["z"],
        True,
    )


def test_place_comes_from_the_inventory() -> None:
    inventory = Inventory(
        sites={"lon": Site("lon", parent="uk")},
        elements={"r1": Element("r1", ("192.0.2.1",), site="lon")},
        services={
            "vpn": Service("vpn", members=(Member("r1/if:a"),)),
            "tv": Service("tv", members=(Member("r1/if:b"),)),
        },
    )
    find = places(inventory)
    port, box, other = find("r1", "r1/if:a"), find("r1", "r1"), find("r9", "r9")
    assert (port.site, port.region, port.services) == ("lon", "uk", ("vpn",))
    assert box.services == ("vpn", "tv")
    assert (other.site, other.region, other.services) == ("", "", ())


def test_elements_and_sites_have_the_names_of_the_inventory_where_these_are_no_ids() -> None:
    inventory = Inventory(
        sites={"lon": Site("lon", "London", parent="uk"), "par": Site("par")},
        elements={
            "r1": Element("r1", ("192.0.2.1",), name="Docklands 1", site="lon"),
            "r2": Element("r2", ("192.0.2.2",), name="r2"),
        },
    )
    find = places(inventory)
    assert [find(one, one).names for one in ("r1", "r2", "r9", "site:par")] == [("Docklands 1",), (), (), ()]
    outage = find("site:lon", "site:lon")
    assert (outage.names, outage.site, outage.region) == (("London",), "lon", "uk")
    link = alarm(1, element="link:l1", object="link:l1", additional_info={"a": "r1/if:a", "b": "r2/if:b"})
    told = row(link, where_of(link, find))
    assert (told.names, element_name(told)) == (("Docklands 1", "r2"), "Docklands 1 – r2")
    assert element_name(row(alarm(2, element="r2", object="r2/if:a"))) == "r2"


def test_a_link_has_the_place_of_its_first_end_and_the_services_of_both() -> None:
    ends = ("r1/if:a", "r2/if:b")
    inventory = Inventory(
        sites={"lon": Site("lon", parent="uk")},
        elements={"r1": Element("r1", ("192.0.2.1",), site="lon"), "r2": Element("r2", ("192.0.2.2",))},
        services={
            "vpn": Service("vpn", members=(Member("r1/if:a"),)),
            "tv": Service("tv", members=(Member("r2/if:b"), Member("r2/if:c"))),
            "box": Service("box", members=(Member("r2/if:c"),)),
        },
    )
    link = alarm(1, element="link:l1", object="link:l1", additional_info={"a": ends[0], "b": ends[1]})
    where = where_of(link, places(inventory))
    assert (where.site, where.region, where.services, where.ends) == ("lon", "uk", ("vpn", "tv"), ends)


def test_an_alarm_of_a_link_counts_at_both_elements_and_a_port_behind_it_at_the_port() -> None:
    link = row(alarm(1, element="link:l1", object="link:l1", severity="critical"), Where(ends=("r1/if:a", "r2/if:b")))
    end = row(alarm(2, element="r1", object="r1/if:a", hidden_by=("alarm:link:l1|link-alarm|",)))
    other = row(alarm(3, element="r1", object="r1/if:c", hidden_by=("alarm:r1/entity:3|entity-oper|",)))
    rows = [link, end, other]
    assert {id_: (one.alarms, one.worst, one.hidden) for id_, one in tally(rows).items()} == {
        "r1": (1, "critical", 2),
        "r2": (1, "critical", 0),
    }
    assert "r1/if:a" in tally_objects(rows)
    assert "r1/if:c" not in tally_objects(rows)


async def test_starts_with_the_active_and_the_lately_cleared(store: SqliteStore) -> None:
    feed, clock = Feed(store), Clock()
    await feed.commit(alarm(1), cleared(2, AT - KEPT_MS), cleared(3, AT - KEPT_MS + 1))
    view = AlarmView(store, most=100, now_ms=clock)
    await view.load()
    assert (view.seq, sorted(one.row.el for one in view.entries.values()), view.active) == (3, ["r1", "r3"], 1)
    clock.now += MINUTE
    view.expire()
    assert [one.row.el for one in view.entries.values()] == ["r1"]


async def test_of_many_that_come_and_go_the_last_ones_stay(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netmon.web.view.MOST_CLEARED", 3)
    feed, clock = Feed(store), Clock()
    await feed.commit(alarm(1), *(cleared(n, AT - n) for n in range(2, 8)))
    view = AlarmView(store, most=100, now_ms=clock)
    await view.load()
    view.expire()
    assert sorted(one.row.el for one in view.entries.values()) == ["r1", "r2", "r3", "r4"]
    await feed.commit(cleared(9, AT + 5))
    await view.read()
    view.expire()
    assert sorted(one.row.el for one in view.entries.values()) == ["r1", "r2", "r3", "r9"]


async def test_reads_on_from_where_it_stands(store: SqliteStore) -> None:
    feed, clock = Feed(store), Clock()
    view = AlarmView(store, most=100, now_ms=clock)
    await view.load()
    await feed.commit(alarm(1), alarm(2))
    await feed.commit(alarm(1, text="still down"), kind="updated")
    moved = await view.read()
    assert (moved.prev, moved.seq, moved.count, moved.at) == (0, 3, 3, AT + 3)
    assert sorted(one.row.text for one in moved.entries.values()) == ["Link down on xe-0/0/2", "still down"]
    assert held(view) == wanted(store, clock.now)
    assert (await view.read()).count == 0


async def test_damped_edges_are_not_shown(store: SqliteStore) -> None:
    feed, clock = Feed(store), Clock()
    view = AlarmView(store, most=100, now_ms=clock)
    await view.load()
    await feed.commit(alarm(1))
    await feed.commit(cleared(2, AT), kind="edge")
    moved = await view.read()
    assert (moved.seq, list(moved.entries)) == (2, [alarm(1).alarm_id])
    await feed.commit(alarm(1), kind="purged")
    await view.read()
    assert (view.entries, view.active) == ({}, 0)


async def test_a_hole_in_the_numbers_means_load_anew(store: SqliteStore) -> None:
    feed, clock = Feed(store), Clock()
    view = AlarmView(store, most=100, now_ms=clock)
    await view.load()
    await feed.commit(alarm(1))
    feed.seq += 1
    await feed.commit(alarm(2))
    with pytest.raises(Hole, match="change 2 is missing"):
        await view.read()
    await view.load()
    assert (view.seq, held(view)) == (3, wanted(store, clock.now))


steps = st.lists(
    st.one_of(
        st.tuples(st.just("raise"), st.lists(st.integers(1, 6), min_size=1, max_size=5)),
        st.tuples(st.just("clear"), st.lists(st.integers(1, 6), min_size=1, max_size=3)),
        st.tuples(st.just("hide"), st.lists(st.integers(1, 6), min_size=1, max_size=2)),
        st.tuples(st.just("purge"), st.lists(st.integers(1, 6), min_size=1, max_size=1)),
        st.tuples(st.sampled_from(["read", "load", "hole"]), st.just([0])),
        st.tuples(st.just("time"), st.lists(st.integers(1, 15), min_size=1, max_size=1)),
    ),
    max_size=25,
)


@pytest.mark.slow
@examples(60)
@given(steps)
async def test_equals_the_store_after_anything(tmp_path_factory: Any, walk: list[tuple[str, list[int]]]) -> None:
    store = open_store(tmp_path_factory.mktemp("view") / "netmon.db")
    feed, clock = Feed(store), Clock()
    view = AlarmView(store, most=100, now_ms=clock)
    await view.load()
    for word, numbers in walk:
        if word == "load":
            await view.load()
        elif word == "hole":
            feed.seq += 1
        elif word == "time":
            clock.now += numbers[0] * MINUTE
        elif word != "read":
            await commit(feed, word, numbers, now=clock.now)
        await caught_up(view)
    view.expire()
    assert held(view) == wanted(store, clock.now)
    figures(view, clock.now)
    store.close()


async def commit(feed: Feed, word: str, numbers: list[int], *, now: int) -> None:
    match word:
        case "raise":
            await feed.commit(*(alarm(n, raised=now) for n in numbers))
        case "clear":
            await feed.commit(*(cleared(n, now) for n in numbers), kind="cleared")
        case "hide":
            await feed.commit(*(alarm(n, hidden_by=("maint:1",)) for n in numbers), kind="hidden")
        case "purge":
            await feed.commit(cleared(numbers[0], now - KEPT_MS), kind="purged")


async def caught_up(view: AlarmView) -> None:
    try:
        await view.read()
    except Hole:
        await view.load()


def figures(view: AlarmView, now: int) -> None:
    """The figures kept on the way are those counted at the end."""
    rows = [one.row for one in view.entries.values() if one.row.cleared is None]
    counts = view.counters.show(now, seq=view.seq, flood_at=10)
    assert view.active == len(rows)
    assert counts.hidden == sum(bool(one.hidden) for one in rows)
    shown = [one for one in rows if not one.hidden]
    for severity, count in counts.sev.items():
        assert count.total == sum(one.sev == severity for one in shown)
        assert count.unack == sum(one.sev == severity and not one.ack for one in shown)
        assert (len(count.spark), count.spark[-1]) == (60, count.total)


async def test_figures(store: SqliteStore) -> None:
    feed, clock = Feed(store), Clock()
    clock.now = AT + 30 * MINUTE
    await feed.commit(
        alarm(1, raised=clock.now - 50 * MINUTE),
        alarm(2, raised=clock.now - 5 * MINUTE, severity="critical", ack=True),
        alarm(3, raised=clock.now - 2 * MINUTE, parents=("x",)),
        alarm(4, raised=clock.now - MINUTE, hidden_by=("maint:1",)),
        alarm(
            5,
            raised=clock.now - 40 * MINUTE,
            state="cleared",
            severity="cleared",
            last_severity="major",
            cleared=clock.now - 20 * MINUTE,
        ),
    )
    view = AlarmView(store, most=100, now_ms=clock)
    await view.load()
    counts = view.counters.show(clock.now, seq=view.seq, flood_at=1)
    assert (counts.rate10, counts.flood, counts.hidden) == (1, True, 1)
    major, critical = counts.sev["major"], counts.sev["critical"]
    assert (major.total, major.unack, critical.total, critical.unack) == (2, 2, 1, 0)
    assert (major.spark[:8], major.spark[8:12]) == ((0,) * 8, (1,) * 4)
    assert (major.spark[15], major.spark[30], major.spark[45]) == (1, 2, 1)
    clock.now += 3 * MINUTE
    assert view.counters.show(clock.now, seq=view.seq, flood_at=1).sev["major"].spark[-4:] == (2, 2, 2, 2)


async def test_list_is_joined_once_and_packed(store: SqliteStore) -> None:
    feed, clock = Feed(store), Clock()
    await feed.commit(*(alarm(n) for n in range(1, 31)))
    view = AlarmView(store, most=100, now_ms=clock)
    await view.load()
    full = await view.list()
    assert gzip.decompress(full.packed) == full.plain
    told = msgspec.json.decode(full.plain)
    assert (told["seq"], told["now"], told["total"], told["limited"]) == (30, clock.now, 30, False)
    assert msgspec.convert(told["alarms"], list[Row]) == [row(one) for one in store.alarms()]
    assert await view.list() is full


async def test_limited_list_has_the_worst_and_newest(store: SqliteStore) -> None:
    feed, clock = Feed(store), Clock()
    await feed.commit(*(alarm(n, severity="minor" if n % 2 else "critical") for n in range(1, 11)))
    await feed.commit(*(cleared(n, AT) for n in range(11, 15)))
    view = AlarmView(store, most=4, now_ms=clock)
    await view.load()
    told = msgspec.json.decode((await view.list()).plain)
    assert (told["limited"], told["total"], [one["el"] for one in told["alarms"]]) == (
        True,
        10,
        ["r10", "r8", "r6", "r4"],
    )


@pytest.mark.slow
async def test_memory_of_an_active_alarm(store: SqliteStore) -> None:
    many = 5_000
    # Older than ten minutes: the alarms that count for the rate are noted apart.
    raised = AT - 60 * MINUTE
    await Feed(store).commit(*(alarm(n, raised=raised + n, changed=AT + n, element=f"r{n // 20}") for n in range(many)))
    view = AlarmView(store, most=50_000, now_ms=Clock())
    tracemalloc.start()
    try:
        await view.load()
        gc.collect()
        # What other threads of the test run load meanwhile is none of it.
        ours = tracemalloc.Filter(inclusive=True, filename_pattern="*/netmon/*")
        held_bytes = sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([ours]).traces)
    finally:
        tracemalloc.stop()
    assert held_bytes / many <= 1_000, held_bytes / many
