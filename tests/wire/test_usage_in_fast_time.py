"""Usage from snmpd to a published file; time runs thirty times faster for netmon and snmpd (libfaketime)."""

import gzip
import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.observation import PollResult
from netmon.outputs.usage.verify import verify
from netmon.usage.periods import parse_utc
from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import fast_time, netmon_command, snmpd, until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

METERING = {"version": 1, "metering": [{"id": "ports", "services": ["svc-*"], "feed": "main", "poll": "10s"}]}
MEMBER = {"object": "gw/if:lo", "facing": "customer", "valid_from": "2026-03-02T00:00:00Z"}
PATIENT = {"default_every": "60s", "timeout": "8s", "retries": 1, "ping": "off"}


async def test_the_octets_of_an_interval_are_in_a_file_that_verifies(tmp_path: Path) -> None:
    (tmp_path / "metering.yaml").write_text(json.dumps(METERING))
    async with snmpd(tmp_path / "snmpd", env=fast_time(30)) as agent:
        async with netmon(
            tmp_path,
            elements=[{"id": "gw", "addresses": ["127.0.0.1"], "port": agent, "credential": "lab"}],
            services=[{"id": "svc-1", "party_ref": "customer-1", "members": [MEMBER]}],
            rules=["metering.yaml"],
            usage={"interval": "5m", "poll": "10s", "feeds": [{"id": "main", "open": "5m"}]},
            polling=PATIENT,
            web={"enabled": False},
            env=fast_time(30),
        ) as daemon:
            record = await until(
                lambda: measured(daemon), patience_s=300, what="a published record of a whole interval"
            )
            daemon.kill_and_replay()
        assert verify([daemon.data_dir / "usage" / "main" / "out"]) == []
        assert recomputed(daemon, record) == {name: record[name] for name in PROVEN}
        assert (record["service_id"], record["party_ref"]) == ("svc-1", "customer-1")
        assert (record["coverage_ms"], record["source"]["width"]) == (300_000, 64)
        assert record["octets_in"] == octets(daemon, parse_utc(record["start"]), parse_utc(record["end"])) > 0


PROVEN = ("id", "start", "end", "octets_in", "octets_out", "coverage_ms", "quality", "flags", "slots_in", "slots_out")


def recomputed(daemon: Daemon, record: dict[str, Any]) -> dict[str, Any]:
    """Compute a published record again as billing does: from the readings in the log, by a command of its own."""
    folder = daemon.data_dir.parent
    files = ("--out", str(folder / "samples.jsonl"), "--rules", str(folder / "pairs.json"))
    for words in (
        ("samples", record["id"], *files, "--config", str(daemon.config)),
        ("recompute", "--samples", files[1], "--config", files[3]),
    ):
        command = netmon_command("usage", *words)
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    [line] = map(json.loads, done.stdout.splitlines())
    return {name: line[name] for name in PROVEN}


def measured(daemon: Daemon) -> dict[str, Any]:
    """Return the first published record that was measured from its beginning to its end."""
    for manifest in sorted((daemon.data_dir / "usage" / "main" / "out").glob("*.manifest.json")):
        lines = gzip.decompress(manifest.with_name(manifest.name.removesuffix(".manifest.json")).read_bytes())
        for item in map(json.loads, lines.splitlines()):
            if item.get("quality") == "measured":
                return dict(item)
    return {}


def octets(daemon: Daemon, start: int, end: int) -> int:
    """Count anew from the logged answers of snmpd: what lies between two samples is spread evenly."""
    results = [one for _, one in daemon.observations() if isinstance(one, PollResult)]
    blocks = [
        block for one in results for block in one.blocks if "ifHCInOctets" in block.columns and block.table == "usage"
    ]
    samples = [(block.t, block.cells[block.columns.index("ifHCInOctets")][0]) for block in blocks]

    def at(moment: int) -> Any:
        [(a, first, b, last)] = [(a, x, b, y) for (a, x), (b, y) in pairwise(samples) if a <= moment < b]
        return first + (last - first) * (moment - a) // (b - a)

    return int(at(end) - at(start))
