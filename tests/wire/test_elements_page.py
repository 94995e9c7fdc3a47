"""Elements and charts the whole way: simulated routers, a daemon, its web process, the API of the dashboard."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import until
from tests.wire.simulated import RATE_BPS, Simulator, simulator

pytestmark = pytest.mark.wire

SITES = [{"id": "lab1", "name": "Lab 1"}]
IN = "netmon_if_in_bits_per_second"


class Page:
    """A caller of the API with a token."""

    def __init__(self, daemon: Daemon) -> None:
        daemon.netmon("user", "add", "ann", "--role", "operator")
        token = daemon.netmon("user", "token", "ann", "--scope", "read", "--scope", "operate")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._base = f"http://{daemon.web}/api/v1/"

    def call(self, path: str, method: str = "GET") -> Any:
        """Return the answer, None for an error."""
        asked = urllib.request.Request(self._base + path, method=method, headers=self._headers)
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError):
            return None

    def element(self, id_: str) -> dict[str, Any]:
        found = self.call("elements") or {"elements": []}
        return next((one for one in found["elements"] if one["id"] == id_), {})

    def line(self, metric: str, object_: str, **more: str) -> dict[str, Any]:
        rest = "".join(f"&{name}={value}" for name, value in more.items())
        drawn = self.call(f"query?metric={metric}&object={object_}&from=now-15m{rest}")
        return dict(drawn["series"][0]) if drawn and drawn["series"] else {}


@pytest.fixture
async def routers() -> AsyncIterator[Simulator]:
    async with simulator("r1", "r2") as running:
        yield running


@pytest.fixture
async def daemon(tmp_path: Path, routers: Simulator) -> AsyncIterator[Daemon]:
    async with netmon(tmp_path / "d", elements=routers.elements()) as running:
        yield running


async def test_elements_their_parts_and_a_chart_with_a_hole(daemon: Daemon, routers: Simulator) -> None:
    page = await asyncio.to_thread(Page, daemon)
    await until(lambda: page.element("r1").get("reachability") == "up", what="r1 to be up")
    one = page.element("r1")
    assert (one["agent"], one["software"], one["alarms"]) == ("up", "a simulated router", 0)
    facts = page.call("elements/r1")["facts"]
    assert (facts["sys_descr"], facts["sys_name"]) == ("a simulated router", "r1")

    def moving() -> Any:
        found = page.call("elements/r1/objects")
        return found if found and all(row.get("in_bps") for row in found["objects"]) else None

    parts = await until(moving, what="rates of both ports")
    assert {(row["name"], row["admin"], row["oper"]) for row in parts["objects"]} == {
        ("xe-0", "up", "up"),
        ("xe-1", "up", "up"),
    }
    assert all(0.5 * RATE_BPS < row["in_bps"] < 2 * RATE_BPS for row in parts["objects"])
    assert await until(lambda: page.line(IN, "r1/if:xe-0"), what="a line in the chart")
    before = time.time() * 1000

    def silent_and_down() -> bool:
        """It is silent until it was seen to be down, and for some time more, however long that takes."""
        routers.do("silence", "r1", for_ms=10_000)
        return bool(page.element("r1").get("reachability") == "down")

    await until(silent_and_down, what="r1 to be down")
    await until(lambda: page.element("r1").get("reachability") == "up", what="r1 to be back")

    def healed() -> Any:
        line = page.line(IN, "r1/if:xe-0")
        gaps = [gap for gap in line.get("gaps", ()) if gap[0] > before - 3_000]
        return line if gaps and line["last_s"] * 1000 > gaps[-1][1] else None

    line = await until(healed, what="a hole with samples behind it")
    assert (line["interval_s"], line["unit"]) == (1.0, "bit/s")
    longest = max(b - a for a, b in line["gaps"] if a > before - 3_000)
    assert longest > 5_000
    # Counters went on while nobody read them: no spike where the hole ends.
    assert max(value for value in line["max"] if value is not None) < 2 * RATE_BPS
    octets = page.line("ifHCInOctets", "r1/if:xe-0", fn="rate")
    assert max(value for value in octets["max"] if value is not None) < 2 * RATE_BPS / 8
    up = page.line("netmon_element_up", "r1")
    told = [value for value in up["last"] if value is not None]
    assert (min(told), told[-1]) == (0.0, 1.0)
    assert [row["id"] for row in page.call("series?element=r1&metric=netmon_element_up")["series"]] == [
        "netmon_element_up@r1"
    ]


async def test_poll_now_reaches_the_poller_and_the_audit(tmp_path: Path, routers: Simulator) -> None:
    slow = {"default_every": "1h", "timeout": "500ms", "retries": 1}
    async with netmon(tmp_path / "slow", elements=routers.elements(), polling=slow) as daemon:
        page = await asyncio.to_thread(Page, daemon)
        assert page.call("elements/r2/poll", "POST") == {"requested": True}
        first = (await until(lambda: page.element("r2").get("last_poll"), what="the poll")) or 0
        assert page.call("elements/r2/poll", "POST") == {"requested": True}
        await until(lambda: page.element("r2").get("last_poll", 0) > first, what="another poll")
        shown = await asyncio.to_thread(daemon.netmon, "inventory", "show", "r2")
        assert "a simulated router" in shown
        assert "system:get" in shown
        polls = json.loads(await asyncio.to_thread(daemon.netmon, "inventory", "show", "--poll", "--json"))
        assert {poll["element"]: poll["every_ms"] for poll in polls} == {"r1": 3_600_000, "r2": 3_600_000}
