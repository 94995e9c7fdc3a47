"""Models: counters by rate, wave and burst, states by time, ports on top of a recording."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from netmon.cli.simulate.screen import SimulationScreen
from netmon.domain.oid import Oid
from netmon.snmp import ber
from netmon.snmp.agent import Agent
from tests.cli.scenarios import problems, scenario

BASE = "1.3.6.1.4.1.32473.7"
HC_IN, IN, NAME, SPEED = ("1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.2.2.1.10", "1.3.6.1.2.1.31.1.1.1.1",
                          "1.3.6.1.2.1.31.1.1.1.15")  # fmt: skip
RECORDING = """\
1.3.6.1.2.1.1.1.0|4|a recorded router
1.3.6.1.2.1.1.3.0|67|5000
1.3.6.1.2.1.2.1.0|2|1
1.3.6.1.2.1.2.2.1.2.9|4|ge-9
1.3.6.1.2.1.2.2.1.8.9|2|1
1.3.6.1.2.1.2.2.1.10.9|65|4294967000
"""


def agent(folder: Path, model: str, *, recording: bool = False) -> Agent:
    (folder / "r1.snmprec").write_text(RECORDING)
    more = ", recording: r1.snmprec" if recording else ""
    found = scenario(folder, f'agents:\n  - {{id: r1, listen: "127.0.1.1:1161", model: {{{model}}}{more}}}\n')
    assert found.problems == ()
    return found.agents[0].agent


def values(one: Agent, *oids: Oid, now: int = 0) -> list[object]:
    return [one.instance(oid, now)[2] for oid in oids]


@pytest.mark.parametrize(("bits", "tag"), [(32, ber.COUNTER32), (64, ber.COUNTER64)])
def test_a_counter_grows_by_its_rate_from_its_start_past_its_end(tmp_path: Path, bits: int, tag: int):
    start = (1 << bits) - 500
    one = agent(tmp_path, f"counters: [{{oid: {BASE}.1.0, bits: {bits}, rate: 100/s, start: {start}}}]")
    assert one.instance(f"{BASE}.1.0", 0) == (f"{BASE}.1.0", tag, start)
    assert [*values(one, f"{BASE}.1.0", now=4_990), *values(one, f"{BASE}.1.0", now=60_000)] == [start + 499, 5_500]


def test_a_burst_counts_in_a_fifth_of_its_period_and_as_much_in_all(tmp_path: Path):
    one = agent(tmp_path, f"counters: [{{oid: {BASE}.1, index: [4, 7], rate: 100/s, shape: burst, period: 10s}}]")
    series = [values(one, f"{BASE}.1.4", now=now)[0] for now in (1_000, 2_000, 9_999, 10_000, 11_000, 60_000)]
    assert series == [500, 1_000, 1_000, 1_000, 1_500, 6_000]
    assert values(one, f"{BASE}.1.7", now=60_000) == [6_000]


def test_a_wave_rises_and_falls_and_never_goes_back(tmp_path: Path):
    one = agent(tmp_path, f"counters: [{{oid: {BASE}.1.0, rate: 1000/s, shape: wave, period: 100m}}]")
    series = [int(str(values(one, f"{BASE}.1.0", now=minute * 60_000)[0])) for minute in range(101)]
    rates = [(later - earlier) / 60 for earlier, later in pairwise(series)]
    assert min(rates) > 300
    assert max(rates) > 1.5 * min(rates)
    assert series[-1] == pytest.approx(6_000_000, rel=0.15)


def test_states_follow_one_another_each_instance_one_ahead(tmp_path: Path):
    one = agent(
        tmp_path,
        f"states: [{{oid: {BASE}.2, index: [192.0.2.1, 192.0.2.2], values: [6, 1, 3], every: 10s}}, "
        f"{{oid: {BASE}.3.0, values: [warm, hot], every: 1s}}]",
    )
    oids = (f"{BASE}.2.192.0.2.1", f"{BASE}.2.192.0.2.2", f"{BASE}.3.0")
    assert values(one, *oids) == [6, 1, b"warm"]
    assert values(one, *oids, now=11_000) == [1, 3, b"hot"]
    assert values(one, *oids, now=30_000) == [6, 1, b"warm"]
    assert one.instance(oids[0], 0)[1] == ber.INTEGER


def test_ports_have_names_speed_and_what_is_left_of_their_start(tmp_path: Path):
    one = agent(tmp_path, 'interfaces: 2, name: "ge{n}", speed_mbps: 1000, rate_bps: 8e6, start: 18446744073709551000')
    assert [port.name for port in one.ports] == ["ge0", "ge1"]
    assert values(one, f"{SPEED}.1", f"{HC_IN}.2", f"{IN}.2") == [1_000, 2**64 - 616, 2**32 - 616]
    assert values(one, f"{HC_IN}.2", f"{IN}.2", now=1_000) == [999_384, 999_384]


def test_a_model_puts_traffic_on_recorded_ports(tmp_path: Path):
    one = agent(tmp_path, "rate_bps: 8e6", recording=True)
    assert values(one, "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.3.0") == [b"a recorded router", 5_000]
    assert values(one, f"{IN}.9", now=1_000) == [999_704]


def test_a_model_with_ports_replaces_the_recorded_ones(tmp_path: Path):
    one = agent(tmp_path, f"interfaces: 3, counters: [{{oid: {BASE}.1.0}}]", recording=True)
    assert values(one, "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.2.1.0", f"{NAME}.1") == [b"a recorded router", 3, b"xe-0/0/0"]
    assert one.instance(f"{IN}.9", 0)[1] == ber.NO_SUCH_INSTANCE
    assert values(one, f"{BASE}.1.0", now=1_000) == [100]


def test_one_user_with_two_passwords_at_one_address_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ONE", "first password")
    monkeypatch.setenv("TWO", "second password")
    users = "\n".join(
        f"  - {{id: {id_}, user: lab, auth: {{protocol: sha256, password: {{env: {env}}}}}}}"
        for id_, env in (("a", "ONE"), ("b", "TWO"))
    )
    agents = "\n".join(
        f'  - {{id: {id_}, listen: "127.0.1.1:{port}", model: {{}}, users: [{user}]}}'
        for id_, port, user in (("r1", 1161, "a"), ("r2", 1161, "b"), ("r3", 1162, "b"))
    )
    assert problems(tmp_path, f"credentials:\n{users}\nagents:\n{agents}\n") == [
        'scenario.yaml:6:58: agents[1].users: user "lab" has other keys at "r1", which has the same address'
    ]


def test_a_terminal_is_shown_what_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    screen = SimulationScreen(lambda: 1_500, lambda: Counter({"requests": 1, "informs answered": 1, "traps": 2_000}))
    with screen.live():
        screen.happened("r1: renumber")
    told = capsys.readouterr().out
    assert "1.500 s  r1: renumber" in told
    assert "1.5 s  1 request, 1 inform answered, 2,000 traps" in told
