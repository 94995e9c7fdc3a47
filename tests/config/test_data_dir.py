"""Who may get where in the folder of an engine."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from netmon.config.data_dir import prepare_data_dir, share_mib_cache
from netmon.control.listen import listen_unix
from netmon.outputs.usage.folder import Folder
from netmon.storage.account import AddOperator, Operator
from netmon.storage.sqlite.store import open_store


def mode(path: Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.fixture(params=[0o022, 0o027], ids=oct)
def mask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("mask")
async def test_a_consumer_gets_to_its_feed_and_to_nothing_else(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    prepare_data_dir(data_dir, feeds=["main"])
    way = (data_dir, data_dir / "usage", data_dir / "usage" / "main")
    assert [mode(folder) for folder in way] == [0o751] * 3
    assert (mode(data_dir / "series"), mode(data_dir / "mib-cache")) == (0o750, 0o750)
    Folder(data_dir / "usage" / "main", group="").prepare()
    assert [mode(folder) for folder in (*way, way[-1] / "out")] == [0o751, 0o751, 0o751, 0o2750]

    store = open_store(data_dir / "netmon.db")
    await store.account(AddOperator(Operator("ann", "viewer", "scrypt", 1)))
    with listen_unix(data_dir / "engine.sock"):
        secret = [path for path in data_dir.iterdir() if not path.is_dir()]
        assert {path.name for path in secret} == {
            "engine.sock", "netmon.db", "netmon.db-shm", "netmon.db-wal", "netmon.db.lock"
        }  # fmt: skip
        assert {mode(path) for path in secret} == {0o600}
    store.close()


@pytest.mark.parametrize(("before", "after"), [(0o750, 0o751), (0o755, 0o755), (0o700, 0o711)])
def test_a_folder_that_is_there_gains_the_way_through(tmp_path: Path, before: int, after: int) -> None:
    (tmp_path / "series").mkdir(mode=0o755)
    tmp_path.chmod(before)
    prepare_data_dir(tmp_path)
    assert (mode(tmp_path), mode(tmp_path / "series")) == (after, 0o750)


def test_a_short_lived_engine_shares_what_the_user_has_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "not-there"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fresh, used = tmp_path / "fresh", tmp_path / "used"
    for folder in (fresh, used):
        prepare_data_dir(folder)
    (used / "mib-cache" / "entry.json").write_text("{}")
    for folder in (fresh, used, fresh):
        share_mib_cache(folder)
    (fresh / "mib-cache" / "made.json").write_text("{}")
    assert (tmp_path / "cache/netmon/mib-cache/made.json").exists()
    assert [path.name for path in (used / "mib-cache").iterdir()] == ["entry.json"]
