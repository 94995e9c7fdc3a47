"""``netmon demo`` as people start and end it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.alarm import Alarm
from netmon.storage.series import SeriesStore
from netmon.storage.sqlite.store import open_store
from netmon.web.passwords import fits
from tests.patience import PATIENCE_S
from tests.wire.peers import end, get, netmon_command, until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

APPEAR = {
    ("core-lon-002/entity:Line card 3", "entity-oper"),
    ("core-lon-002/if:xe-3/0/0", "link-alarm"),
    ("agg-lon-120/fan:Fan tray 2", "entity-oper"),
    ("cpe-par-165/if:wan0", "link-alarm"),
    ("link:agg-par-114-xe-0-0-1--cpe-par-165-wan0", "link-alarm"),
    ("pe-mad-012/sensor:Line card 1 temperature", "sensor-threshold"),
    ("agg-par-114/cpu:1", "cpu-high"),
    ("core-par-001/if:xe-1/0/7", "if-errors"),
    ("agg-mad-201", "node-unreachable"),
    ("cpe-mad-377", "node-unreachable"),
    ("pe-lon-044", "agent-restart"),
}
CLEAR = {
    ("agg-mad-201", "node-unreachable"),
    ("cpe-mad-377", "node-unreachable"),
    ("cpe-par-165/if:wan0", "link-alarm"),
    ("link:agg-par-114-xe-0-0-1--cpe-par-165-wan0", "link-alarm"),
    ("agg-par-114/cpu:1", "cpu-high"),
    ("core-lon-002/entity:Line card 3", "entity-oper"),
    ("core-lon-002/if:xe-3/0/0", "link-alarm"),
}


@contextmanager
def running(*words: str, env: dict[str, str] | None = None) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        netmon_command("demo", "--port", "0", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=env,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            end(process)  # type: ignore[arg-type]


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[dict[str, str]]:
    """Start a demo and wait until its dashboard answers; yield what access.json says."""
    with running("--data-dir", str(folder)):
        await until(lambda: (folder / "access.json").exists())
        access: dict[str, str] = json.loads((folder / "access.json").read_text())
        await until(lambda: alarms(access) is not None)
        yield access


def alarms(access: dict[str, str]) -> Any:
    return get(f"{access['url']}/tmf-api/alarmManagement/v4/alarm?limit=100", access["token"])


def stored(folder: Path) -> list[Alarm]:
    with closing(open_store(folder / "netmon.db", read_only=True)) as store:
        return store.alarms()


def keys(folder: Path, *states: str) -> set[tuple[str, str]]:
    return {(alarm.object, alarm.type) for alarm in stored(folder) if alarm.state in states}


async def appear(folder: Path, wanted: set[tuple[str, str]], *states: str) -> None:
    """Wait until all of ``wanted`` are in one of the states; fail with those that are not."""
    try:
        await until(lambda: keys(folder, *states) >= wanted, patience_s=300)
    except AssertionError:
        missing = wanted - keys(folder, *states)
        assert not missing, (folder / "netmon.log").read_text()[-2_000:]


async def test_the_story_is_told_and_a_second_one_runs_beside(tmp_path: Path):
    folder = tmp_path / "one"
    async with demo(folder) as access:
        assert set(access) == {"url", "user", "password", "token", "traps", "metrics"}
        assert (folder / "access.json").stat().st_mode & 0o777 == 0o600
        with closing(open_store(folder / "netmon.db", read_only=True)) as store:
            operator = store.operator(access["user"])
        assert operator is not None
        assert fits(access["password"], operator.password)
        async with demo(tmp_path / "two") as other:
            assert other["url"] != access["url"]
        await appear(folder, APPEAR, "active", "cleared")
        found = {(alarm.object, alarm.type): alarm for alarm in stored(folder)}
        assert {alarm.severity for alarm in found.values()} >= {"critical", "major", "minor", "warning"}
        await until(lambda: hidden(folder) >= {"cpe-mad-377", "core-lon-002/if:xe-3/0/0", "core-mad-001/if:xe-0/0/2"})
        # Not of every link: an end that fails before it was read tells of it a quarter of an hour later.
        await until(lambda: "confirmed" in link_states(folder), what="both ends of a link tell of it")
        assert root_cause(folder, "core-lon-002/entity:Line card 3")
        listed = alarms(access)
        assert {alarm["alarmedObject"]["id"] for alarm in listed} >= {"core-lon-002/entity:Line card 3"}
        await appear(folder, CLEAR, "cleared")
        await until(lambda: live_metrics(folder) >= PAST, what="samples of this run")
    check_series(folder)


def link_states(folder: Path) -> list[str]:
    command = netmon_command("inventory", "show", "--links", "--json", "--config", str(folder / "config.yaml"))
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    return [link["status"] for link in json.loads(shown.stdout)]


def root_cause(folder: Path, object_: str) -> bool:
    return any(alarm.root_cause for alarm in stored(folder) if alarm.object == object_)


def hidden(folder: Path) -> set[str]:
    return {alarm.object for alarm in stored(folder) if alarm.hidden_by}


PAST = {
    "netmon_if_in_bits_per_second",
    "netmon_if_out_utilization_percent",
    "netmon_cpu_percent",
    "netmon_memory_used_percent",
    "netmon_sensor_celsius",
}


def live_metrics(folder: Path) -> set[str]:
    store = SeriesStore(folder / "series")
    return {str(name) for frame in store.after(0) for name in frame["metric"].unique()}


def check_series(folder: Path) -> None:
    """What the past has is what polls have: one series each, with a gap, and no samples from before."""
    for metric in sorted(PAST):
        found = SeriesStore(folder / "series").query(metric, "core-par-001")
        past, live = found.filter(found["seq"] == 0), found.filter(found["seq"] > 0)
        assert max(past["time"].to_list()) < min(live["time"].to_list())
        named = ["object", "table", "labels", "unit"]
        assert set(past.select(named).unique().iter_rows()) <= set(live.select(named).unique().iter_rows())


WHILE_IMPORTING = """
import os, runpy, signal, sys
class Import:
    def find_spec(self, name, path, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Import())
sys.argv = ["netmon", "demo", "--port", "0", "--seconds", "1"]
runpy.run_module("netmon", run_name="__main__")
"""


@pytest.mark.parametrize("name", ["netmon.cli.main", "rich.console", "netmon.cli.demo", "netmon.cli.simulate.town"])
async def test_ctrl_c_while_it_is_being_loaded_says_nothing(name: str, tmp_path: Path):
    done = await asyncio.to_thread(
        subprocess.run,
        (sys.executable, "-c", WHILE_IMPORTING.format(name=name)),
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", -signal.SIGINT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("after_s", [1.0, 1.5, 2.0, 3.0, 5.0])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
async def test_it_can_be_ended_at_any_moment(after_s: float, number: signal.Signals, tmp_path: Path):
    with running(env={**os.environ, "TMPDIR": str(tmp_path)}) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, after_s)
        process.send_signal(number)
        said, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE_S)
    assert "Traceback" not in said
    # 130 as shells say it, when it came before the demo itself had begun.
    assert process.returncode in (0, -number, 128 + number)
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == []


def processes_of(folder: Path) -> list[str]:
    """Return the command lines that name a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found


async def test_a_data_dir_is_used_again(tmp_path: Path):
    folder = tmp_path / "kept"
    for _ in range(2):
        async with demo(folder) as access:
            assert (folder / "access.json").stat().st_mode & 0o777 == 0o600
        assert not (folder / "access.json").exists()
    with closing(open_store(folder / "netmon.db", read_only=True)) as store:
        assert [one.operator for one in store.tokens()] == [access["user"]]
