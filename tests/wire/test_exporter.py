"""/snmp beside prometheus-snmp-exporter: one agent, one module each in the format of the peer, the same series.

Debian's exporter is older than the split of auths and modules: there a module holds its auth and the version itself.
"""

import asyncio
import contextlib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from netmon.cli.simulate.endpoint import Endpoint
from netmon.snmp.agent import Agent
from netmon.snmp.recording import parse_snmprec
from netmon.snmp.responder import Responder
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import free_port, get, program, running, until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
ACME = "1.3.6.1.4.1.32473.5.1"
STATUS = {1: "up", 2: "down", 3: "testing"}

Module = dict[str, Any]
Found = dict[tuple[str, ...], float]


def recording(ports: int) -> str:
    """Return a router with ports whose counters, names and states differ, and a table of every other type."""
    rows = ["1.3.6.1.2.1.1.3.0|67|4242424", f"1.3.6.1.2.1.2.1.0|2|{ports}"]
    for port in range(1, ports + 1):
        rows += [
            f"{IF}.1.{port}|2|{port}",
            f'{IF}.2.{port}|4|Port {port} \\ "quoted"',
            f"{IF}.3.{port}|2|{6 if port % 3 else 24}",
            f"{IF}.5.{port}|66|4294967295",
            f"{IF}.6.{port}|4x|00005e0053{port:02x}",
            f"{IF}.8.{port}|2|{port % 4 + 1}",
            f"{IF}.10.{port}|65|{4_294_967_295 - port}",
            f"{IFX}.1.{port}|4|ge-0/0/{port}",
            f"{IFX}.6.{port}|70|{18_446_744_073_709_551_615 - port}",
            f"{IFX}.10.{port}|70|{port}",
            f"{IFX}.15.{port}|66|10000",
        ]
        # Ports without alias: the label is empty there.
        rows += [f"{IFX}.18.{port}|4|kunde é {port}"] if port % 2 else []
    return "\n".join([*rows, *_acme()]) + "\n"


def _acme() -> list[str]:
    """Return a table with one column per type, three rows, and an index of a number, a name and an address."""
    rows = []
    for row, name in enumerate(("a", "bc", "def"), 1):
        index = ".".join(map(str, (row, len(name), *name.encode(), 1, 4, 192, 0, 2, row)))
        date = bytes([0x07, 0xE8, 2, 29, 12, 30, row, 5])
        rows += [
            f"{ACME}.2.{index}|2|{-row}",
            f"{ACME}.3.{index}|4x|{date.hex()}{b'+'.hex() + '021e' if row > 1 else ''}",
            f"{ACME}.4.{index}|2|{row}",
            f"{ACME}.5.{index}|2|{row}",
            f"{ACME}.6.{index}|4x|{0x80 >> row:02x}",
            f"{ACME}.7.{index}|4x|00ff{row:02x}",
            f"{ACME}.8.{index}|64|198.51.100.{row}",
            f"{ACME}.9.{index}|4x|20010db8{row:024x}",
            f"{ACME}.10.{index}|2|{min(row, 2)}",
            f"{ACME}.11.{index}|4x|{f'c00002{row:02x}' if row == 1 else f'20010db8{row:024x}'}",
            f"{ACME}.12.{index}|4|{row}2.5 V",
            f"{ACME}.13.{index}|68x|9f780440490fdb",
            f"{ACME}.14.{index}|6|1.3.6.1.4.1.32473.{row}",
        ]
    return [*rows, f"{ACME[:-2]}.2.1|4|slot one", f"{ACME[:-2]}.3.0|4|"]


def metric(name: str, oid: str, type_: str, **more: Any) -> Module:
    return {"name": name, "oid": oid, "type": type_, "help": f"The {name}", **more}


def if_mib() -> Module:
    """Return a module for interfaces with the usual labels."""
    indexes = [{"labelname": "ifIndex", "type": "gauge"}]
    lookups = [
        {"labels": ["ifIndex"], "labelname": label, "oid": oid, "type": "DisplayString"}
        for label, oid in (("ifName", f"{IFX}.1"), ("ifDescr", f"{IF}.2"), ("ifAlias", f"{IFX}.18"))
    ]
    columns: list[tuple[str, str, str, Module]] = [
        ("ifIndex", f"{IF}.1", "gauge", {}),
        ("ifType", f"{IF}.3", "EnumAsInfo", {"enum_values": {6: "ethernetCsmacd", 24: "softwareLoopback"}}),
        ("ifSpeed", f"{IF}.5", "gauge", {}),
        ("ifPhysAddress", f"{IF}.6", "PhysAddress48", {}),
        ("ifOperStatus", f"{IF}.8", "EnumAsStateSet", {"enum_values": STATUS}),
        ("ifInOctets", f"{IF}.10", "counter", {}),
        ("ifName", f"{IFX}.1", "DisplayString", {}),
        ("ifHCInOctets", f"{IFX}.6", "counter", {}),
        ("ifHCOutOctets", f"{IFX}.10", "counter", {}),
        ("ifHighSpeed", f"{IFX}.15", "gauge", {}),
        ("ifAlias", f"{IFX}.18", "DisplayString", {}),
    ]
    metrics = [metric(n, oid, kind, indexes=indexes, lookups=lookups, **more) for n, oid, kind, more in columns]
    metrics += [metric("sysUpTime", "1.3.6.1.2.1.1.3", "gauge"), metric("ifNumber", "1.3.6.1.2.1.2.1", "gauge")]
    return {"walk": ["1.3.6.1.2.1.2", IFX.removesuffix(".1")], "get": ["1.3.6.1.2.1.1.3.0"], "metrics": metrics}


def types() -> Module:
    """Return a module with one metric per type, and an index of three parts."""
    indexes = [
        {"labelname": "slot", "type": "gauge"},
        {"labelname": "name", "type": "DisplayString"},
        {"labelname": "peer", "type": "InetAddress"},
    ]
    lookups = [
        {"labels": ["slot"], "labelname": "slotName", "oid": f"{ACME[:-2]}.2", "type": "DisplayString"},
        {"labels": [], "labelname": "slot"},
    ]
    extracts = {"Volts": [{"regex": "(.*) V", "value": "$1"}], "Off": [{"regex": "off", "value": "1"}]}
    columns: list[tuple[str, str, str, Module]] = [
        ("Gauge", "2", "gauge", {}),
        ("Date", "3", "DateAndTime", {}),
        ("Info", "4", "EnumAsInfo", {"enum_values": {1: "one", 2: "two"}}),
        ("State", "5", "EnumAsStateSet", {"enum_values": {1: "one", 2: "two"}}),
        ("Bits", "6", "Bits", {"enum_values": {1: "one", 2: "two", 9: "nine"}}),
        ("Octets", "7", "OctetString", {}),
        ("Address4", "8", "InetAddressIPv4", {}),
        ("Address6", "9", "InetAddressIPv6", {}),
        ("AddressType", "10", "gauge", {}),
        ("Address", "11", "InetAddress", {}),
        ("Text", "12", "DisplayString", {"regex_extracts": extracts}),
        ("Float", "13", "Float", {}),
        ("Oid", "14", "OctetString", {}),
    ]
    metrics = [
        metric(f"acme{name}", f"{ACME}.{column}", kind, indexes=indexes, lookups=lookups, **more)
        for name, column, kind, more in columns
    ]
    return {"walk": [ACME[:-2]], "metrics": [*metrics, metric("acmeEmpty", f"{ACME[:-2]}.3", "OctetString")]}


def strange() -> Module:
    """Return a module of which the two make different things: rows that are one series, and text for a number."""
    indexes = [{"labelname": "slot", "type": "gauge"}, {"labelname": "rest", "type": "OctetString", "implied": True}]
    same = [{"labels": [], "labelname": "slot"}, {"labels": [], "labelname": "rest"}]
    return {
        "walk": [ACME],
        "metrics": [metric("acmeGauge", f"{ACME}.2", "gauge", indexes=indexes, lookups=same)],
    }


def text_as_number() -> Module:
    return {"get": [f"{ACME[:-2]}.2.1"], "metrics": [metric("acmeSlot", f"{ACME[:-2]}.2", "gauge")]}


MODULES = {"if_mib": if_mib(), "types": types(), "strange": strange(), "text_as_number": text_as_number()}


class _Plain(yaml.SafeDumper):
    """Writes everything out, as the generator of the exporter does."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(data: Any) -> str:
    return yaml.dump(data, Dumper=_Plain, allow_unicode=True)


class Both:
    """netmon and the exporter, and one agent that both ask."""

    def __init__(self, daemon: Daemon, exporter: str, target: str) -> None:
        self.daemon = daemon
        self._exporter = exporter
        self._target = target

    async def ours(self, module: str) -> tuple[int, str]:
        return await self._get(self.daemon.engine, module)

    async def theirs(self, module: str) -> tuple[int, str]:
        return await self._get(self._exporter, module)

    async def _get(self, base: str, module: str) -> tuple[int, str]:
        url = f"http://{base}/snmp?" + urllib.parse.urlencode({"target": self._target, "module": module})
        return await asyncio.to_thread(read_url, url)


def read_url(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def series(text: str) -> Found:
    """Return everything but what is about the scrape itself."""
    return {
        (family.type, sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.startswith("snmp_scrape_")
    }


def about_the_scrape(text: str) -> dict[str, float]:
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("snmp_scrape_")
    }


@contextlib.asynccontextmanager
async def both(folder: Path, *, ports: int = 24) -> AsyncIterator[Both]:
    old = {name: {**module, "version": 2, "auth": {"community": "public"}} for name, module in MODULES.items()}
    (folder / "peer.yml").write_text(written(old))
    new = {"auths": {"public_v2": {"version": 2, "community": "public"}}, "modules": MODULES}
    (folder / "snmp.yml").write_text(written(new))
    agent = Agent(parse_snmprec(recording(ports).encode()).rows)
    # Time stands still for the agent, so that both see the same values.
    endpoint = Endpoint(Responder([agent]), ("127.0.0.1", 0), clock=lambda: 0)
    endpoint.start()
    host, port = endpoint.address
    element = {"id": "r1", "addresses": [host], "port": port, "credential": "lab", "profiles": ["if_mib"]}
    polling = {"default_every": "1s", "ping": "off", "exporter_modules": ["snmp.yml"]}
    base = f"127.0.0.1:{free_port()}"
    command = (
        program("prometheus-snmp-exporter"),
        f"--config.file={folder / 'peer.yml'}",
        f"--web.listen-address={base}",
    )
    try:
        with running(*command, log=folder / "exporter.log"):
            await until(lambda: get(f"http://{base}/metrics"), what="prometheus-snmp-exporter")
            async with netmon(folder, elements=[element], polling=polling) as daemon:
                yield Both(daemon, base, f"{host}:{port}")
    finally:
        endpoint.stop()


async def test_the_same_series_as_the_exporter(tmp_path: Path) -> None:
    async with both(tmp_path) as sides:
        for module in ("if_mib", "types"):
            (status, ours), (their_status, theirs) = await sides.ours(module), await sides.theirs(module)
            assert (status, their_status) == (200, 200), (ours, theirs)
            assert series(ours) == series(theirs)
            own, others = about_the_scrape(ours), about_the_scrape(theirs)
            assert own.keys() == others.keys()
            assert own["snmp_scrape_pdus_returned"] == others["snmp_scrape_pdus_returned"]
        assert len(series((await sides.ours("if_mib"))[1])) > 24 * 12
        # What differs on purpose: two rows that are one series, and a text where the metric is a number.
        status, text = await sides.theirs("strange")
        assert (status, "was collected before with the same name and label values" in text) == (500, True)
        status, text = await sides.ours("strange")
        assert status == 200
        assert list(series(text).values()) == [-1]
        assert sides.daemon.metric('netmon_output_dropped_total{output="snmp",reason="duplicate_series"}') == 2
        assert series((await sides.theirs("text_as_number"))[1]) == {("gauge", "acmeSlot"): 0}
        assert series((await sides.ours("text_as_number"))[1]) == {}
        assert sides.daemon.metric('netmon_output_dropped_total{output="snmp",reason="wrong_type"}') == 1


async def test_a_polled_module_gives_the_series_of_a_scrape(tmp_path: Path) -> None:
    async with both(tmp_path, ports=3) as sides:
        _, text = await sides.ours("if_mib")
        # Polled counters are whole; /snmp shows them modulo 2^53.
        scraped = {key[1:]: value for key, value in series(text).items() if "ifHC" not in key[1]}
        assert len(scraped) > 20

        def polled() -> Found | None:
            found = {
                (key[1], *(label for label in key[2:] if label != "element=r1")): value
                for key, value in series(sides.daemon.metrics()).items()
                if "element=r1" in key and not key[1].startswith("netmon_")
            }
            return found if found.items() >= scraped.items() else None

        found = await until(polled, what="every series of the module")
        labels = ("ifAlias=kunde é 1", 'ifDescr=Port 1 \\ "quoted"', "ifIndex=1", "ifName=ge-0/0/1")
        assert found["ifHCInOctets_total", *labels] == 18_446_744_073_709_551_614
        assert {key[0] for key in found} - {key[0] for key in scraped} == {"ifHCInOctets_total", "ifHCOutOctets_total"}
