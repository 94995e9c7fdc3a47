"""``netmon simulate`` as people start and end it."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from typer.testing import Result

from netmon.config import yaml
from netmon.config.inventory import read_inventory
from tests import command_line
from tests.patience import PATIENCE_S
from tests.wire.peers import end, netmon_command, program, until

SCENARIO = """\
agents:
  - {id: R1, listen: "127.0.1.9:PORT", model: {interfaces: 2}, community: public}
  - {id: "acc{n}", count: 2, listen: "127.0.1.20:PORT", model: {interfaces: 1}}
  - {id: free, listen: "127.0.1.30:0", model: {}}
  - {id: second, listen: "127.0.1.9:PORT", model: {}, community: other}
script:
  - {at: 10ms, agent: R1, do: link_down, if: xe-0/0/1, traps: 0}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("scenario.yaml")
    path.write_text(SCENARIO.replace("PORT", str(20_000 + os.getpid() % 10_000)))
    return path


def call(*words: str) -> Result:
    return command_line.call("simulate", "scenario.yaml", *words)


def test_check_starts_nothing_and_tells_every_mistake(file: Path):
    result = call("--check")
    assert (result.exit_code, result.stdout) == (0, "0 errors, 0 warnings; 5 agents, 1 action\n")
    file.write_text(SCENARIO.replace("PORT", "1161").replace("link_down", "link_dwn").replace("at: 10ms", "at: 10"))
    result = call("--check")
    assert result.exit_code == 1
    assert "scenario.yaml:7:29: script[0].do: unknown do 'link_dwn' (did you mean 'link_down'?)" in result.stdout
    told = json.loads(call("--check", "--json").stdout)
    assert [(one["line"], one["severity"]) for one in told] == [(7, "error")]


def test_errors_forbid_the_start(file: Path):
    file.write_text("agents: []\n")
    result = call()
    assert result.exit_code == 2
    assert "netmon: 1 error in the scenario" in result.stderr


def test_the_inventory_is_one_that_netmon_reads(file: Path):
    text = call("--inventory").stdout
    read = yaml.parse(text.encode(), "inventory.yaml")
    inventory, problems = read_inventory(read.document, credentials=dict.fromkeys(["public"], "v2c"))
    assert (read.problems, problems) == ((), [])
    assert {id_: element.addresses for id_, element in inventory.elements.items()} == {
        "acc1": ("127.0.1.20",),
        "acc2": ("127.0.1.21",),
        "r1": ("127.0.1.9",),
    }
    assert text.splitlines()[:2] == [
        "# Of scenario.yaml. Credentials that config.yaml needs: public.",
        "# Left out, since an inventory has one element for each address: free, second.",
    ]


def test_once_ends_with_the_script_and_tells_what_happened(file: Path):
    result = call("--once")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("R1  127.0.1.9:")
    assert lines[5] == "5 agents answer; 1 action in the script; Ctrl-C ends it."
    assert lines[6].endswith(" s  R1: link_down if: xe-0/0/1, traps: 0")
    assert lines[7].endswith(" s: 0 requests")


def test_seconds_end_it(file: Path):
    file.write_text(file.read_text().replace("at: 10ms", "at: 1h"))
    result = call("--seconds", "0.05")
    assert (result.exit_code, "link_down" in result.stdout) == (0, False)


@pytest.mark.slow
def test_addresses_that_are_taken_are_all_told(file: Path):
    file.write_text(file.read_text().replace("127.0.1.20", "127.0.1.9").replace("count: 2", "count: 2, community: x"))
    with subprocess.Popen(
        netmon_command("simulate", str(file)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as other:
        assert other.stdout is not None
        while "Ctrl-C" not in (line := other.stdout.readline()):
            assert line
        result = call()
        other.terminate()
    assert result.exit_code == 2
    assert result.stderr.count("cannot be had: address already in use") == 2


def test_help_teaches():
    text = command_line.call("simulate", "--help", COLUMNS="100").stdout
    for word in (
        "agents:",
        "listen:",
        "recording:",
        "link_down",
        "storm",
        "--inventory",
        "netmon simulate scenario.yaml",
    ):
        assert word in text


@pytest.mark.wire
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_is_a_clean_end(file: Path, number: signal.Signals):
    text = file.read_text()
    port = text.partition("127.0.1.9:")[2].partition('"')[0]
    command = [program("snmpget"), "-v2c", "-c", "public", "-Oqvt", f"127.0.1.9:{port}", "1.3.6.1.2.1.1.5.0"]

    def answers() -> bool:
        return "R1" in subprocess.run(command, capture_output=True, text=True).stdout

    process = subprocess.Popen(
        netmon_command("simulate", str(file)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        await until(answers, what="the agent to answer")
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        end(process)  # type: ignore[arg-type]
    assert (process.returncode, err) == (0, "")
    assert " request" in out.splitlines()[-1]
