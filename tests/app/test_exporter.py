"""``/snmp`` against a simulated agent: the same poller, sockets and limits as the daemon's."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from netmon.app.exporter import Exporter
from netmon.cli.simulate.endpoint import Endpoint
from netmon.config.exporter import read_exporter_files
from netmon.domain.address import Network
from netmon.domain.inventory import Element
from netmon.snmp.agent import Agent
from netmon.snmp.recording import parse_snmprec
from netmon.snmp.responder import Responder
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.poller.poller import Poller
from netmon.sources.poller.schedule import PollingConfig
from netmon.telemetry.metrics import Metrics
from tests.sources.taking import Taking

RECORDING = """\
1.3.6.1.2.1.1.3.0|67|4242
1.3.6.1.4.1.32473.5.1.1.7|4|ge7
1.3.6.1.4.1.32473.5.1.1.8|4|ge8
1.3.6.1.4.1.32473.5.1.1.9|4|xe9
1.3.6.1.4.1.32473.5.1.2.7|70|18446744073709551615
1.3.6.1.4.1.32473.5.1.2.8|70|5
1.3.6.1.4.1.32473.5.1.2.9|70|6
1.3.6.1.4.1.32473.5.1.3.7|2|1
1.3.6.1.4.1.32473.5.1.3.8|2|2
1.3.6.1.4.1.32473.5.1.3.9|2|1
1.3.6.1.4.1.32473.6.0|4|volts
"""

MODULES = """\
auths:
  public_v2: {community: public, version: 2}
  old: {community: public, version: 1}
  cisco:
    {version: 3, security_level: authPriv, username: cisco, password: authpassword1, auth_protocol: SHA,
     priv_password: privpassword1, priv_protocol: AES256C}
  long:
    {version: 3, security_level: authPriv, username: long, password: authpassword1, auth_protocol: SHA512,
     priv_password: privpassword1, priv_protocol: AES256, context_name: east}
  open: {version: 3, username: open, context_name: north}
  stranger: {version: 3, security_level: authNoPriv, username: stranger, password: authpassword1}
modules:
  if_mib:
    get: [1.3.6.1.2.1.1.3.0, 1.3.6.1.4.1.32473.99.0]
    walk: [1.3.6.1.4.1.32473.5, 1.3.6.1.4.1.32473.7]
    metrics:
    - {name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge, help: "Since the start\\\\, in ticks"}
    - name: acmeOctets
      oid: 1.3.6.1.4.1.32473.5.1.2
      type: counter
      indexes: [{labelname: port, type: gauge}]
      lookups: [{labels: [port], labelname: name, oid: 1.3.6.1.4.1.32473.5.1.1, type: DisplayString}]
  again:
    get: [1.3.6.1.2.1.1.3.0]
    metrics: [{name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge}]
  leaf:
    walk: [1.3.6.1.4.1.32473.6.0]
    max_repetitions: 0
    metrics: [{name: acmeLabel, oid: 1.3.6.1.4.1.32473.6, type: gauge}]
  filtered:
    walk: [1.3.6.1.4.1.32473.5.1.2, 1.3.6.1.4.1.32473.5.1.3]
    get: [1.3.6.1.4.1.32473.5.1.2.8, 1.3.6.1.2.1.1.3.0]
    filters:
    - {oid: 1.3.6.1.4.1.32473.5.1.1, targets: [1.3.6.1.4.1.32473.5.1.2], values: [ge]}
    - {oid: 1.3.6.1.4.1.32473.5.1.3, targets: [1.3.6.1.4.1.32473.5.1.2], values: ["^1$", "^7$"]}
    metrics:
    - {name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge}
    - {name: acmeOctets, oid: 1.3.6.1.4.1.32473.5.1.2, type: counter, indexes: [{labelname: port, type: gauge}]}
    - {name: acmeState, oid: 1.3.6.1.4.1.32473.5.1.3, type: gauge, indexes: [{labelname: port, type: gauge}]}
"""

Found = dict[tuple[str, ...], float]


class Lab:
    """One agent and what scrapes it."""

    def __init__(self, folder: Path, config: PollingConfig) -> None:
        (folder / "snmp.yml").write_text(MODULES)
        self.files = read_exporter_files([folder / "snmp.yml"])
        assert [one for one in self.files.problems if not one.warning] == []
        self.agent = Agent(parse_snmprec(RECORDING.encode()).rows)
        east = Agent(parse_snmprec(RECORDING.replace("|4242", "|4343").encode()).rows, name="east", community=b"east")
        users = [one.user for name, one in self.files.auths.items() if one.user is not None and name != "stranger"]
        self.responder = Responder([self.agent, east], users=users)
        self.endpoint = Endpoint(self.responder, ("127.0.0.1", 0), clock=lambda: 0)
        self.host, self.port = self.endpoint.address
        self.metrics = Metrics()
        self.config = config
        self.poller = Poller(config, intake=Taking(at_once=True), clock=Clock(), metrics=self.metrics)
        self.exporter = Exporter(self.poller, self.metrics)
        self.use()

    def use(self, *elements: Element) -> None:
        named = elements or (Element("r1", (self.host,), port=self.port),)
        own = [Credential("lab", community=b"public")]
        self.exporter.use(self.files, credentials=own, elements=named, polling=self.config)

    async def get(self, **parameters: str) -> tuple[int, str]:
        return await self.exporter.answer(parameters.items())

    async def series(self, **parameters: str) -> Found:
        status, text = await self.get(**parameters)
        assert status == 200, text
        return {
            (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if not sample.name.startswith("snmp_scrape_")
        }

    def errors(self, reason: str) -> float:
        return (
            self.metrics.registry.get_sample_value("netmon_output_errors_total", {"output": "snmp", "reason": reason})
            or 0.0
        )


@contextlib.asynccontextmanager
async def lab(folder: Path, config: PollingConfig | None = None) -> AsyncIterator[Lab]:
    made = Lab(folder, config or PollingConfig())
    made.endpoint.start()
    running = asyncio.create_task(made.poller.run())
    # Its sockets are open once it has had a turn.
    await asyncio.sleep(0)
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.wait([running])
        made.endpoint.stop()


WALKED = {
    ("sysUpTime",): 4242,
    ("acmeOctets_total", "name=ge7", "port=7"): (1 << 53) - 1,
    ("acmeOctets_total", "name=ge8", "port=8"): 5,
    ("acmeOctets_total", "name=xe9", "port=9"): 6,
}


async def test_an_element_by_id_and_by_address(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        assert await made.series(target="r1") == WALKED
        assert await made.series(target=made.host, module="if_mib") == WALKED
        assert await made.series(target=f"udp://{made.host}:{made.port}", auth="lab") == WALKED


async def test_an_agent_of_version_1_has_no_counters_of_64_bits(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        assert await made.series(target=f"r1:{made.port}", auth="old") == {("sysUpTime",): 4242}


async def test_users_of_version_3_with_every_way_to_make_keys_longer_and_contexts(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        uptime = ("sysUpTime",)
        assert await made.series(target="r1", auth="cisco") == WALKED
        assert await made.series(target="r1", auth="long") == {**WALKED, uptime: 4343}
        assert await made.series(target="r1", auth="cisco", snmp_context="east") == {**WALKED, uptime: 4343}
        # What the URL says goes before what the auth says.
        assert await made.series(target="r1", auth="open", snmp_context="east") == {**WALKED, uptime: 4343}
        own = made.agent.boot.engine().engine_id.hex()
        assert await made.series(target="r1", auth="cisco", snmp_engineid=own) == WALKED


@pytest.mark.parametrize(
    ("parameters", "text", "reason"),
    [
        ({"auth": "stranger"}, "unknown user", "unknown_user"),
        ({"auth": "cisco", "snmp_context": "west"}, "unknown context", "unknown_context"),
        ({"auth": "cisco", "snmp_engineid": "0x8000000001020304"}, "unknown pdu handler", "unknown_pdu_handler"),
    ],
)
async def test_what_an_agent_of_version_3_refuses(
    tmp_path: Path, parameters: dict[str, str], text: str, reason: str
) -> None:
    impatient = Element("r1", ("127.0.0.1",), port=1, timeout_ms=200, retries=0, credential="lab")
    async with lab(tmp_path) as made:
        refusing = msgspec.structs.replace(impatient, port=made.port)
        made.poller.load([refusing], credentials={"lab": Credential("lab", community=b"public")}, profiles=[])
        made.use(refusing)
        assert await made.get(target="r1", **parameters) == (500, f"module 'if_mib': 127.0.0.1: {text}\n")
        assert made.errors(reason) == 1


async def test_the_text_is_an_exposition(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        _, text = await made.get(target="r1")
        assert "# HELP sysUpTime Since the start\\\\, in ticks\n# TYPE sysUpTime gauge\nsysUpTime 4242\n" in text
        assert "# TYPE acmeOctets counter\n" in text
        for name in ("walk_duration_seconds", "packets_sent", "packets_retried", "pdus_returned", "duration_seconds"):
            assert f'\nsnmp_scrape_{name}{{module="if_mib"}} ' in text
        assert 'snmp_scrape_pdus_returned{module="if_mib"} 10\n' in text
        assert 'snmp_scrape_packets_retried{module="if_mib"} 0\n' in text


async def test_modules_one_after_the_other_and_no_series_twice(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        both = [("target", "r1"), ("module", "if_mib,again"), ("module", "again")]
        status, text = await made.exporter.answer(both)
        assert status == 200
        assert text.count("\nsysUpTime ") == 1
        assert text.count("snmp_scrape_pdus_returned{") == 2
        dropped = {"output": "snmp", "reason": "duplicate_series"}
        assert made.metrics.registry.get_sample_value("netmon_output_dropped_total", dropped) == 1


async def test_a_walk_may_name_an_instance_and_cells_of_a_wrong_type_are_counted(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        assert await made.series(target="r1", module="leaf") == {}
        dropped = {"output": "snmp", "reason": "wrong_type"}
        assert made.metrics.registry.get_sample_value("netmon_output_dropped_total", dropped) == 1


async def test_filters_of_one_target_are_anded(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        assert await made.series(target="r1", module="filtered") == {
            ("sysUpTime",): 4242,
            ("acmeOctets_total", "port=7"): (1 << 53) - 1,
            ("acmeState", "port=7"): 1,
            ("acmeState", "port=8"): 2,
            ("acmeState", "port=9"): 1,
        }


async def test_counters_are_whole_where_that_is_wanted(tmp_path: Path) -> None:
    async with lab(tmp_path, PollingConfig(wrap_large_counters=False)) as made:
        _, text = await made.get(target="r1")
        assert 'acmeOctets{name="ge7",port="7"} 18446744073709551615\n' in text


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ([], "'target' parameter must be specified once"),
        ([("target", "")], "'target' parameter must be specified once"),
        ([("target", "r1"), ("target", "r1")], "'target' parameter must be specified once"),
        ([("target", "r1"), ("module", "nope")], "Unknown module 'nope'"),
        ([("target", "r1"), ("module", ",")], "'module' parameter must contain at least one module name"),
        ([("target", "r1"), ("auth", "nope")], "Unknown auth 'nope'"),
        ([("target", "r1"), ("auth", "lab"), ("auth", "lab")], "'auth' parameter must only be specified once"),
        ([("target", "r1"), ("snmp_context", "a" * 33)], "'snmp_context' parameter is longer than 32 octets"),
        ([("target", "r1"), ("snmp_engineid", "8000")], "'snmp_engineid' parameter must be 5 to 32 octets in hex"),
        ([("target", "tcp://r1")], "transport 'tcp' is not supported: SNMP goes over udp here"),
        ([("target", "r1:x")], "'target' parameter 'r1:x' is no host, host:port or [v6]:port"),
        ([("target", "r1:70000")], "'target' parameter 'r1:70000' is no host, host:port or [v6]:port"),
        ([("target", "r" * 256)], "'target' parameter is too long"),
        ([("target", "192.0.2.1")], "target is not allowed"),
        ([("target", "r2")], "target is not allowed"),
        ([("target", "r1:1")], "target is not allowed"),
        ([("target", "localhost")], "target is not allowed"),
    ],
)
async def test_bad_requests(tmp_path: Path, parameters: list[tuple[str, str]], text: str) -> None:
    async with lab(tmp_path) as made:
        assert await made.exporter.answer(parameters) == (400, f"{text}\n")
        assert made.errors("bad_query") + made.errors("not_allowed") == 1
        assert made.endpoint.asked == 0


async def test_allowed_networks_are_held_against_the_resolved_address(tmp_path: Path) -> None:
    networks = (Network("127.0.0.0/8"), Network("192.0.2.0/24"))
    async with lab(tmp_path, PollingConfig(exporter_targets=networks)) as made:
        made.use(Element("r9", ("198.51.100.1",)), Element("r1", (made.host,), port=made.port))
        assert await made.series(target=f"127.0.0.1:{made.port}") == WALKED
        assert await made.series(target="r1") == WALKED
        for target in ("198.51.100.1", "r9", "[2001:db8::1]:161", "name.invalid"):
            assert await made.get(target=target) == (400, "target is not allowed\n")


async def test_a_silent_agent_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
            deaf.bind(("127.0.0.1", 0))
            silent = Element(
                "r1", ("127.0.0.1",), port=deaf.getsockname()[1], timeout_ms=50, retries=0, credential="lab"
            )
            made.poller.load([silent], credentials={"lab": Credential("lab", community=b"public")}, profiles=[])
            made.use(silent)
            assert await made.get(target="r1") == (500, "module 'if_mib': 127.0.0.1: no answer\n")
            assert made.errors("timeout") == 1


async def test_equal_scrapes_share_one_run(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        await made.get(target="r1", module="again")
        before = made.endpoint.asked
        answers = await asyncio.gather(*(made.get(target="r1", module="again") for _ in range(10)))
        assert len(set(answers)) == 1
        assert made.endpoint.asked - before == 1


async def test_unequal_scrapes_of_one_element_wait_for_its_room(tmp_path: Path) -> None:
    config = PollingConfig(per_element_in_flight=1, max_in_flight=1)
    async with lab(tmp_path, config) as made:
        modules = ("if_mib", "again", "leaf", "filtered")
        answers = await asyncio.gather(*(made.get(target="r1", module=name) for name in modules))
        assert [status for status, _ in answers] == [200] * len(modules)


async def test_what_was_made_of_a_module_serves_every_scrape_and_ends_with_a_reload(tmp_path: Path) -> None:
    async with lab(tmp_path) as made:
        dropped = {"output": "snmp", "reason": "wrong_type"}
        for times in (1, 2, 3):
            assert await made.series(target="r1", module="leaf") == {}
            assert made.metrics.registry.get_sample_value("netmon_output_dropped_total", dropped) == times
        text = MODULES.replace("acmeLabel", "acmeText").replace("6, type: gauge", "6, type: DisplayString")
        (tmp_path / "snmp.yml").write_text(text)
        made.files = read_exporter_files([tmp_path / "snmp.yml"])
        made.use()
        assert await made.series(target="r1", module="leaf") == {("acmeText", "acmeText=volts"): 1}
