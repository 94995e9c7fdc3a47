"""A receiver that knows the feed from the how-to alone: its scripts as they are printed, over a month, with faults."""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netmon.domain.observation import Tick
from netmon.outputs.usage.publish import Feed, Publisher
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.sign import signing_key
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch
from netmon.usage.record_line import canonical
from tests.patience import PATIENCE_S
from tests.usage.metered import QUARTER, SERIES, START, Daemon, sample

pytestmark = [pytest.mark.wire, pytest.mark.slow]

PAGE = (Path(__file__).parents[2] / "docs/how-to/bill-from-the-feed.md").read_text()
VERIFY, TABLE, COMPLETE, COUNTED = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DAY = 96 * QUARTER
RATE = 1_234


def octets(t: int) -> int:
    return (t - START) // 1_000 * RATE


async def month(folder: Path, days: int, *, key: str = "") -> Path:
    """Meter a port for some days, publish a file for each; return the folder of a consumer that took them."""
    daemon = Daemon()
    for t in range(START, START + days * DAY + 1, 300_000):
        daemon.tick(t)
        daemon.take(sample(t, octets(t)))
    end = START + days * DAY + 1
    daemon.tick(end)
    with closing(open_store(folder / "netmon.db", gather_s=0)) as store:
        told = Batch(1, 1, end, (Tick(end),), records=tuple(daemon.records), settled=tuple(daemon.settled))
        await store.commit(told)
        publisher = Publisher(
            Feed("main", "n1", open_ms=DAY, key=signing_key(key) if key else None), store=store, folder=folder / "usage"
        )
        await publisher.prepare()
        assert await publisher.publish_due(end) == days
    shutil.copytree(folder / "usage" / "main" / "out", folder / "delivered")
    return folder / "delivered"


def run(script: str, folder: Path, *words: str) -> tuple[int, list[str]]:
    command = ("sh", "-c", script, "verify-feed.sh", *words)
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


async def test_a_month_is_proven_loaded_and_reconciled(tmp_path: Path) -> None:
    delivered = await month(tmp_path, 30)
    assert run(VERIFY, delivered, "delivered") == (0, [])
    assert run(COMPLETE, delivered) == (0, [])
    carried = octets(START + 30 * DAY)
    assert run(COUNTED.replace("r1|ifName:xe-0/0/1", SERIES), delivered) == (0, [f"billed {carried} counted {carried}"])
    assert run(TABLE, delivered) == (0, [])
    rows = (tmp_path / "usage.csv").read_text().splitlines()
    assert len(rows) == 30 * 96
    assert sum(int(row.split(",")[8]) for row in rows) == carried


async def test_a_signature_is_made_again_by_hand_as_the_page_says(tmp_path: Path) -> None:
    delivered = await month(tmp_path, 1, key="between us")
    manifest = next(delivered.glob(f"*{MANIFEST}"))
    (tmp_path / "feed.key").write_text("between us\n")
    [command] = re.findall(r"^    (jq -cSj .*openssl .*)$", PAGE, re.MULTILINE)
    code, [told] = run(f"manifest={manifest}; {command}", delivered)
    assert (code, told.rpartition(" ")[2]) == (0, json.loads(manifest.read_bytes())["signature"]["value"])


def forged(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the lines of a file and mend its manifest, as somebody would who knows the format."""
    content = b"".join(change(gzip.decompress(path.read_bytes()).splitlines(keepends=True)))
    path.write_bytes(gzip.compress(content, mtime=0))
    manifest = path.with_name(path.name + MANIFEST)
    hashes = {"sha256": path.read_bytes(), "content_sha256": content}
    told = {name: hashlib.sha256(of).hexdigest() for name, of in hashes.items()}
    manifest.write_bytes(canonical(json.loads(manifest.read_bytes()) | told) + b"\n")


def missing(path: Path) -> None:
    path.unlink()
    path.with_name(path.name + MANIFEST).unlink()


def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def altered(lines: list[bytes]) -> list[bytes]:
    return [*lines[:5], lines[5].replace(b'"octets_in":', b'"octets_in":9', 1), *lines[6:]]


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a file is missing": (missing, "comes after file 1: one is missing or doubled"),
    "a byte was changed": (changed, "is not as it was published"),
    "a record is doubled": (
        lambda path: forged(path, lambda lines: [*lines[:5], lines[4], *lines[5:]]),
        "before these a record was changed, removed or doubled: 100",
    ),
    "a record is missing": (
        lambda path: forged(path, lambda lines: [*lines[:5], *lines[6:]]),
        "before these a record was changed, removed or doubled: 102",
    ),
    "a number was changed": (
        lambda path: forged(path, altered),
        "before these a record was changed, removed or doubled: 102",
    ),
    "the file stands in place of another": (
        lambda path: forged(
            path, lambda lines: [lines[0].replace(b'"prev_file_sha256":"', b'"prev_file_sha256":"0'), *lines[1:]]
        ),
        "does not follow the file before it",
    ),
}


@pytest.fixture
def second(delivered: Path) -> Path:
    return sorted(delivered.glob("*.gz"))[1]


@pytest.fixture
async def delivered(tmp_path: Path) -> Path:
    return await month(tmp_path, 3)


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_kind_of_fault_is_found(delivered: Path, second: Path, fault: str) -> None:
    spoil, told = FAULTS[fault]
    spoil(second)
    code, found = run(VERIFY, delivered, "delivered")
    assert code == 1
    assert any(line.endswith(told) for line in found), found


async def test_a_file_that_is_not_there_spoils_no_other(delivered: Path, second: Path) -> None:
    second.unlink()
    code, found = run(VERIFY, delivered, "delivered")
    assert (code, found) == (1, [f"{second.name}: is not there, and what it says was not compared"])


def reasons(found: list[str]) -> Iterator[str]:
    return (line.partition(":")[0] for line in found)


async def test_an_interval_without_its_record_and_a_record_that_came_twice_are_found(
    delivered: Path, second: Path
) -> None:
    forged(second, lambda lines: [*lines[:5], *lines[6:-1], lines[7], lines[-1]])
    code, found = run(COMPLETE, delivered)
    assert (code, sorted(reasons(found))) == (0, ["doubled", "missing"])
