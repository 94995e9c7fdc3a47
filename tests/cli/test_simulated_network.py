"""The network of the demo: what it carries, what fails in it, and what netmon is told of it."""

from itertools import pairwise
from pathlib import Path

import pytest

from netmon.cli.demo_files import write_demo_files
from netmon.cli.demo_history import GAP_MS, HOURS, STEP_MS, blocks
from netmon.cli.simulate.endpoint import now_ms
from netmon.cli.simulate.network import Network
from netmon.cli.simulate.script import Fault, Stage
from netmon.cli.simulate.town import PEERS, PERIOD_S, SCRIPT, UPLINKS, models, uplinks
from netmon.cli.simulate.wave import Gauge, Wave
from netmon.config.load import load
from netmon.config.rules import judge
from netmon.snmp.message import decode
from tests.command_line import call

NOON = 1_764_417_600_000
LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
COLD_START = "1.3.6.1.6.3.1.1.5.1"
DISABLED, ENABLED = "1.3.6.1.2.1.131.0.2", "1.3.6.1.2.1.131.0.1"


@pytest.fixture(scope="module")
def network():
    made = Network(models(), links=(*PEERS, *UPLINKS), uplinks=uplinks())
    yield made
    for simulated in made.agents.values():
        simulated.endpoint.close()


def told(stage: Stage, fault: Fault, *, begins: bool) -> list[tuple[str, str]]:
    """Return (element, trap) of what a turn sends."""
    names = {simulated: id_ for id_, simulated in stage._network.agents.items()}
    sent = stage.turn(fault, begins=begins)
    return [(names[simulated], str(decode(trap).varbinds[1][2])) for simulated, trap in sent]


def test_a_wave_is_the_same_each_time_and_higher_in_the_evening():
    wave = Wave(1_000_000, 7)
    evening, morning = wave.at(NOON + 7 * 3_600_000), wave.at(NOON - 5 * 3_600_000)
    assert evening == Wave(1_000_000, 7).at(NOON + 7 * 3_600_000)
    assert evening > 1.5 * morning > 0
    assert wave.at(NOON) != Wave(1_000_000, 8).at(NOON)


def test_octets_add_up_whenever_they_are_read():
    wave = Wave(8_000_000, 3)
    whole = wave.octets(NOON, NOON + 600_000)
    steps = sum(wave.octets(at, at + 10_000) for at in range(NOON, NOON + 600_000, 10_000))
    assert whole == pytest.approx(steps, abs=60)
    assert whole == pytest.approx(wave.at(NOON) * 600 / 8, rel=0.2)


def test_a_push_rises_stays_and_falls():
    gauge = Gauge(Wave(40, 1, 0, 0), zero_ms=0, most=99)
    gauge.push(90, now=1_000, for_ms=60_000, rise_ms=10_000)
    assert [round(gauge.at(at)) for at in (0, 6_000, 30_000, 66_000, 90_000)] == [40, 65, 90, 65, 40]


@pytest.mark.parametrize("hour", range(24))
def test_a_busy_processor_is_busy_at_every_hour(hour):
    gauge = Gauge(Wave(31, 7, 0.25, 0.35), zero_ms=NOON + hour * 3_600_000, most=99)
    gauge.push(90, now=0, for_ms=3_600_000, rise_ms=1)
    assert all(85 < gauge.at(at) < 97 for at in range(10_000, 3_600_000, 10_000))


def test_what_lies_behind_a_router(network):
    assert network.behind("agg-mad-201") == ["cpe-mad-377", "cpe-mad-378", "olt-mad-031"]
    assert network.behind("core-lon-002") == []


LLDP = "1.0.8802.1.1.2.1"


def test_both_ends_of_every_link_tell_of_it_by_lldp(network):
    claims = set()
    for id_, simulated in network.agents.items():
        ports = network.models[id_].ports
        for number, port in enumerate(ports, 1):
            far = [simulated.agent.instance(f"{LLDP}.4.1.1.{column}.0.{number}.1", 0)[2] for column in (5, 7, 9)]
            if far[0] is not None:
                assert far[0] == network.agents[far[2].decode()].agent.instance(f"{LLDP}.3.2.0", 0)[2]
                claims.add((f"{id_}/{port}", f"{far[2].decode()}/{far[1].decode()}"))
    links = {*PEERS, *UPLINKS}
    assert claims == links | {(other, one) for one, other in links}


def test_a_card_takes_its_ports_and_their_far_ends_down(network):
    stage = Stage(network, ("127.0.0.1", 9))
    fault = Fault(0, "core-lon-002", "card", 10, "Line card 3")
    down = told(stage, fault, begins=True)
    assert down[0] == ("core-lon-002", DISABLED)
    assert down.count(("core-lon-002", LINK_DOWN)) == 8
    assert ("agg-lon-117", LINK_DOWN) in down
    up = told(stage, fault, begins=False)
    assert (up[0], len(up)) == (("core-lon-002", ENABLED), len(down))


def test_a_router_without_power_silences_what_is_behind_and_comes_back_cold(network):
    stage = Stage(network, ("127.0.0.1", 9))
    fault = Fault(0, "agg-mad-201", "power", 30)
    assert told(stage, fault, begins=True) == [("core-mad-001", LINK_DOWN)]
    agents, now = network.agents, now_ms()
    assert all(agents[id_].agent.silent(now) for id_ in ("agg-mad-201", "olt-mad-031", "cpe-mad-377"))
    assert not agents["core-mad-001"].agent.silent(now)
    assert told(stage, fault, begins=False) == [("agg-mad-201", COLD_START), ("core-mad-001", LINK_UP)]


def test_every_fault_of_the_story_begins_and_ends(network):
    stage = Stage(network, ("127.0.0.1", 9))
    for fault in SCRIPT:
        assert fault.element in str(fault)
        stage.turn(fault, begins=True)
        stage.turn(fault, begins=False)


@pytest.mark.slow
def test_netmon_takes_the_files_of_the_demo_without_a_complaint(network, tmp_path: Path):
    config = write_demo_files(
        tmp_path,
        network,
        community="secret",
        traps="127.0.0.1:1162",
        web="127.0.0.1:8080",
        engine="127.0.0.1:9108",
        since=NOON,
    )
    judged = judge(load(config))
    assert [str(problem) for problem in judged.errors] == []
    inventory = judged.loaded.inventory
    assert (len(inventory.elements), len(inventory.sites)) == (20, 3)
    assert len(judged.assignments) >= 6
    assert (tmp_path / "community").stat().st_mode & 0o777 == 0o600
    usual = len(SCRIPT) * 600 / PERIOD_S
    assert usual < judged.loaded.config.web.flood_per_10min < 3 * usual, (
        "what is usual is no flood, but one can be shown"
    )


@pytest.mark.slow
def test_the_rules_of_the_demo_have_tests_that_pass(network, tmp_path: Path):
    addresses = {"traps": "[::1]:1", "web": "[::1]:2", "engine": "[::1]:3"}
    write_demo_files(tmp_path, network, community="secret", since=NOON, **addresses)
    told = call("rules", "test", str(tmp_path / "rules"), "--config", str(tmp_path / "config.yaml"))
    assert told.exit_code == 0, told.stdout
    assert told.stdout.splitlines()[-1] == "5 tests, 0 failed; of 2 rules 2 raised, 2 cleared"


@pytest.mark.slow
def test_the_past_has_one_gap_and_ends_at_the_start():
    made = list(blocks(NOON))
    times = sorted({block.time for block in made})
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert times[0] >= NOON - HOURS * 3_600_000 - STEP_MS
    assert NOON - 2 * STEP_MS <= times[-1] < NOON
    gaps = [step for step in steps if step != STEP_MS]
    assert [abs(gap - (GAP_MS[0] - GAP_MS[1])) <= STEP_MS for gap in gaps] == [True]
    assert {block.element for block in made} == {model.id for model in models()}


def test_something_is_always_going_on() -> None:
    """From the second round on; what a trap tells of is an alarm within seconds."""
    told = [fault for fault in SCRIPT if fault.do in ("link", "card", "part")]
    spans = [(fault.at_s + 5 - back, fault.at_s + fault.for_s - back) for fault in told for back in (0, PERIOD_S)]
    quiet = [second for second in range(int(PERIOD_S)) if not any(begin <= second < end for begin, end in spans)]
    assert quiet == []
