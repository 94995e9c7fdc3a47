"""A running netmon: a port moved to another customer an hour ago, and billing takes, refuses and gets files again."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

METERING = {"version": 1, "metering": [{"id": "ports", "services": ["svc-*"], "feed": "main"}]}
ELEMENTS = [{"id": "gw", "addresses": ["127.0.0.1"]}]
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
HOUR = NOW - timedelta(minutes=NOW.minute % 15)


def at(hours: int) -> str:
    return (HOUR - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def service(id_: str, **validity: str) -> dict[str, Any]:
    member = {"object": "gw/if:p1", "facing": "customer", **validity}
    return {"id": id_, "party_ref": f"of-{id_}", "members": [member]}


def lines(daemon: Daemon, kind: str) -> list[dict[str, Any]]:
    return [line for record in daemon.records() if (line := json.loads(record.line))["kind"] == kind]


async def test_a_port_that_moved_an_hour_ago_is_given_to_its_service_by_a_reload(tmp_path: Path) -> None:
    (tmp_path / "metering.yaml").write_text(json.dumps(METERING))
    async with netmon(
        tmp_path,
        elements=ELEMENTS,
        services=[service("svc-1", valid_from=at(3))],
        rules=["metering.yaml"],
        usage={"poll": "10s", "grace": "0s"},
        web={"enabled": False},
    ) as daemon:
        await until(lambda: len(lines(daemon, "usage")) >= 12, what="the records of three hours")
        moved = [service("svc-1", valid_from=at(3), valid_to=at(1)), service("svc-2", valid_from=at(1))]
        (tmp_path / "inventory.yaml").write_text(json.dumps({"version": 1, "elements": ELEMENTS, "services": moved}))
        await asyncio.to_thread(daemon.netmon, "reload")
        await until(lambda: len(lines(daemon, "adjustment")) >= 8, what="the adjustments of an hour")
        told = lines(daemon, "adjustment")
        assert [(one["revision"], one["service_id"], one["party_ref"]) for one in told[:8]] == [
            (1, "svc-1", "of-svc-1"),
            (2, "svc-2", "of-svc-2"),
        ] * 4
        assert {one["reason"] for one in told} == {"reassigned"}
        assert min(one["start"] for one in told)[:19] + "Z" == at(1)
        before = {one["start"]: one["service_id"] for one in lines(daemon, "usage")}
        assert Counter(before.values())["svc-1"] >= 12
        live = await daemon.stop()
        assert daemon.replayed()["digest"] == live
