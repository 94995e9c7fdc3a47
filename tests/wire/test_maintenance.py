"""Maintenance windows of a running netmon: by command line and API, over kill, reload, restart and replay."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from netmon.cli.engine import ask
from netmon.domain.plan import BEGIN
from netmon.domain.request import OperatorCall
from netmon.storage.sqlite.store import open_store
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import get, netmon_command, notify, until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
OBJECT = ("gw/if:#1", "link-alarm")


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    elements = [{"id": "gw", "addresses": ["127.0.0.1"], "ping": False}]
    async with netmon(tmp_path / "d", elements=elements) as running:
        yield running


def send(daemon: Daemon, what: str) -> None:
    status = "2" if what == LINK_DOWN else "1"
    ports = [f"1.3.6.1.2.1.2.2.1.{column}.1" for column in (1, 7, 8)]
    varbinds = [word for oid, value in zip(ports, ("1", "1", status), strict=True) for word in (oid, "i", value)]
    assert notify(daemon.traps, "", what, *varbinds) == 0


def windows(daemon: Daemon) -> list[dict[str, Any]]:
    return list(json.loads(daemon.netmon("maintenance", "list", "--json")))


async def opened(daemon: Daemon, id_: str) -> dict[str, Any]:
    """Wait until a window is open, and return it."""

    def found() -> Any:
        return next((one for one in windows(daemon) if one["id"] == id_ and one["open"]), None)

    return dict(await until(found, what="the window to open"))


def refused(daemon: Daemon, *words: str) -> tuple[int, str]:
    command = [*netmon_command(*words), "--config", str(daemon.config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def token_of(daemon: Daemon, name: str, role: str) -> str:
    daemon.netmon("user", "add", name, "--role", role, "--no-password")
    scopes = ("--scope", "read", *(("--scope", "operate") if role != "viewer" else ()))
    return daemon.netmon("user", "token", name, *scopes)


def counted(daemon: Daemon) -> dict[str, float]:
    """Return how many alarms of severity major a scrape finds, by whether they are visible."""
    begin = 'netmon_alarms{severity="major",visible="'
    lines = [line for line in daemon.metrics().splitlines() if line.startswith(begin)]
    return {line.removeprefix(begin).partition('"')[0]: float(line.rpartition(" ")[2]) for line in lines}


def indicator(daemon: Daemon, token: str) -> str:
    """Return what TMF642 says of the one alarm."""
    found = get(f"http://{daemon.web}/tmf-api/alarmManagement/v4/alarm", token)
    return str(found[0]["plannedOutageIndicator"]) if found else ""


async def test_a_window_of_the_command_line_lives_over_kill_and_reload(daemon: Daemon) -> None:
    token = token_of(daemon, "vic", "viewer")
    made = daemon.netmon("maintenance", "add", "--element", "gw", "--for", "2h", "--comment", "new line card")
    id_ = made.partition(":")[0]
    window = await opened(daemon, id_)
    assert window["where"] == "element.id == 'gw'"
    assert (window["comment"], window["user"].startswith("cli:")) == ("new line card", True)
    send(daemon, LINK_DOWN)
    await daemon.told("raised", *OBJECT)
    [alarm] = daemon.alarms()
    assert (alarm.hidden_by, alarm.ever_shown, "planned" in alarm.flags) == ((f"maint:{id_}",), False, True)
    await until(lambda: indicator(daemon, token) == "OutOfService", what="TMF642 to tell of the work")
    await until(lambda: counted(daemon) == {"false": 1.0}, what="/metrics to count what is hidden")

    daemon.kill()
    await daemon.start()
    assert daemon.netmon("reload").startswith("reloaded")
    assert [one["id"] for one in windows(daemon)] == [id_]
    assert daemon.alarms()[0].hidden_by == (f"maint:{id_}",)

    assert daemon.netmon("maintenance", "end", id_[:8]) == f"{id_} has ended"
    await daemon.told("shown", *OBJECT)
    await until(lambda: indicator(daemon, token) == "InService", what="TMF642 to tell of its end")
    await until(lambda: counted(daemon) == {"true": 1.0}, what="/metrics to count what is seen again")
    assert windows(daemon) == []
    assert refused(daemon, "maintenance", "end", id_) == (1, f'netmon: there is no window "{id_}", or it is over\n')
    with closing(open_store(daemon.data_dir / "netmon.db", read_only=True)) as store:
        rows = [row for row in store.audit() if row.action.startswith("maintenance-")]
    assert [(row.action, row.targets) for row in rows if row.result == "1 done"] == [
        ("maintenance-end", (id_,)),
        ("maintenance-begin", (id_,)),
    ]
    assert {row.user.partition(":")[0] for row in rows} == {"cli"}
    digest = await daemon.stop()
    assert daemon.replayed()["digest"] == digest


async def test_a_window_ends_while_netmon_is_down(daemon: Daemon) -> None:
    send(daemon, LINK_DOWN)
    await daemon.told("raised", *OBJECT)
    ends = int(time.time() * 1000) + 15_000
    wanted = OperatorCall(BEGIN, (), "cli:test", until=ends, where="element.id == 'gw'")
    status, answer = await asyncio.to_thread(ask, daemon.data_dir, "/internal/v1/operator", wanted)
    assert (status, answer["results"][0]["result"]) == (200, "done")
    await daemon.told("hidden", *OBJECT)
    await daemon.stop()
    await until(lambda: time.time() * 1000 > ends, what="the end of the window")
    await daemon.start()
    await daemon.told("shown", *OBJECT)
    # The next Ticks say nothing of it again.
    send(daemon, LINK_UP)
    await daemon.told("cleared", *OBJECT)
    kinds = [kind for kind in daemon.happened(*OBJECT) if kind in ("raised", "hidden", "shown", "cleared")]
    assert kinds == ["raised", "hidden", "shown", "cleared"]


async def test_operators_plan_by_the_api_what_their_role_allows(daemon: Daemon) -> None:
    operator, viewer = token_of(daemon, "ann", "operator"), token_of(daemon, "vic", "viewer")
    url = f"http://{daemon.web}/api/v1/maintenance"
    await until(lambda: get(url, operator) is not None, what="the web process to answer")

    def asked(token: str, method: str, path: str = "", **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, f"{url}{path}", headers=headers, json=body or None, timeout=60)

    until_ = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    later = (datetime.now(UTC) + timedelta(days=8)).isoformat()
    body = {"where": "element.id == 'gw'", "mode": "mark", "comment": "tests"}
    assert asked(viewer, "POST", **body, to=until_).status_code == 403
    assert asked(operator, "POST", **body, to=later).status_code == 403
    wrong = asked(operator, "POST", **{**body, "where": "element.idd == 'gw'"}, to=until_)
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (400, "where")
    made = asked(operator, "POST", **body, to=until_)
    assert made.status_code == 201, made.text
    await opened(daemon, made.json()["id"])
    send(daemon, LINK_DOWN)
    await daemon.told("raised", *OBJECT)
    [alarm] = daemon.alarms()
    assert (alarm.hidden_by, "planned" in alarm.flags) == ((), True)
    assert asked(viewer, "DELETE", f"/{made.json()['id']}").status_code == 403
    assert asked(operator, "DELETE", f"/{made.json()['id']}").status_code == 204
    await until(lambda: "planned" not in daemon.alarms()[0].flags, what="the mark to go")
    assert asked(operator, "GET").json()["windows"] == []


async def test_what_is_wrong_is_said_in_one_line(daemon: Daemon) -> None:
    assert refused(daemon, "maintenance", "add", "-e", "gv", "--for", "2h") == (
        2,
        "netmon: --element: there is no element 'gv' (did you mean \"gw\"?)\n",
    )
    for words, told in (
        (("-e", "gw"), "write --for SPAN or --to TIME"),
        (("--for", "2h"), "write --element ID, once or several times, or --where CONDITION"),
        (("-e", "gw", "--to", "tomorrow"), "--to: 'tomorrow' is no time with its offset (write 2026-12-01T22:00Z)"),
        (("-e", "gw", "--to", "2020-01-01T00:00Z"), "to: is not in the future"),
        (("--where", "element.id = 'gw'", "--for", "2h"), "where: unexpected '=' (write '==')"),
    ):
        assert refused(daemon, "maintenance", "add", *words) == (2, f"netmon: {told}\n")
