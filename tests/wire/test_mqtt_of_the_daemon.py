"""netmon and mosquitto as processes: a trap becomes a retained state, and a killed netmon is told to be off."""

import asyncio
import uuid

import pytest

from tests.outputs.retained import alarms, retained
from tests.patience import PATIENCE_S
from tests.wire.daemon import netmon
from tests.wire.peers import mosquitto, notify

pytestmark = [pytest.mark.wire, pytest.mark.slow]

STATUS = "netmon/status/v1/wire"
LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
ROUTER = [{"id": "gw", "addresses": ["127.0.0.1"]}]


async def retains(port, condition):
    async with asyncio.timeout(PATIENCE_S):
        while not (found := condition(await retained(port))):
            await asyncio.sleep(0.05)
    return found


def link(daemon, what, *, status):
    words = [word for column, value in ((1, 7), (7, 1), (8, status))
             for word in (f"1.3.6.1.2.1.2.2.1.{column}.7", "i", f"{value}")]  # fmt: skip
    assert notify(daemon.traps, "", what, *words, tool="snmpinform") == 0


async def test_a_trap_is_a_retained_state_and_a_kill_is_told_by_the_last_will(tmp_path):
    async with mosquitto(tmp_path / "broker") as port:
        output = {"type": "mqtt", "url": f"mqtt://127.0.0.1:{port}", "clear_retain": "1s"}
        async with netmon(tmp_path / "netmon", elements=ROUTER, outputs=[output]) as daemon:
            await retains(port, lambda found: found.get(STATUS) == {"state": "online"})
            link(daemon, LINK_DOWN, status=2)
            [state] = await retains(port, _alarms)
            assert (state["element"], state["type"], state["severity"]) == ("gw", "link-alarm", "major")
            assert uuid.UUID(state["alarm_id"]).version == 5
            daemon.kill()
            await retains(port, lambda found: found.get(STATUS) == {"state": "offline"})
            assert set(await alarms(port)) == {state["alarm_id"]}, "a state outlives the process that told it"
            await daemon.start()
            await retains(port, lambda found: found.get(STATUS) == {"state": "online"})
            link(daemon, LINK_UP, status=1)
            await retains(port, lambda found: not _alarms(found))
            await daemon.stop()
        assert (await retained(port))[STATUS] == {"state": "offline"}


def _alarms(found):
    return [state for topic, state in found.items() if topic.startswith("netmon/alarms/v1/gw/")]
