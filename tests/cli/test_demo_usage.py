"""The past of usage that ``netmon demo`` begins with: metered by the product, proven, and continued by the daemon."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from netmon.app.recovery import recover
from netmon.app.ruleset import compile_change
from netmon.cli.demo_files import write_demo_files
from netmon.cli.demo_usage import QUARTER_MS, meter_past, past_since
from netmon.cli.simulate.network import Network
from netmon.cli.simulate.town import METERED, PEERS, SERVICES, UPLINKS, models, uplinks
from netmon.cli.simulate.wave import wall_ms
from netmon.mib.names import MibView
from netmon.outputs.output import EMBEDDED
from netmon.outputs.usage.publish import Feed, Publisher
from netmon.outputs.usage.verify import verify
from netmon.step import Core
from netmon.storage.sqlite.store import open_store
from tests.storage.batches import batch

pytestmark = pytest.mark.slow

VIEW = MibView(())
PORTS = sum(len(service.ports) for service in SERVICES if service.id.startswith(METERED.rstrip("*")))


@pytest.fixture
async def past(tmp_path: Path) -> AsyncIterator[tuple[Network, int]]:
    since = past_since(wall_ms()) - QUARTER_MS
    async with Network(models(), links=(*PEERS, *UPLINKS), uplinks=uplinks(), since=since) as network:
        write_demo_files(tmp_path, network, community="c", traps="", web="", engine="", since=since)
        await meter_past(tmp_path, network, since=since, until=since + 4 * QUARTER_MS + 60_000)
        yield network, since


async def test_the_past_is_measured_and_published_with_its_proof(past, tmp_path: Path):
    _, since = past
    with closing(open_store(tmp_path / "netmon.db")) as store:
        records = store.records("main", 0, 1_000)
        assert Counter(record.start for record in records) == {since + n * QUARTER_MS: PORTS for n in range(4)}
        lines = [msgspec.json.decode(record.line) for record in records]
        assert {line["quality"] for line in lines} == {"measured"}
        assert min(line["octets_in"] for line in lines) > 0
        publisher = Publisher(Feed("main", "demo"), store=store, folder=tmp_path / "usage")
        await publisher.prepare()
        assert await publisher.publish_due(wall_ms()) == 4
    assert verify([tmp_path / "usage" / "main" / "out"]) == []


async def test_the_daemon_goes_on_at_once_and_the_elements_count_on(past, tmp_path: Path):
    network, since = past
    with closing(open_store(tmp_path / "netmon.db", read_only=True)) as store:
        core, recovered = recover(
            lambda: Core(lambda change, inventory: compile_change(change, inventory, VIEW), VIEW),
            store,
            samples_from=store.cursor(EMBEDDED),
            deliver=lambda blocks, seq: None,
        )
        assert (recovered.stepped, recovered.mismatches) == (0, 0)
        assert core.meter.now >= since + 4 * QUARTER_MS
        last = msgspec.json.decode(store.records("main", 0, 1_000)[-1].line)
    element, _, port = last["resource"]["id"].partition("/if:")
    agent, now = network.agents[element].agent, wall_ms() - network.zero_ms
    assert agent.port(port).expected(now)[0] > int(last["evidence"]["last"]["in"]) > 0
    assert agent.uptime_cs(now) > last["evidence"]["last"]["uptime_cs"]


async def test_the_next_batch_is_taken_whenever_the_past_has_ended(tmp_path: Path):
    since = past_since(wall_ms()) - QUARTER_MS
    async with Network(models(), links=(*PEERS, *UPLINKS), uplinks=uplinks(), since=since) as network:
        write_demo_files(tmp_path, network, community="c", traps="", web="", engine="", since=since)
        await meter_past(tmp_path, network, since=since, until=since + 300_001)
    with closing(open_store(tmp_path / "netmon.db")) as store:
        number, seq = store.position()
        assert store.log.first_seq() == 1
        assert [at for at, _ in store.log.read(0)] == list(range(1, seq + 1))
        await store.commit(batch(number + 1, seq + 1))
        assert store.position() == (number + 1, seq + 1)
