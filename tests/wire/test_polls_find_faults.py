"""What lost traps hide the polls find: states, silence and restarts of simulated agents, seen by ``netmon run``.

Time runs twenty times faster for both (libfaketime), so that a poll comes every half second and a minute is three.
"""

import json
from pathlib import Path

import polars as pl
import pytest

from netmon.domain.observation import PollResult
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import fast_time, until
from tests.wire.simulated import RATE_BPS, Simulator, simulator

pytestmark = [pytest.mark.wire, pytest.mark.slow]

SPEED = 20
METERING = {"version": 1, "metering": [{"id": "ports", "services": ["svc-*"], "feed": "main", "poll": "10s"}]}
MEMBER = {"object": "reboots/if:xe-0", "facing": "customer", "valid_from": "2026-03-02T00:00:00Z"}


async def test_polls_find_what_traps_did_not_tell(tmp_path: Path) -> None:
    (tmp_path / "metering.yaml").write_text(json.dumps(METERING))
    env = fast_time(SPEED)
    async with simulator("traps", "polls", "silent", "reboots", env=env) as network:
        elements = network.elements()
        async with netmon(
            tmp_path,
            elements=elements,
            services=[{"id": "svc-1", "party_ref": "customer-1", "members": [MEMBER]}],
            rules=["metering.yaml"],
            usage={"interval": "5m", "poll": "10s"},
            polling={"default_every": "10s", "timeout": "2s", "retries": 1, "ping": "off"},
            web={"enabled": False},
            env=env,
        ) as daemon:
            await until(lambda: all(polled(daemon, name) for name in network.addresses), what="polls")
            await until(lambda: metered(daemon) > 1, what="the first octets")
            await lost_link_down(daemon, network)
            network.do("silence", "silent", for_ms=120_000)
            network.do("reboot", "reboots", for_ms=15_000, to=daemon.traps)
            await lost_link_up(daemon, network)
            await daemon.told("raised", "silent", "node-unreachable")
            await daemon.told("cleared", "silent", "node-unreachable")
            await daemon.told("raised", "polls/if:xe-1", "link-alarm")
            network.do("link_up", "polls", port="xe-1")
            await daemon.told("cleared", "polls/if:xe-1", "link-alarm")
            await daemon.told("raised", "reboots", "agent-restart")
            await until(lambda: len(dropped(daemon)) > 1, what="the usage record of the interval of the restart")
            daemon.kill_and_replay()
    no_false_usage(daemon)
    no_false_rate(daemon)


async def lost_link_down(daemon: Daemon, network: Simulator) -> None:
    """A port goes down and nobody tells: a poll sees it, and after a minute there is an alarm."""
    network.do("link_down", "polls", port="xe-1")
    assert daemon.happened("polls/if:xe-1", "link-alarm") == []


async def lost_link_up(daemon: Daemon, network: Simulator) -> None:
    """A trap raises, but the one that clears is lost: the next poll clears."""
    network.do("link_down", "traps", port="xe-0", to=daemon.traps)
    await daemon.told("raised", "traps/if:xe-0", "link-alarm")
    network.do("link_up", "traps", port="xe-0")
    await daemon.told("cleared", "traps/if:xe-0", "link-alarm")


def polled(daemon: Daemon, element: str) -> bool:
    """Tell whether the ports of an element are known."""
    return f'{{element="{element}",ifIndex="2"' in daemon.metrics()


def metered(daemon: Daemon) -> int:
    """Return how often billed octets were read."""
    results = [one for _, one in daemon.observations() if isinstance(one, PollResult)]
    return sum(block.table == "usage" for one in results for block in one.blocks)


def dropped(daemon: Daemon) -> list[tuple[str, str]]:
    """Return kind of record and reason of every pair of samples that gave no octets."""
    lines = [json.loads(record.line) for record in daemon.records()]
    return [(line["kind"], pair["reason"]) for line in lines for pair in line["evidence"]["dropped"]]


def no_false_usage(daemon: Daemon) -> None:
    """The pair around the restart counts nothing; what the others prove is what really passed while they lasted."""
    assert dropped(daemon) == [("exception", "agent_restart"), ("usage", "agent_restart")]
    # On a slow machine an interval may have ended before.
    lines = [json.loads(record.line) for record in daemon.records()]
    [usage] = [line for line in lines if line["kind"] == "usage" and line["evidence"]["dropped"]]
    assert usage["quality"] == "partial"
    assert usage["octets_in"] == pytest.approx(usage["coverage_ms"] * RATE_BPS // 8000, rel=0.1)


def no_false_rate(daemon: Daemon) -> None:
    """The counters began anew at 0; no rate is anything but what really passed."""
    samples = pl.scan_parquet(daemon.data_dir / "series" / "*" / "*.parquet").collect()
    ours = samples.filter(pl.col("object") == "reboots/if:xe-0").sort("time")
    counters = ours.filter(pl.col("metric") == "ifHCInOctets")["count"].drop_nulls().to_list()
    assert counters != sorted(counters), "the counter fell"
    rates = ours.filter(pl.col("metric") == "netmon_if_in_bits_per_second")["value"].drop_nulls().to_list()
    assert len(rates) > 3
    assert [rate for rate in rates if not 0.8 * RATE_BPS < rate < 1.2 * RATE_BPS] == []
