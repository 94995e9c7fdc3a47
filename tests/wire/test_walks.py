"""Recordings served by netmon's agents, by ``netmon simulate`` and by snmpsim, read by netmon's walker: every row."""

import bz2
import gzip
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from netmon.domain.oid import Varbind
from netmon.snmp import ber
from netmon.snmp.agent import Agent
from netmon.snmp.client import Client, Target
from netmon.snmp.message import V1, V3
from netmon.snmp.recording import load, recording_name
from netmon.snmp.responder import Responder
from tests.field.walks import Served, on_the_wire, ours, theirs, walked
from tests.snmp.test_responder_version3 import GOOD
from tests.snmp.test_snmp_client import clock_ms, serving
from tests.snmp.walking import by_pages
from tests.wire.peers import end, free_port, netmon_command

pytestmark = pytest.mark.wire

HERE = Path(__file__).parent / "recordings"
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "metro" / "switch.snmprec"
Rows = dict[str, tuple[Varbind, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of recordings, two of them packed."""
    made = tmp_path / "recordings"
    shutil.copytree(HERE, made)
    (made / "packed.snmprec.gz").write_bytes(gzip.compress(EXAMPLE.read_bytes()))
    (made / "walked.snmpwalk.bz2").write_bytes(bz2.compress((HERE / "ring.snmpwalk").read_bytes()))
    return made


def recorded(folder: Path) -> Rows:
    return {recording_name(path): load(path).rows for path in folder.iterdir()}


def test_what_cannot_be_served_is_told_with_its_line(folder: Path) -> None:
    assert [bad.line for bad in load(folder / "odd.snmprec").bad_lines] == [3, 20]
    assert {name: len(rows) for name, rows in recorded(folder).items()} == {
        "odd": 20,
        "packed": 53,
        "ring": 18,
        "walked": 18,
    }


def of_ours(rows: Rows, work: Path) -> Served:
    return ours(rows)


@pytest.mark.parametrize("serve", [of_ours, pytest.param(theirs, marks=pytest.mark.slow)], ids=["ours", "snmpsim"])
async def test_every_row_is_walked_as_it_was_recorded(
    folder: Path, tmp_path: Path, serve: Callable[[Rows, Path], Served]
) -> None:
    recordings = recorded(folder)
    async with serve(recordings, tmp_path) as port, Client(clock_ms) as client:
        for name, rows in recordings.items():
            found = await walked(client, port, name, rows)
            assert found == {oid: on_the_wire(oid, tag, value) for oid, tag, value in rows}, name
    assert client.counters["timeouts"] == client.counters["undecodable"] == 0


@pytest.mark.parametrize("version", [V1, V3])
async def test_the_other_versions_bring_the_same_but_for_what_they_cannot_say(folder: Path, version: int) -> None:
    rows = load(folder / "odd.snmprec").rows
    responder = Responder([Agent(rows)], users=[GOOD])
    with serving(lambda datagram: [one.datagram for one in responder.replies(datagram, 0)]) as port:
        async with Client(clock_ms) as client:
            target = Target("127.0.0.1", port, version=version, user=GOOD if version == V3 else None)
            walk = await by_pages(client, target, ["1.3"])
    found = {cell[0]: cell[1:] for (cell,) in walk.rows.values() if cell is not None}
    assert found == {
        oid: on_the_wire(oid, tag, value)
        for oid, tag, value in rows
        if oid.startswith("1.3.") and (version == V3 or tag != ber.COUNTER64)
    }


@pytest.mark.slow
async def test_netmon_simulate_serves_a_folder_at_one_address(folder: Path, tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(f'agents: [{{id: lab, listen: "127.0.0.1:{port}", recording: {folder}}}]\n')
    process = subprocess.Popen(
        netmon_command("simulate", str(scenario)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        while "Ctrl-C" not in (line := process.stdout.readline()):
            assert line
        async with Client(clock_ms) as client:
            for name, rows in recorded(folder).items():
                found = await walked(client, port, name, rows)
                assert found.keys() == {oid for oid, _, _ in rows}, name
                same = {oid for oid, tag, value in rows if found[oid] == on_the_wire(oid, tag, value)}
                # Uptime and the time of the engine run on.
                assert found.keys() - same <= {"1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.10.2.1.3.0"}, name
    finally:
        end(process)  # type: ignore[arg-type]
        _, err = process.communicate()
    assert [line.partition(": ")[0].rpartition("/")[2] for line in err.splitlines()] == [
        "odd.snmprec:3:1",
        "odd.snmprec:20:1",
    ]
