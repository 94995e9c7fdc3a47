"""From a network range to a watched network: 200 simulated elements, and net-snmp's agent."""

import asyncio
import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import yaml

from netmon.app.ruleset import compile_change, inventory_change, rules_change
from netmon.cli.profile_tests import at_once
from netmon.config.load import Loaded, load
from netmon.config.rules import judge
from netmon.domain.inventory import Inventory
from netmon.domain.observation import PollResult, Tick
from netmon.domain.output import PollRequest
from netmon.snmp.client import Client
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.discover.asking import Asking
from netmon.sources.discover.pace import Pace
from netmon.sources.poller.poller import Poller
from netmon.sources.poller.schedule import PollingConfig
from netmon.step import Core
from netmon.telemetry.metrics import Metrics
from tests.sources.taking import Taking
from tests.wire.namespaces import Namespace, agent, cable, namespaces, needs_root
from tests.wire.peers import snmpd, until
from tests.wire.village import COMMUNITY, SITES, Home, links, village

pytestmark = [pytest.mark.wire, pytest.mark.slow]

RANGE = "127.77.0.0/23"
PATIENCE_S = 300.0
INVENTORY = "version: 1\n# what we have written ourselves\nelements: []  # none yet\n"


def configured(folder: Path, *, community: bytes = COMMUNITY) -> Path:
    (folder / "inventory.yaml").write_text(INVENTORY)
    (folder / "community").write_bytes(community)
    config = folder / "config.yaml"
    credentials = "[{id: village, version: v2c, community: {file: community}}]"
    config.write_text(f"version: 1\ndata_dir: data\ninventory: inventory.yaml\ncredentials: {credentials}\n")
    return config


async def discovering(config: Path, *words: str) -> asyncio.subprocess.Process:
    command = ("-m", "netmon", "inventory", "discover", *words, "--credentials", "village", "-c", str(config))
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[str, str]:
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    return out.decode(), err.decode()


def journal_of(config: Path) -> list[dict[str, object]]:
    lines = [line for file in config.parent.glob("data/discover/*.jsonl") for line in file.read_bytes().splitlines()]
    return [msgspec.json.decode(line) for line in lines if line.endswith(b"}")]


def asked_by_address(homes: dict[str, Home]) -> dict[str, int]:
    return {endpoint.address[0]: endpoint.asked for home in homes.values() for endpoint in home.endpoints}


async def test_two_hundred_elements_their_links_and_sites_bounded_and_after_a_kill(tmp_path: Path) -> None:
    config = configured(tmp_path)
    async with village() as (homes, port):
        began = time.monotonic()
        first = await discovering(config, RANGE, "--port", str(port))
        await until(lambda: sum(home.asked for home in homes.values()) > 400, patience_s=PATIENCE_S)
        first.kill()
        await first.wait()
        assert sum(asked_by_address(homes).values()) <= 200 * (time.monotonic() - began) + 1
        done = {str(line["done"]) for line in journal_of(config) if "done" in line}
        before = asked_by_address(homes)
        assert 0 < len(done) < 510

        began, asked = time.monotonic(), sum(before.values())
        second = await discovering(config, RANGE, "--port", str(port), "--apply")
        _, told = await ended(second)
        assert sum(asked_by_address(homes).values()) - asked <= 200 * (time.monotonic() - began) + 1
        assert "going on: " in told, told
        assert {address: count for address, count in asked_by_address(homes).items() if address in done} == {
            address: count for address, count in before.items() if address in done
        }
        loaded = load(config)
        assert loaded.errors == ()
        written = (tmp_path / "inventory.yaml").read_text()
        assert "# what we have written ourselves\n" in written
        assert elements_of(loaded) == {home.name: (home.site, home.addresses) for home in homes.values()}
        core = await polled(loaded)
    assert_whole_graph(core, loaded.inventory)


def elements_of(loaded: Loaded) -> dict[str, tuple[str, list[str]]]:
    sites = {site.id: site.name for site in loaded.inventory.sites.values()}
    elements = loaded.inventory.elements.values()
    return {element.id: (sites[element.site], sorted(element.addresses)) for element in elements}


async def polled(loaded: Loaded) -> Core:
    """Return a core that has polled every element once."""
    judged, clock, taking = judge(loaded), Clock(), Taking(at_once=True)
    core = Core(lambda change, inventory: compile_change(change, inventory, judged.names), judged.names)
    core.step(Tick(clock.now_ms()))
    change = inventory_change(core.inventory, loaded.inventory, clock.now_ms())
    assert change is not None
    core.step(change)
    core.step(rules_change(judged, clock.now_ms()))
    poller = Poller(PollingConfig(), intake=taking, clock=clock, metrics=Metrics())
    credentials = {credential.id: credential for credential in loaded.credentials}
    poller.load(loaded.inventory.elements.values(), credentials=credentials, profiles=at_once(judged.profiles))
    running = asyncio.create_task(poller.run())
    try:
        await asyncio.sleep(0)
        for element in loaded.inventory.elements:
            poller.request(PollRequest(element, "", "test", 0))
        wanted = len(loaded.inventory.elements)
        await until(lambda: len(whole(taking)) == wanted, patience_s=PATIENCE_S)
    finally:
        running.cancel()
        await asyncio.wait([running])
    for observation in taking.observations:
        core.step(observation)
    core.step(Tick(clock.now_ms()))
    return core


def whole(taking: Taking) -> set[str]:
    results = (one for one in taking.observations if isinstance(one, PollResult))
    return {one.element for one in results if one.last and "lldpRemTable" in one.walked}


def assert_whole_graph(core: Core, inventory: Inventory) -> None:
    def path(end: tuple[str, int]) -> str:
        return f"{end[0]}/if:ge-0/0/{end[1]}"

    known = {tuple(sorted(map(path, link))): "confirmed" for link in links()}
    assert {(link.a, link.b): link.status for link in core.found.links.values()} == known
    site_of = {element.id: element.site for element in inventory.elements.values()}
    between = {
        tuple(sorted((site_of[one], site_of[other])))
        for one, other in ((link.a.partition("/")[0], link.b.partition("/")[0]) for link in core.found.links.values())
    }
    ring = {tuple(sorted((f"site-{n:02}", f"site-{(n + 1) % SITES:02}"))) for n in range(SITES)}
    inside = {(f"site-{n:02}", f"site-{n:02}") for n in range(SITES)}
    assert between == ring | inside | {("site-00", "site-10"), ("site-05", "site-15")}


async def test_the_agent_of_net_snmp(tmp_path: Path) -> None:
    config = configured(tmp_path, community=b"public")
    async with snmpd(tmp_path) as port:
        out, told = await ended(await discovering(config, "127.0.0.1", "127.0.0.9", "--port", str(port)))
    [element] = yaml.safe_load(out)["elements"]
    assert (element["addresses"][0], element["credential"], element["port"]) == ("127.0.0.1", "village", port), told
    assert element["tags"]["vendor"]
    assert (tmp_path / "inventory.yaml").read_text() == INVENTORY


class Noise(asyncio.DatagramProtocol):
    """A host that answers what no agent would: noise, the question itself, half of it, all of it many times."""

    def __init__(self, answers: Callable[[bytes], list[bytes]]) -> None:
        self._answers = answers
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self.asked += 1
        for answer in self._answers(data):
            self._transport.sendto(answer, addr)


NOISES: dict[str, Callable[[bytes], list[bytes]]] = {
    "127.0.0.2": lambda data: [hashlib.sha256(data).digest()],
    "127.0.0.3": lambda data: [data],
    "127.0.0.4": lambda data: [data[: len(data) // 2]],
    "127.0.0.5": lambda data: [data] * 1_000,
    "127.0.0.6": lambda data: [b"\x30\x82\xff\xff", b"", b"\x30\x00"],
}


async def test_hosts_that_answer_garbage_stop_nobody(tmp_path: Path) -> None:
    config, loop = configured(tmp_path, community=b"public"), asyncio.get_running_loop()
    async with snmpd(tmp_path) as port:
        opened = {
            address: await loop.create_datagram_endpoint(partial(Noise, answers), local_addr=(address, port))
            for address, answers in NOISES.items()
        }
        out, told = await ended(await discovering(config, *NOISES, "127.0.0.1", "--port", str(port)))
        for transport, _ in opened.values():
            transport.close()
    assert [one["addresses"][0] for one in yaml.safe_load(out)["elements"]] == ["127.0.0.1"], told
    assert {address: noise.asked for address, (_, noise) in opened.items()} == dict.fromkeys(NOISES, 1)


async def test_a_wrong_credential_finds_nothing_and_is_tried_once(tmp_path: Path) -> None:
    config = configured(tmp_path, community=b"wrong")
    async with village() as (homes, port):
        process = await discovering(config, "127.77.0.1", "127.77.0.2", "--port", str(port))
        out, told = await ended(process)
        assert (process.returncode, "nothing new was found" in told) == (1, True)
        assert [home.asked for home in list(homes.values())[:2]] == [1, 1]
    assert yaml.safe_load(out) is None


async def test_credentials_are_tried_one_second_apart_until_one_is_taken(tmp_path: Path) -> None:
    names = ("first", "second", "public", "never")
    credentials = [Credential(name, community=name.encode()) for name in names]
    slept: list[float] = []
    tried: list[tuple[str, str]] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with snmpd(tmp_path) as port, Client(lambda: time.time_ns() // 1_000_000) as client:
        asking = Asking(
            client, Pace(200, clock=time.monotonic), port=port, tried=lambda *one: tried.append(one), sleep=sleep
        )
        agent = await asking.ask("127.0.0.1", credentials)
    assert agent is not None
    assert (agent.credential, agent.sys_name) == ("public", "wire-test")
    assert tried == [("127.0.0.1", name) for name in names[:3]]
    assert slept == [1.0, 1.0]


@needs_root
async def test_with_ping_hosts_that_answer_no_echo_are_not_asked(tmp_path: Path) -> None:
    config = configured(tmp_path, community=b"public")
    there, mute = "198.18.0.2", "198.18.1.2"
    with namespaces(3) as (here, one, other):
        cable(here, "one", one, addresses=("198.18.0.1/24", f"{there}/24"))
        cable(here, "other", other, addresses=("198.18.1.1/24", f"{mute}/24"))
        other.run("sysctl", "-w", "net.ipv4.icmp_echo_ignore_all=1")
        with agent(one, tmp_path / "one", name="one"), agent(other, tmp_path / "other", name="other"):
            words = (there, mute, "--credentials", "village", "-c", str(config))
            await until(lambda: len(found(here, *words, "--again")) == 2, patience_s=PATIENCE_S)
            assert found(here, *words, "--ping") == {there}
            told = discovered((*here.within, "setpriv", "--bounding-set=-net_raw"), *words, "--ping", "--again")
            assert (told.returncode, told.stdout) == (2, b"")
            assert b"--ping: this process may not ping (sysctl net.ipv4.ping_group_range=" in told.stderr
    [tried] = [path for path in config.parent.glob("data/discover/*.jsonl") if b'"ping":true' in unquoted(path)]
    lines = [msgspec.json.decode(line) for line in tried.read_bytes().splitlines()]
    assert {line["at"] for line in lines if "tried" in line} == {there}
    assert {line["done"] for line in lines if "done" in line} == {there, mute}


def found(within: Namespace, *words: str) -> set[str]:
    """Return the addresses of what a discovery finds from inside a network."""
    elements = (yaml.safe_load(discovered(within.within, *words).stdout) or {}).get("elements", ())
    return {address for element in elements for address in element["addresses"]}


def discovered(within: Sequence[str], *words: str) -> subprocess.CompletedProcess[bytes]:
    command = (*within, sys.executable, "-m", "netmon", "inventory", "discover", *words)
    return subprocess.run(command, check=False, capture_output=True, timeout=PATIENCE_S)


def unquoted(path: Path) -> bytes:
    return path.read_bytes().replace(b"\\", b"")
