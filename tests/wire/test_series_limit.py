"""More series than there may be: the daemon leaves them out, says so, and keeps those it has."""

from pathlib import Path

import pytest

from tests.wire.daemon import netmon
from tests.wire.peers import in_parquet, until
from tests.wire.simulated import simulator

pytestmark = [pytest.mark.wire, pytest.mark.slow]


async def test_new_series_beyond_the_limit_raise_the_alarm_of_their_element(tmp_path: Path) -> None:
    async with simulator("r1") as network:
        elements, limit = network.elements(), {"max_series": 20}
        async with netmon(tmp_path, elements=elements, retention=limit, web={"enabled": False}) as daemon:
            await daemon.told("raised", "netmon", "series-limit")
            [alarm] = [one for one in daemon.alarms() if one.type == "series-limit"]
            assert alarm.qualifier == "r1"
            assert "there are 20, which is the most" in alarm.text
            await until(lambda: daemon.metric("netmon_series_refused_total"), what="refused samples to be counted")
            assert 0 < daemon.metric("netmon_series") <= 20
            await daemon.stop()
        assert 0 < len({(metric, object_) for metric, object_, _ in in_parquet(daemon.data_dir / "series")}) <= 20
