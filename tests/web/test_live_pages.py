"""Any page that follows the live feed ends equal to the store, whatever it missed on the way."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.storage.sqlite.store import open_store
from netmon.web.stream import MOST_EVENTS, Client
from netmon.web.view import FRESH_MS, KEPT_MS
from tests.examples import examples
from tests.web.scene import Scene, told
from tests.web.test_view import MINUTE, commit

pytestmark = pytest.mark.slow


class Browser:
    """What a page does with the feed: a map of rows, and how far it is."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.rows: dict[str, dict[str, Any]] = {}
        self.seq = -1
        self.client: Client | None = None

    async def load(self) -> None:
        told = msgspec.json.decode((await self.scene.view.list()).plain)
        self.rows = {row["id"]: row for row in told["alarms"]}
        self.seq = told["seq"]

    def connect(self) -> None:
        if self.client is not None:
            self.scene.live.leave(self.client)
        self.client = self.scene.live.join(self.seq if self.seq >= 0 else None)

    async def listen(self) -> None:
        assert self.client is not None
        if not self.client._waiting:
            return
        for name, data in await told(self.client):
            if name == "resync":
                await self.load()
            elif name == "changes":
                await self.apply(data)
            elif name == "beat" and data["seq"] > self.seq:
                # The list that was loaded may be two seconds old.
                await self.catch_up()

    async def catch_up(self) -> None:
        missed = self.scene.live.since(self.seq)
        if missed is None:
            await self.load()
        else:
            await self.apply(msgspec.json.decode(missed.encode()))

    async def apply(self, data: dict[str, Any]) -> None:
        if data["prev"] > self.seq:
            await self.catch_up()
        if data["seq"] <= self.seq:
            return
        self.rows |= {row["id"]: row for row in data["alarms"]}
        self.seq = data["seq"]

    def shown(self) -> dict[str, dict[str, Any]]:
        """Rows without those that were cleared more than ten minutes ago, which a page drops by itself."""
        before = self.scene.clock.now - KEPT_MS
        return {id_: row for id_, row in self.rows.items() if row.get("cleared", before + 1) > before}


moves = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["raise", "clear", "hide"]), st.lists(st.integers(1, 8), min_size=1, max_size=5)),
        st.tuples(st.sampled_from(["take", "listen", "connect", "hole", "join late", "flood"]), st.just([0])),
        st.tuples(st.just("time"), st.lists(st.integers(1, 6), min_size=1, max_size=1)),
    ),
    max_size=30,
)


@examples(80)
@given(moves)
async def test_a_page_ends_equal_to_the_store(tmp_path_factory: Any, walk: list[tuple[str, list[int]]]) -> None:
    store = open_store(tmp_path_factory.mktemp("live") / "netmon.db")
    scene = Scene(store)
    await scene.view.load()
    page = Browser(scene)
    page.connect()
    await page.load()
    for word, numbers in walk:
        await step(scene, page, word, numbers)
    await scene.live.take()
    scene.clock.now += FRESH_MS
    scene.live.tell_beat()
    await page.listen()
    scene.view.expire()
    assert page.seq == scene.view.seq
    assert page.shown() == {id_: msgspec.json.decode(one.json) for id_, one in scene.view.entries.items()}
    assert {id_ for id_, row in page.shown().items() if "cleared" not in row} == {
        one.alarm_id for one in store.alarms() if one.cleared is None
    }
    store.close()


async def step(scene: Scene, page: Browser, word: str, numbers: list[int]) -> None:
    match word:
        case "take":
            await scene.live.take()
        case "listen":
            await page.listen()
        case "connect":
            page.connect()
        case "hole":
            scene.feed.seq += 1
        case "flood":
            for _ in range(MOST_EVENTS + 2):
                scene.live.tell_beat()
        case "join late":
            page.seq, page.rows = -1, {}
            page.connect()
            await page.load()
        case _:
            await happen(scene, word, numbers)


async def happen(scene: Scene, word: str, numbers: list[int]) -> None:
    if word == "time":
        scene.clock.now += numbers[0] * MINUTE
    else:
        await commit(scene.feed, word, numbers, now=scene.clock.now)
