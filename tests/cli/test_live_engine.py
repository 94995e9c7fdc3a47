"""The command line asks a running engine over its socket; both sides are what a user runs."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from netmon.cli import engine as cli_engine
from netmon.domain.observation import PollResult
from netmon.domain.oid import SNMP_TRAP_OID
from netmon.domain.request import VERSION_HEADER
from netmon.snmp.message import V2_TRAP, V2C, Message, encode
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import end, get, netmon_command, snmpd, until

pytestmark = pytest.mark.wire

ALARMS = "/tmf-api/alarmManagement/v4/alarm"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with netmon(tmp_path / "d", elements=[]) as running:
        yield running


async def call(daemon: Daemon, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [*netmon_command(*words), "--config", str(daemon.config)]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)


def change(daemon: Daemon, **keys: object) -> None:
    daemon.config.write_text(json.dumps(json.loads(daemon.config.read_text()) | keys))


async def test_reload_tells_what_changed_and_what_is_wrong(daemon: Daemon) -> None:
    change(daemon, polling={"default_every": "30s"})
    taken = await call(daemon, "reload")
    assert (taken.returncode, taken.stderr) == (0, "")
    keys = "polling.default_every, polling.timeout, polling.retries, polling.ping"
    assert taken.stdout == f"reloaded: inventory, rules and MIBs are as their files say; changed keys: {keys}\n"

    change(daemon, web={"listen": "127.0.0.1:1"}, log={"format": "xml"})
    refused = await call(daemon, "reload")
    assert (refused.returncode, refused.stdout) == (1, "")
    *problems, last = refused.stderr.splitlines()
    assert [problem.partition(": ")[2] for problem in problems] == [
        "web.listen: needs a restart",
        "log.format: unknown value 'xml' (one of json, text)",
    ]
    assert last == "nothing was changed; the old configuration runs on"

    change(daemon, log={"format": "text"})
    as_json = await call(daemon, "reload", "--json")
    assert as_json.returncode == 1
    answer = json.loads(as_json.stdout)
    assert (answer["reloaded"], answer["changed"]) == (False, [])
    assert [problem.partition(": ")[2] for problem in answer["problems"]] == ["web.listen: needs a restart"]


async def test_a_caller_of_another_version_is_refused(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_engine, "__version__", "9.9")
    status, answer = await asyncio.to_thread(cli_engine.ask, daemon.data_dir, "/internal/v1/reload", {})
    assert status == 426, VERSION_HEADER
    assert "the caller 9.9" in answer["problems"][0]


async def test_tokens_are_good_at_once_and_void_with_their_account(daemon: Daemon) -> None:
    url = f"http://{daemon.web}{ALARMS}"
    assert (await call(daemon, "user", "add", "ann")).returncode == 0
    made = await call(daemon, "user", "token", "ann")
    assert (made.returncode, made.stderr) == (0, "")
    token = made.stdout.strip()
    assert await until(lambda: get(url, token) is not None, what="the web process to answer")
    assert token.split("_")[1] in (await call(daemon, "user", "list")).stdout
    removed = await call(daemon, "user", "remove", "ann")
    assert (removed.returncode, removed.stdout) == (0, "ann is no account any more\n")
    await until(lambda: get(url, token) is None, what="the token to be void")
    again = await call(daemon, "user", "remove", "ann")
    assert (again.returncode, again.stderr) == (2, "netmon: there is no account 'ann'\n")


async def test_the_log_of_a_whole_life_tells_of_netmon_only(daemon: Daemon) -> None:
    await until(lambda: get(f"http://{daemon.engine}/healthz"), what="the engine to answer")
    await daemon.stop()
    assert "uvicorn" not in daemon.text()
    assert "server process" not in daemon.text()
    # RFC 3414 section 2.2.2: the boots are on disk before a socket of SNMP is open.
    assert daemon.text().index("SNMP engine ") < daemon.text().index("listening for traps ")


async def test_a_reload_of_polling_reaches_the_poller(tmp_path: Path) -> None:
    async with snmpd(tmp_path / "agent") as port:
        element = {"id": "r1", "addresses": ["127.0.0.1"], "port": port, "credential": "lab"}
        async with netmon(tmp_path / "d", elements=[element]) as daemon:
            await until(lambda: "1s" in polled(daemon), what="a run of every second")
            change(daemon, polling={"default_every": "2s"})
            assert (await call(daemon, "reload")).returncode == 0
            await until(lambda: "2s" in polled(daemon), what="a run of every two seconds")


def polled(daemon: Daemon) -> set[str]:
    return {one.group for _, one in daemon.observations() if isinstance(one, PollResult)}


async def test_who_was_turned_away_and_why(daemon: Daemon) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect(("127.0.0.1", daemon.traps))
        for community in (b"hush-hush", b"hush-hush", b"public"):
            varbinds = ((SNMP_TRAP_OID, 6, "1.3.6.1.6.3.1.1.5.3"),)
            out.send(encode(Message(V2C, community, V2_TRAP, 1, 0, 0, varbinds)))
        out.send(b"GET / HTTP/1.1")
    await until(lambda: "not_snmp" in daemon.metrics(), what="what is no SNMP to be counted")
    shown = await call(daemon, "traps", "rejected")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "bad_community" in shown.stdout
    assert "since the start 4 read = 1 queued, 0 repeated, 0 discoveries, 3 rejected, 0 shed" in shown.stdout
    assert "the books balance" in shown.stdout
    of_one = json.loads((await call(daemon, "traps", "rejected", "--reason", "bad_community", "--json")).stdout)
    [count] = of_one["counts"]
    assert (count["source"], count["count"]) == ("127.0.0.1", 2)
    assert b"hush" not in bytes.fromhex(of_one["last"][0]["head"])
    assert daemon.metric('netmon_source_received_total{source="traps"}') == 4
    assert daemon.metric('netmon_source_dropped_total{reason="bad_community",source="traps"}') == 2
    await until(
        lambda: daemon.metric('netmon_source_processed_total{outcome="committed",source="traps"}') == 1,
        what="the trap to be counted as committed",
    )
    assert daemon.metric('netmon_source_unaccounted{source="traps"}') == 0
    assert "hush" not in daemon.text()


async def test_traps_that_no_rule_names_are_told_as_rules_to_begin_with(daemon: Daemon) -> None:
    strange = "1.3.6.1.4.1.32473.7.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect(("127.0.0.1", daemon.traps))
        for oid in ("1.3.6.1.6.3.1.1.5.1", strange, strange):
            out.send(encode(Message(V2C, b"public", V2_TRAP, 1, 0, 0, ((SNMP_TRAP_OID, 6, oid),))))
    await until(
        lambda: daemon.metric('netmon_source_processed_total{outcome="committed",source="traps"}') == 3,
        what="the traps to be committed",
    )
    shown = await call(daemon, "rules", "check", "--seen", "24h")
    assert (shown.returncode, shown.stderr) == (0, "")
    told = shown.stdout.splitlines()
    assert told[0] == "# 1 trap without a rule within 24h"
    assert told[3].startswith("  # 2 from addr:default:127.0.0.1; last ")
    assert told[4:6] == ["  - id: trap-1-3-6-1-4-1-32473-7-0-1", f"    raise: {{trap: {strange}}}"]
    as_json = json.loads((await call(daemon, "rules", "check", "--seen", "24h", "--json")).stdout)
    assert [(one["trap"], one["seen"]["count"]) for one in as_json["seen"]] == [(strange, 2)]


async def test_reloads_come_one_after_the_other_and_the_newest_files_win(daemon: Daemon) -> None:
    slow = daemon.folder / "slow.yaml"
    os.mkfifo(slow)
    change(daemon, rules=["slow.yaml"], polling={"default_every": "2s"})
    hang_up(daemon)
    writing = await until(lambda: reader_of(slow), what="the first reload to read the file that does not come")
    change(daemon, rules=[], polling={"default_every": "3s"})
    hang_up(daemon)
    # The second one has all the time it needs to overtake.
    for _ in range(50):
        assert await asyncio.to_thread(get, f"http://{daemon.engine}/healthz")
    os.write(writing, b"version: 1\n")
    os.close(writing)
    await until(lambda: daemon.text().count("reloaded") == 2, what="both reloads")
    answer = json.loads((await call(daemon, "reload", "--json")).stdout)
    assert (answer["reloaded"], answer["changed"]) == (True, []), "what runs is not what the files say"


def hang_up(daemon: Daemon) -> None:
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGHUP)


def reader_of(fifo: Path) -> int | None:
    """Return a descriptor to write with, None while nobody reads."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


async def test_a_reload_that_cannot_compile_mibs_says_why_and_changes_nothing(daemon: Daemon) -> None:
    cache = daemon.data_dir / "mib-cache"
    if cache.is_symlink():
        cache.unlink()
    else:
        shutil.rmtree(cache)
    cache.write_text("a file, not a folder")
    (daemon.folder / "mibs").mkdir()
    (daemon.folder / "mibs" / "LAB-MIB").write_text("LAB-MIB DEFINITIONS ::= BEGIN\nEND\n")
    change(daemon, mibs=["mibs"])
    refused = await call(daemon, "reload")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        f"{cache}: file exists",
        "nothing was changed; the old configuration runs on",
    ]
    cache.unlink()
    taken = await call(daemon, "reload")
    assert (taken.returncode, taken.stderr) == (0, "")


async def test_hang_ups_during_the_start_neither_end_it_nor_are_lost(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "d", elements=[])
    starting = asyncio.create_task(daemon.start())
    try:
        await until(lambda: hung_up_again(daemon) and starting.done(), what="the start")
        await starting
        await until(lambda: "reloaded" in daemon.text(), what="a reload")
        assert "web process ended" not in daemon.text()
    finally:
        if daemon.process is not None:
            await asyncio.to_thread(end, daemon.process)
    assert daemon.process is not None
    assert daemon.process.returncode == 0


def hung_up_again(daemon: Daemon) -> bool:
    """Hang up, unless the program has not yet begun: then the signal would end the bare interpreter."""
    process = daemon.process
    if process is None or process.poll() is not None:
        return process is not None
    status = Path(f"/proc/{process.pid}/status").read_text()
    masks = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigIgn", "SigCgt"))]
    if any(mask & 1 for mask in masks):
        process.send_signal(signal.SIGHUP)
    return True
