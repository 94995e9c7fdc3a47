"""What the receiver turned away is shown after a restart, too."""

import asyncio
from pathlib import Path

import pytest

from netmon.app.rejected import Rejected
from netmon.domain.request import RejectionsWanted
from netmon.sources.clock import Clock
from netmon.sources.traps import counts
from netmon.sources.traps.config import Community, TrapsConfig
from netmon.sources.traps.listen import Traps
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import StoreError
from tests.patience import PATIENCE_S
from tests.sources.taking import Taking
from tests.sources.test_traps_listen import Sender, receiving

ALL = RejectionsWanted()
CONFIG = TrapsConfig(listen=("127.0.0.1:0",), communities=(Community("ro"),))


async def turned_away(traps: Traps, sender: Sender, *communities: bytes) -> None:
    before = traps.books().rejected
    for number, community in enumerate(communities):
        # No octet of these numbers is an asterisk.
        sender.send(1_000 + number, community=community)
    async with asyncio.timeout(PATIENCE_S):
        while traps.books().rejected < before + len(communities):
            await asyncio.sleep(0)


def heads(rejected: Rejected, wanted: RejectionsWanted = ALL) -> list[int]:
    """Return the lengths of the communities, which are all that is left of them."""
    return [bytes.fromhex(one.head).count(b"*") for one in rejected.shown(wanted).last]


async def test_they_are_kept_once_without_their_communities_and_read_after_a_restart(tmp_path: Path) -> None:
    store = open_store(tmp_path / "netmon.db")
    async with receiving(Taking(), CONFIG) as traps, Sender(traps.addresses[0]) as sender:
        rejected = Rejected(traps, store, Clock().now_ms)
        await turned_away(traps, sender, b"a", b"bb")
        await rejected.keep()
        await turned_away(traps, sender, *([b"c" * 3] * 60))
        await rejected.keep()
        await rejected.keep()
        assert heads(rejected) == [3] * 60 + [2, 1]
    assert len(store.rejected()) == 62
    assert not any(b"636363" in data for data in store.rejected())
    store.close()

    store = open_store(tmp_path / "netmon.db")
    async with receiving(Taking(), CONFIG) as traps, Sender(traps.addresses[0]) as sender:
        rejected = Rejected(traps, store, Clock().now_ms)
        await turned_away(traps, sender, b"d" * 4)
        assert heads(rejected) == [4] + [3] * 60 + [2, 1]
        assert heads(rejected, RejectionsWanted(limit=3)) == [4, 3, 3]
        assert heads(rejected, RejectionsWanted(source="192.0.2.1")) == []
    store.close()


async def test_counts_of_the_day_go_on_after_a_restart(tmp_path: Path) -> None:
    for start in range(3):
        store = open_store(tmp_path / "netmon.db")
        async with receiving(Taking(), CONFIG) as traps, Sender(traps.addresses[0]) as sender:
            rejected = Rejected(traps, store, Clock().now_ms)
            await turned_away(traps, sender, b"a", b"bb")
            # A kill may come after any of these.
            await (rejected.keep_all() if start else rejected.keep())
            [count] = rejected.shown(ALL).counts
            assert (count.source, count.reason, count.count) == ("127.0.0.1", "bad_community", 2 * start + 2)
            assert traps.books().rejected == 2
        store.close()


async def test_counts_that_the_store_did_not_take_are_kept_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "netmon.db"
    async with receiving(Taking(), CONFIG) as traps, Sender(traps.addresses[0]) as sender:
        store = open_store(path)
        rejected = Rejected(traps, store, Clock().now_ms)
        await turned_away(traps, sender, b"a")
        store.close()
        with pytest.raises(StoreError):
            await rejected.keep()
        store = open_store(path)
        assert store.source_state(counts.SOURCE) == {}
        await Rejected(traps, store, Clock().now_ms).keep()
        assert list(store.source_state(counts.SOURCE)) == ["bad_community 127.0.0.1 default"]
        store.close()
