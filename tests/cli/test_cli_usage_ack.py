"""``netmon usage ack`` asks the running engine, and says what came of it."""

import asyncio
import json

import pytest

from netmon.storage.sqlite.store import open_store
from tests import command_line
from tests.outputs.usage_bench import Published
from tests.web.book_engine import BookEngine


@pytest.fixture
async def feed(tmp_path, monkeypatch):
    """Two files of the feed ``main``, and an engine that answers."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("data_dir: .\n")
    store = open_store(tmp_path / "netmon.db", gather_s=0)
    feed = Published(store, tmp_path / "usage")
    await feed.hours(2)
    async with BookEngine(store).serving(tmp_path / "engine.sock"):
        yield feed
    store.close()


async def call(*words):
    return await asyncio.to_thread(command_line.call, "usage", "ack", *words)


async def test_files_are_acknowledged_once_and_audited(feed):
    sha256 = feed.manifest(feed.names()[1])["sha256"]
    done = await call("--feed", "main", "--through", "2", "--sha256", sha256)
    assert (done.exit_code, done.stdout) == (0, "2 files acknowledged, through file 2\n")
    again = await call("--feed", "main", "--through", "1", "--json")
    assert json.loads(again.stdout) == {"feed": "main", "through_file_seq": 1, "acknowledged": 0}
    told = await call("--feed", "main", "--through", "1")
    assert (told.exit_code, told.stdout) == (0, "file 1 and all before it were acknowledged already\n")
    assert feed.acknowledged() == [1, 2]
    row = feed.store.audit(action="acknowledge-usage", limit=9)[-1]
    assert (row.user.startswith("cli:"), row.targets) == (True, ("main/2",))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--feed", "main", "--through", "2", "--sha256", "0" * 64), "nothing was acknowledged"),
        (("--feed", "main", "--through", "7"), "feed main has not published file 7"),
        (("--feed", "mian", "--through", "1"), "there is no feed mian (one of main)"),
    ],
)
async def test_what_is_refused_is_1_and_acknowledges_nothing(feed, words, told):
    refused = await call(*words)
    assert (refused.exit_code, told in refused.stderr, feed.acknowledged()) == (1, True, [])


def test_what_is_no_hash_asks_nobody():
    refused = command_line.call("usage", "ack", "--feed", "main", "--through", "1", "--sha256", "9f86d0")
    assert (refused.exit_code, "--sha256: expected the 64 hexadecimal digits" in refused.stderr) == (2, True)


def test_without_an_engine_it_is_one_line_and_2(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("data_dir: .\n")
    done = command_line.call("usage", "ack", "--feed", "main", "--through", "1")
    assert (done.exit_code, "netmon does not run there" in done.stderr) == (2, True)
