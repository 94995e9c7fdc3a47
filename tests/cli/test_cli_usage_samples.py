"""``netmon usage samples``: readings out of the log, from which a record is computed again by another command."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import Result

from netmon.domain.observation import Block, Observation, PollResult, Tick
from netmon.domain.usage import Assignment, CounterSample
from netmon.storage.snapshot import encode
from netmon.storage.sqlite.retention import Limits
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch, SnapshotRow
from tests import command_line
from tests.usage.metered import QUARTER, SERIES, START, Daemon, assignment, sample

COLUMNS = ("ifName", "ifHCInOctets", "ifHCOutOctets", "ifCounterDiscontinuityTime", "ifHighSpeed")
FIELDS = (
    "octets_in",
    "octets_out",
    "coverage_ms",
    "quality",
    "flags",
    "slots_in",
    "slots_quality",
    "peak_bps_in",
    "id",
)
NOON = "2026-03-02T12:00:00Z"
INVENTORY = {
    "version": 1,
    "elements": [{"id": "r1", "addresses": ["192.0.2.1"]}],
    "services": [
        {
            "id": "svc-1",
            "members": [{"object": "r1/if:xe-0/0/1", "facing": "customer", "valid_from": "2026-03-02T00:00:00Z"}],
        }
    ],
}
METERING = {"version": 1, "metering": [{"id": "ports", "services": ["svc-1"], "feed": "main"}]}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("inventory.yaml").write_text(json.dumps(INVENTORY))
    Path("metering.yaml").write_text(json.dumps(METERING))
    Path("config.yaml").write_text("{data_dir: state, inventory: inventory.yaml, rules: [metering.yaml]}\n")
    Path("state").mkdir()
    return tmp_path


def call(*words: str) -> Result:
    return command_line.call("usage", *words)


def polled(one: CounterSample) -> PollResult:
    """Return what the poller tells of a port and a neighbor whose counters are others."""
    octets = (one.in_octets, 7), (one.out_octets, 7)
    cells = ((one.ifname.encode(), b"xe-0/0/2"), *octets, (one.disc_cs, 0), (10_000, 10_000))
    index = (str(one.ifindex), "9")
    oids, tags = ("1.3",) * len(COLUMNS), (0,) * len(COLUMNS)
    assert one.mono_ms is not None
    block = Block(
        one.t, one.mono_ms, 900, one.uptime_cs, one.boots, "", "usage", COLUMNS, oids, tags, index, cells
    )  # fmt: skip
    return PollResult(one.t, "r1", "", "usage", one.t, 0, True, True, "snmp", one.run, (block,), interval_ms=60_000)


def samples() -> list[CounterSample]:
    """Return an hour of readings each minute: one comes late, some are missing, the agent restarts, the run ends."""
    found = []
    for minute in range(62):
        t = START + minute * 60_000 + 13_000
        restarted = minute >= 40
        uptime_cs = (minute - 40) * 6_000 + 500 if restarted else 1_000_000 + minute * 6_000
        run, mono_ms = ("b", t - START) if minute >= 30 else ("a", minute * 60_000)
        octets = (minute - 40) * 777_777 if restarted else minute * 777_777
        found.append(sample(t, octets, octets // 3, uptime_cs=uptime_cs, run=run, mono_ms=mono_ms))
    found[5], found[6] = found[6], found[5]
    return found[:26] + found[34:]


async def record_all(
    taken: list[CounterSample], one_of: Assignment | None = None, *, found: Sequence[Assignment] = ()
) -> list[dict[str, Any]]:
    """Let the daemon take readings and keep log and records; return its usage records as they stand at the end."""
    metered = one_of or assignment()
    daemon = Daemon(metered)
    [row] = encode([("metered", [["found", "r1", list(found)]])])
    observations: list[Observation] = []
    for one in taken:
        daemon.tick(one.t)
        daemon.take(one, metered.series)
        observations += [Tick(one.t), polled(one)]
    daemon.run(taken[-1].t, taken[-1].t + QUARTER)
    store = open_store(Path("state/netmon.db"))
    records = tuple(daemon.records)
    for number, at in enumerate(range(0, len(observations), 8), 1):
        batch = observations[at : at + 8]
        told = records if not at else ()
        snapshot = SnapshotRow(at + len(batch), 0, True, row)
        await store.commit(Batch(number, at + 1, batch[0].at, tuple(batch), records=told), snapshot)
    store.close()
    final = {line["start"]: line for line in daemon.lines("usage", "adjustment")}
    whole = [line for line in final.values() if line["quality"] != "unknown"]
    return [{**line, "id": line["adjusts"] or line["id"]} for line in whole]


async def test_every_record_is_computed_again_from_the_readings_alone() -> None:
    records = await record_all(samples())
    assert {record["quality"] for record in records} == {"measured", "estimated", "partial"}
    for record in records:
        result = call("samples", record["id"])
        assert (result.exit_code, result.stderr) == (0, ""), result.stderr
        again = call("recompute", "--samples", "samples.jsonl", "--config", "pairs.json")
        assert again.exit_code == 0
        [line] = map(json.loads, again.stdout.splitlines())
        assert {name: line[name] for name in FIELDS} == {name: record[name] for name in FIELDS}


async def test_a_span_of_a_series_is_rounded_to_whole_intervals() -> None:
    records = await record_all(samples())
    result = call(
        *("samples", "--series", SERIES, "--from", "2026-03-02T00:01:00Z", "--to", "2026-03-02T00:59:00Z"),
        *("--out", "r.jsonl", "--rules", "p.json"),
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[1] == (
        "wrote p.json: 2026-03-02T00:00:00.000Z to 2026-03-02T01:00:00.000Z, feed main"
    )
    again = call("recompute", "--samples", "r.jsonl", "--config", "p.json")
    found = [json.loads(line)["octets_in"] for line in again.stdout.splitlines()]
    assert found == [record["octets_in"] for record in sorted(records, key=lambda one: one["start"])][:4]


async def test_the_element_s_own_word_on_restarts_and_the_speed_of_the_rule_are_told() -> None:
    [first, *_] = await record_all(samples())
    element = {**INVENTORY["elements"][0], "counters_survive_agent_restart": True}  # type: ignore[index]
    Path("inventory.yaml").write_text(json.dumps({**INVENTORY, "elements": [element]}))
    rule = {**METERING["metering"][0], "speed_override_bps": 5_000}  # type: ignore[index]
    Path("metering.yaml").write_text(json.dumps({**METERING, "metering": [rule]}))
    assert call("samples", first["id"]).exit_code == 0
    told = json.loads(Path("pairs.json").read_text())
    assert (told["counters_survive_agent_restart"], told["speed_override_bps"]) == (True, 5_000)


@pytest.mark.parametrize("is_found", [True, False])
async def test_a_port_that_is_followed_is_read_by_its_name_and_judged_by_its_rule(is_found: bool) -> None:
    element = {**INVENTORY["elements"][0], "counters_survive_agent_restart": True}  # type: ignore[index]
    Path("inventory.yaml").write_text(json.dumps({**INVENTORY, "elements": [element]}))
    rule = {"id": "all", "objects": ["r1/if:*"], "basis": "ifAlias", "feed": "main", "speed_override_bps": 1_000_000}
    Path("metering.yaml").write_text(json.dumps({"version": 1, "metering": [rule]}))
    followed = replace(
        assignment("r1|ifAlias:CUST 1", service="", speed_override_bps=1_000_000),
        object="r1/if:xe-0/0/1",
        name="xe-0/0/1",
        basis="ifAlias",
    )
    [first, *_] = await record_all(samples(), followed, found=[followed] if is_found else [])
    result = call("samples", first["id"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "16 readings of r1|ifAlias:CUST 1" in result.stdout
    told = json.loads(Path("pairs.json").read_text())
    assert (told["counters_survive_agent_restart"], told["speed_override_bps"]) == (True, 1_000_000)
    again = call("recompute", "--samples", "samples.jsonl", "--config", "pairs.json")
    assert json.loads(again.stdout)["id"] == first["id"]
    span = ("--from", "2026-03-02T00:00:00Z", "--to", "2026-03-02T00:15:00Z")
    result = call("samples", "--series", "r1|ifAlias:CUST 1", *span)
    assert (result.exit_code, "is not metered" in result.stderr) == ((0, False) if is_found else (2, True))


@pytest.mark.parametrize("minute", [25, 30])
async def test_a_description_that_has_moved_is_read_where_it_was_at_each_time(minute: int) -> None:
    rule = {"id": "all", "objects": ["r1/if:*"], "basis": "ifAlias", "feed": "main"}
    Path("metering.yaml").write_text(json.dumps({"version": 1, "metering": [rule]}))
    followed = replace(
        assignment("r1|ifAlias:CUST 1", service=""), object="r1/if:xe-0/0/7", name="xe-0/0/7", basis="ifAlias"
    )
    # The neighbor, which is metered too, has readings all the time.
    before, after = {"ifname": "xe-0/0/1", "ifindex": 5}, {"ifname": "xe-0/0/7", "ifindex": 8}
    taken = [
        sample(START + n * 60_000, n * 1_000, uptime_cs=n * 6_000, **(after if n >= minute else before))
        for n in range(62)
    ]
    records = await record_all(taken, followed, found=[followed])
    for record in records:
        result = call("samples", record["id"])
        assert (result.exit_code, result.stderr) == (0, "")
        [line] = map(
            json.loads, call("recompute", "--samples", "samples.jsonl", "--config", "pairs.json").stdout.splitlines()
        )
        assert {name: line[name] for name in FIELDS} == {name: record[name] for name in FIELDS}
    span = ("--from", "2026-03-02T00:00:00Z", "--to", "2026-03-02T01:00:00Z")
    assert call("samples", "--series", followed.series, *span).exit_code == 0
    found = [
        json.loads(line)["ifindex"] for line in Path("samples.jsonl").read_text().splitlines() if "ifindex" in line
    ]
    assert found == [5] * minute + [8] * (61 - minute)


async def test_readings_that_are_no_longer_kept_are_refused() -> None:
    records = await record_all(samples())
    store = open_store(Path("state/netmon.db"))
    while await store.retire(START + 8 * QUARTER, Limits(polls_ms=6 * QUARTER)):
        pass
    store.close()
    first, last = records[0]["id"], records[-1]["id"]
    result = call("samples", first)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"netmon: readings of {SERIES} before 2026-03-02T00:00:00.000Z are no longer kept")
    assert not Path("samples.jsonl").exists()
    kept = call("samples", last)
    assert (kept.exit_code, kept.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "give the id of a RECORD, or --series with --from and --to"),
        (("--series", "r1|ifName:xe-9"), 2, f"series 'r1|ifName:xe-9' is not metered ({SERIES})"),
        (("--series", SERIES, "--from", "2026-03-02", "--to", "y"), 2, "--from: '2026-03-02' is not a UTC time"),
        (("--series", SERIES, "--from", NOON, "--to", "2026-03-02T00:00:00Z"), 2, "--to is not after --from"),
        (("00000000-0000-5000-8000-000000000000",), 1, "there is no usage record 00000000-"),
    ],
)  # fmt: skip
async def test_wrong_use_is_one_line(words: tuple[str, ...], code: int, told: str) -> None:
    await record_all(samples())
    result = call("samples", *words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(f"netmon: {told}")
    assert len(result.stderr.splitlines()) == 1
