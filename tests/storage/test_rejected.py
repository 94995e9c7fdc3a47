"""The last messages that were turned away, in the store."""

from pathlib import Path

from netmon.storage.sqlite.store import open_store


async def test_the_last_thousand_are_kept_the_newest_first(tmp_path: Path) -> None:
    store = open_store(tmp_path / "netmon.db")
    for at in range(0, 1_200, 100):
        await store.keep_rejected([(number, str(number).encode()) for number in range(at, at + 100)])
    store.close()
    again = open_store(tmp_path / "netmon.db")
    assert again.rejected() == [str(number).encode() for number in range(1_199, 199, -1)]
    again.close()
