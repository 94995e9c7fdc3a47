"""Signed manifests: proven with the key, and found when the key, the manifest or the signature is another one."""

import json

import msgspec
import pytest

from netmon.outputs.usage.redeliver import redeliver
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.sign import signing_key
from netmon.outputs.usage.verify import verified
from netmon.storage.sqlite.store import open_store
from netmon.usage.record_line import canonical
from tests.outputs.usage_bench import Published

KEY, OTHER = signing_key("between us"), signing_key("somebody else's")


@pytest.fixture
async def feed(tmp_path):
    store = open_store(tmp_path / "netmon.db", gather_s=0)
    feed = Published(store, tmp_path / "usage", key=KEY)
    await feed.hours(2)
    yield feed
    store.close()


def findings(feed, *keys):
    found = verified([feed.path / "out"], keys={key.id: key.key for key in keys}).findings
    return [(one.check, one.text) for one in found]


async def test_a_signature_is_proven_by_its_key_and_not_judged_without_one(feed):
    told = feed.manifest(feed.names()[0])["signature"]
    assert (told["alg"], told["key_id"], len(told["value"])) == ("hmac-sha256", KEY.id, 64)
    assert findings(feed) == findings(feed, KEY) == findings(feed, OTHER, KEY) == []


async def test_another_key_is_told_for_every_file(feed):
    text = f"is signed with key {KEY.id}, which is not one of those that were given"
    assert findings(feed, OTHER) == [("R3", text)] * 2


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"signature": None}, "is not signed"),
        ({"samples": [{"name": "x", "sha256": "0"}]}, "its signature is not that of its content"),
        ({"signature": {"alg": "none", "key_id": KEY.id, "value": ""}}, "its signature is not that of its content"),
    ],
)
async def test_what_was_changed_is_told(feed, change, text):
    path = feed.path / "out" / (feed.names()[1] + MANIFEST)
    path.write_bytes(canonical(json.loads(path.read_bytes()) | change) + b"\n")
    assert findings(feed, KEY) == [("R3", text)]


async def test_what_is_delivered_again_is_signed_again(feed):
    name = feed.names()[0]
    octets = (feed.path / "out" / (name + MANIFEST)).read_bytes()
    (feed.path / "out" / (name + MANIFEST)).unlink()
    [one] = redeliver(feed.store, feed.path.parent, feed="main", first=1, last=1, key=KEY)
    assert (one.outcome, (feed.path / "out" / (name + MANIFEST)).read_bytes()) == ("written", octets)
    assert msgspec.json.decode(octets)["signature"]["key_id"] == KEY.id
