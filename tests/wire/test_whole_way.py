"""The whole way, every program a real one: snmpd and net-snmp's senders in, TMF642, databases and usage files out."""

import gzip
import json
import time
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from netmon.outputs.usage.verify import verify
from netmon.usage.periods import utc_text
from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import (
    get,
    in_parquet,
    in_victoria_metrics,
    notify,
    prometheus,
    same_samples,
    set_lo,
    snmp_get,
    snmpd,
    until,
    victoria_metrics,
)

pytestmark = [pytest.mark.wire, pytest.mark.slow]

LO = "gw/if:lo"
HC_IN = "1.3.6.1.2.1.31.1.1.1.6.1"
LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"


def port_words(status: int) -> tuple[str, ...]:
    """What linkDown and linkUp say of interface 1."""
    columns = {1: 1, 7: 1, 8: status}
    return tuple(
        word for column, value in columns.items() for word in (f"1.3.6.1.2.1.2.2.1.{column}.1", "i", f"{value}")
    )


def send(daemon: Daemon, how: str, what: str) -> int:
    """Send linkDown or linkUp as a trap, an inform or a version 1 trap."""
    status = 2 if what == LINK_DOWN else 1
    if how == "v1":
        generic = "2" if what == LINK_DOWN else "3"
        return notify(
            daemon.traps, "1.3.6.1.4.1.32473.1", "127.0.0.1", generic, "0", "", *port_words(status), version="1"
        )
    return notify(daemon.traps, "", what, *port_words(status), tool="snmpinform" if how == "inform" else "snmptrap")


async def fall_and_rise(daemon: Daemon, agent: int, how: str, *, time: int) -> None:
    """Let interface 1 go down and up; the traps alone tell of it."""
    set_lo(agent, 2)
    assert send(daemon, how, LINK_DOWN) == 0
    await daemon.told("raised", LO, "link-alarm", times=time)
    await seen_as(daemon, "raised", "major")
    # The agent still says down: it is the trap that clears.
    assert send(daemon, how, LINK_UP) == 0
    await daemon.told("cleared", LO, "link-alarm", times=time)
    await seen_as(daemon, "cleared", "cleared")
    set_lo(agent, 1)


async def seen_as(daemon: Daemon, state: str, severity: str) -> None:
    """Wait until TMF642 and /metrics both say so."""
    newest = [one for one in daemon.alarms() if one.object == LO][-1]
    one = await until(lambda: tmf642(daemon, f"/{newest.alarm_id}", state=state), what=f"TMF642 to say {state}")
    assert (one["state"], one["perceivedSeverity"], one["alarmedObject"]["id"]) == (state, severity, LO)
    assert one in tmf642(daemon, "")
    count = 1 if state == "raised" else 0
    gauge = 'netmon_alarms{severity="major",visible="true"}'
    await until(lambda: daemon.metric(gauge) == count, what=f"{gauge} {count}")


def tmf642(daemon: Daemon, path: str, *, state: str = "") -> Any:
    """Ask the web process as a consumer does."""
    token = (daemon.folder / "token").read_text()
    found = get(f"http://{daemon.web}/tmf-api/alarmManagement/v4/alarm{path}", token)
    return None if found is None or (state and found["state"] != state) else found


async def prometheus_has(url: str, query: str) -> float:
    """Wait until Prometheus knows a series; return its newest value."""

    def ask() -> Any:
        found = get(f"{url}/api/v1/query?" + urllib.parse.urlencode({"query": query}))
        return found and found["data"]["result"]

    [one] = await until(ask, what=f"Prometheus to have {query}")
    return float(one["value"][1])


METERING = {"version": 1, "metering": [{"id": "ports", "services": ["svc-*"], "feed": "main"}]}
_INTERVAL_MS = 900_000


def metered() -> dict[str, Any]:
    """Return a service whose port is metered since before netmon was there: what is owed is published at once."""
    now = time.time_ns() // 1_000_000
    since = utc_text(now - now % _INTERVAL_MS - 8 * _INTERVAL_MS).replace(".000Z", "Z")
    return {
        "id": "svc-1",
        "party_ref": "customer-1",
        "members": [{"object": LO, "facing": "customer", "valid_from": since}],
    }


async def billed(daemon: Daemon) -> None:
    """Wait until the interval before netmon began is in a file and in TMF635: nobody saw it, so nothing is invented."""
    out = daemon.data_dir / "usage" / "main" / "out"
    # Two minutes of grace after the start, and a file is closed each minute.
    lines = await until(lambda: published(out), patience_s=5 * PATIENCE_S, what="a usage file with a record")
    assert verify([out]) == []
    first = lines[0]
    assert (first["resource"]["id"], first["service_id"], first["quality"]) == (LO, "svc-1", "unknown")
    assert (first["coverage_ms"], first["octets_in"]) == (0, None)
    daemon.netmon("user", "add", "bss", "--role", "billing")
    token = daemon.netmon("user", "token", "bss")
    # What else passes over this host's loopback may be more than lo says it can carry: then an exception stands first.
    [listed] = get(f"http://{daemon.web}/tmf-api/usageManagement/v4/usage?id={first['id']}", token)
    assert listed["id"] == first["id"]


def published(out: Path) -> list[dict[str, Any]]:
    """Return the usage records of all files, without headers and trailers."""
    files = [path.with_name(path.name.removesuffix(".manifest.json")) for path in sorted(out.glob("*.manifest.json"))]
    lines = [json.loads(line) for path in files for line in gzip.decompress(path.read_bytes()).splitlines()]
    return [line for line in lines if line.get("kind") == "usage"]


async def test_from_the_wire_to_every_reader(tmp_path: Path) -> None:
    async with snmpd(tmp_path / "snmpd") as agent, victoria_metrics(tmp_path) as database:
        gateway = {"id": "gw", "addresses": ["127.0.0.1"], "port": agent, "credential": "lab"}
        outputs = [{"type": "influxdb", "url": database, "flush": "500ms"}]
        (tmp_path / "metering.yaml").write_text(json.dumps(METERING))
        usage = {"feeds": [{"id": "main", "open": "1m"}]}
        async with netmon(
            tmp_path / "netmon",
            elements=[gateway],
            outputs=outputs,
            services=[metered()],
            rules=["../metering.yaml"],
            usage=usage,
        ) as daemon:
            daemon.netmon("user", "add", "noc", "--role", "viewer")
            (daemon.folder / "token").write_text(daemon.netmon("user", "token", "noc"))
            octets = 'ifHCInOctets{element="gw",'
            await until(lambda: octets in daemon.metrics(), what="a poll of snmpd")
            for time, how in enumerate(("trap", "inform", "v1"), 1):
                await fall_and_rise(daemon, agent, how, time=time)
            assert get(f"http://{daemon.web}/tmf-api/alarmManagement/v4/alarm") is None, "without a token"
            assert [one["alarmedObject"]["id"] for one in tmf642(daemon, "")] == [LO] * 3
            async with prometheus(tmp_path, daemon.engine) as scraper:
                assert await prometheus_has(scraper, 'ifHCInOctets{element="gw",ifName="lo"}') > 0
                assert await prometheus_has(scraper, 'netmon_alarm_changes_total{kind="raised"}') == 3
            await counters_are(database, agent)
            await billed(daemon)
            live = await daemon.stop()
        assert daemon.replayed()["digest"] == live
        same_in_parquet(daemon, database)


OF_LO = '{__name__=~"ifTable_.*",element="gw",object="gw/if:lo"}'


async def counters_are(database: str, agent: int) -> None:
    """Wait until what snmpget says now lies in the database; the counters of lo move on, so ask anew."""

    def same() -> bool:
        [now] = snmp_get(agent, HC_IN)
        stored = in_victoria_metrics(database, OF_LO)
        return float(now) in (value for (name, _, _), value in stored.items() if name == "ifTable_ifHCInOctets")

    await until(same, what="snmpget and the database to say the same")


def same_in_parquet(daemon: Daemon, database: str) -> None:
    """Hold the Parquet files against the database, sample by sample."""
    everything = in_parquet(daemon.data_dir / "series")
    stored = in_victoria_metrics(database, OF_LO)
    assert len(stored) > 100
    of_lo = {key: value for key, value in everything.items() if key[1] == LO and key[0].startswith("ifTable_")}
    assert same_samples(of_lo, stored)
    assert any(name == "get_sysUpTime" for name, _, _ in everything)
