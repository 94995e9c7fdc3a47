"""A scenario is read whole: every mistake in one pass, at its place, with what was meant."""

import bz2
from pathlib import Path

import pytest

from netmon.cli.simulate.reading import read_scenario
from netmon.mib.names import MibView
from tests.cli.scenarios import COLD_START, problems, scenario

RECORDING = b"1.3.6.1.2.1.1.5.0|4|recorded\n1.3.6.1.2.1.2.2.1.8.3|2|1\n1.3.6.1.2.1.2.2.1.2.3|4|ge-3\n"
PLAIN = 'agents:\n  - {id: r1, listen: "127.0.1.1:1161", model: {interfaces: 2}}\n'


def test_all_mistakes_are_told_in_one_pass(tmp_path: Path):
    text = """\
seed: -1
agnts: []
credentials: [{id: a, user: bob, auth: {protocol: sha257, password: {env: NETMON_NOT_SET}}}]
agents:
  - {id: r1, listen: "10.0.0.1:161", model: {interfces: 4}}
  - {id: r2, listen: "127.0.1.1:1161", recording: missing.snmprec}
  - {id: r2, listen: "127.0.1.1:1162", model: {interfaces: 2}, users: [bb]}
  - {id: r3, listen: "127.0.1.1:1162", community: r2, model: {interfaces: 2}}
  - {id: r4, listen: "127.0.1.9:1162"}
script:
  - {at: 60, agent: r1, do: link_dwn, if: xe-0/0/1}
  - {at: 60s, agent: r2, do: link_down, if: xe-0/0/9}
  - {at: 60s, agent: rr, do: storm, rate: 20000, for: 10s, oid: IF-MIB::linkDwn}
  - {at: 60s, agent: r3, do: trap, oid: IF-MIB::linkDown, times: 2}
  - {at: 60s, agent: r3, do: trap, oid: IF-MIB::linkDown}
  - {at: 60s, agent: q1, do: silent_agent}
"""
    near = 'unknown object "IF-MIB::linkDwn" (did you mean "IF-MIB::linkDown"?)'
    assert problems(tmp_path, text) == [
        "scenario.yaml:1:7: seed: -1 is below 0",
        "scenario.yaml:2:1: unknown key 'agnts' (did you mean 'agents'?)",
        "scenario.yaml:3:51: credentials[0].auth.protocol: unknown value 'sha257' (did you mean 'sha256'?)",
        "scenario.yaml:3:69: credentials[0].auth.password: environment variable NETMON_NOT_SET is not set",
        "scenario.yaml:5:22: agents[0].listen: 10.0.0.1:161 is not of this host's loopback (write '127.0.1.1:161')",
        "scenario.yaml:5:46: agents[0].model: unknown key 'interfces' (did you mean 'interfaces'?)",
        "scenario.yaml:6:51: agents[1].recording: missing.snmprec cannot be read: no such file or directory",
        'scenario.yaml:7:72: agents[2].users[0]: unknown credential "bb"',
        'scenario.yaml:8:22: agents[3].listen: "r2" has this address and community "r2" already: "r3" cannot be told '
        "apart",
        "scenario.yaml:9:5: agents[4]: needs a recording or a model",
        "scenario.yaml:11:29: script[0].do: unknown do 'link_dwn' (did you mean 'link_down'?)",
        'scenario.yaml:12:45: script[1].if: no port "xe-0/0/9" at r2 (did you mean "xe-0/0/0"?)',
        'scenario.yaml:13:22: script[2].agent: no agent "rr" (did you mean "r2"?)',
        "scenario.yaml:13:43: script[2].rate: '20000' is not a rate (write '100/s' or '1/10m')",
        f"scenario.yaml:13:65: script[2].oid: {near}",
        "scenario.yaml:14:5: script[3]: 2 times needs every: how long from one to the next",
        'scenario.yaml:15:22: script[4].agent: "r3" has no trap_to: nobody would be told',
        "scenario.yaml:16:5: script[5].for: missing",
        'scenario.yaml:16:22: script[5].agent: no agent "q1"',
    ]


def test_a_file_that_is_not_there_or_no_yaml_is_a_problem(tmp_path: Path):
    missing = read_scenario(tmp_path / "none.yaml", lambda: MibView([]))
    assert "none.yaml:1:1: cannot be read: no such file or directory" in str(missing.errors[0])
    assert len(missing.problems) == 1
    assert problems(tmp_path, "") == ["scenario.yaml:1:1: agents: missing (what is simulated, below)"]
    assert "a tab is not allowed" in problems(tmp_path, "agents:\t[]\n")[0]


def test_names_are_looked_up_only_where_one_stands(tmp_path: Path):
    def load() -> MibView:
        raise AssertionError("no name needs the modules")

    file = tmp_path / "scenario.yaml"
    file.write_text(PLAIN + f"script: [{{at: 1s, agent: r1, do: wrong_type, oid: {COLD_START}}}]\n")
    assert read_scenario(file, load).problems == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("do: gen_err, oid: 1.3.x", "script[0].oid: '1.3.x' is no OID"),
        ("do: gen_err, oid: 3.1.4", "script[0].oid: '3.1.4' is no OID"),
        ("do: wrap, times: 2, every: 1s", "script[0]: a counter cannot be made to wrap several times"),
        ("do: loss, percent: 0", "script[0].percent: 0 is not above 0"),
        ("do: delay", "script[0].by: missing"),
        ("do: foreign_reply, from: 192.0.2.1", "script[0].from: '192.0.2.1' does not match"),
        ('do: wrap, if: "lo*"', 'script[0].if: no port "lo*" at r1'),
        ("do: link_down, traps: 2", "script[0].if: missing (name of a port, or a pattern: 'xe-0/0/*')"),
        ("do: renumber, bye: 1", "script[0]: unknown key 'bye' (did you mean 'by'?)"),
    ],
)
def test_each_action_checks_its_own(tmp_path: Path, line: str, told: str):
    found = problems(tmp_path, f"{PLAIN}script:\n  - {{at: 1s, agent: r1, {line}}}\n")
    assert told in "\n".join(found)
    assert all(one.startswith("scenario.yaml:4:") for one in found)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('id: a, listen: "127.0.1.1:1161"', "agents[0]: needs a recording or a model"),
        ('id: a, listen: "127.0.1.1:1161", model: {}, count: 2', "agents[0]: 2 agents need {n} in their id"),
        ('id: "a{n}", listen: "127.255.255.254:1", model: {}, count: 9', "agents[0].count: 9 addresses"),
        ('id: a, listen: "127.0.1.1:1161", model: {}, trap_version: v3', "agents[0]: trap_version: v3 needs users"),
        ('id: a, listen: "127.0.1.1:1161", recording: r.txt', "r.txt is neither .snmprec nor .snmpwalk"),
        ('id: a, listen: "127.0.1.1:1161", recording: broken.snmprec.gz', "broken.snmprec.gz cannot be read"),
        ('id: a, listen: "127.0.1.1:1161", recording: empty.snmprec', "empty.snmprec has no row that can be served"),
        ('id: a, listen: "127.0.1.1:1161", recording: hollow', "there is no recording in the folder hollow"),
        ('id: a, listen: "127.0.1.1:1161", engine_id: 8000, model: {}', "agents[0].engine_id: "),
    ],
)
def test_each_agent_checks_its_own(tmp_path: Path, line: str, told: str):
    (tmp_path / "broken.snmprec.gz").write_bytes(b"no gzip")
    (tmp_path / "empty.snmprec").write_text("# nothing\n")
    (tmp_path / "hollow").mkdir()
    assert told in "\n".join(problems(tmp_path, f"agents:\n  - {{{line}}}\n"))


def test_bad_lines_of_a_recording_are_warnings_with_their_numbers(tmp_path: Path):
    (tmp_path / "r1.snmprec").write_bytes(b"nonsense\n" * 7 + RECORDING)
    found = scenario(tmp_path, 'agents: [{id: r1, listen: "127.0.1.1:1161", recording: r1.snmprec}]\n')
    assert found.errors == ()
    told = [str(problem.place) for problem in found.problems]
    assert told == [f"r1.snmprec:{line}:1" for line in range(1, 7)]
    assert found.problems[-1].message == "and 2 more lines skipped, 7 in all"


def test_agents_at_one_address_are_told_apart_by_the_names_of_their_recordings(tmp_path: Path):
    (tmp_path / "east.snmprec").write_bytes(RECORDING)
    (tmp_path / "west.snmprec.bz2").write_bytes(bz2.compress(RECORDING))
    text = (
        "agents:\n"
        '  - {id: a, listen: "127.0.1.1:1161", recording: east.snmprec}\n'
        '  - {id: b, listen: "127.0.1.1:1161", recording: west.snmprec.bz2}\n'
        '  - {id: c, listen: "127.0.1.1:1162", recording: east.snmprec}\n'
        '  - {id: d, listen: "127.0.1.1:1163", recording: east.snmprec, community: own}\n'
    )
    found = scenario(tmp_path, text)
    assert found.problems == ()
    assert [(one.id, one.community, one.agent.name) for one in found.agents] == [
        ("a", "east", "east"),
        ("b", "west", "west"),
        ("c", "public", "east"),
        ("d", "own", "east"),
    ]


def test_a_folder_is_an_agent_for_each_recording_in_it(tmp_path: Path):
    (tmp_path / "lab").mkdir()
    for name in ("b.snmprec", "a.snmpwalk", "notes.txt"):
        (tmp_path / "lab" / name).write_bytes(
            RECORDING if name.endswith("rec") else b".1.3.6.1.2.1.1.5.0 = STRING: walked\n"
        )
    found = scenario(tmp_path, 'agents: [{id: lab, listen: "127.0.1.1:1161", recording: lab}]\n')
    assert found.problems == ()
    assert [(one.id, one.community, one.listen) for one in found.agents] == [
        ("a", "a", ("127.0.1.1", 1161)),
        ("b", "b", ("127.0.1.1", 1161)),
    ]


def test_several_alike_have_addresses_one_after_the_other_and_other_names(tmp_path: Path):
    text = 'agents: [{id: "acc{n}", count: 300, listen: "127.0.2.200:1161", model: {interfaces: 1}}]\n'
    found = scenario(tmp_path, text + 'script: [{at: 1s, agent: "acc2?", do: renumber}]\n')
    assert [found.agents[0].listen[0], found.agents[-1].listen[0]] == ["127.0.2.200", "127.0.3.243"]
    assert len({one.id for one in found.agents}) == 300
    assert [one.id for one in found.script[0][1]] == [f"acc2{number}" for number in range(10)]
    assert found.agents[0].agent.boot.engine_id != found.agents[1].agent.boot.engine_id


def test_users_are_those_of_the_credentials_and_have_higher_boots_at_each_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NETMON_TEST_AUTH", "authpassword1")
    text = (
        "credentials: [{id: lab, user: netmon, auth: {protocol: md5, password: {env: NETMON_TEST_AUTH}}}]\n"
        'agents: [{id: r1, listen: "127.0.1.1:1161", model: {}, users: [lab]}]\n'
    )
    (tmp_path / "scenario.yaml").write_text(text)
    found = read_scenario(tmp_path / "scenario.yaml", lambda: MibView([]), boots=4_711)
    assert [problem.warning for problem in found.problems] == [True]
    [agent] = found.agents
    assert ([user.name for user in agent.users], agent.agent.boot.boots) == ([b"netmon"], 4_711)


def test_a_password_that_is_too_short_is_an_error_that_does_not_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NETMON_TEST_AUTH", "short1")
    text = "credentials: [{id: lab, user: netmon, auth: {protocol: sha, password: {env: NETMON_TEST_AUTH}}}]\n"
    told = problems(tmp_path, text + PLAIN)
    assert len(told) == 1
    assert "shorter than 8 octets" in told[0]
    assert "short1" not in told[0]
