"""A site's rules stand for shipped ones of the same id (specs/rules.md 5)."""

from pathlib import Path

import pytest
from typer.testing import Result

from netmon.config.load import load
from netmon.config.rules import Judged
from netmon.config.shipped import shipped
from netmon.config.site_rules import as_they_count
from netmon.rulebook.compile import compile_canonical
from netmon.rulebook.kinds import Rulebook
from tests import judging
from tests.command_line import call

SITE = """version: 1
rules:
  - {id: cpu-high, severity: warning, levels: []}
  - {id: disk-full, enabled: false}
storms:
  - {id: trap-storm, above: 1000/s}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("version: 1\ndata_dir: data\nrules: [site.yaml]\n")
    return tmp_path


def judged(site: str) -> Judged:
    Path("site.yaml").write_text(site)
    return judging.judged(Path("config.yaml"))


def compiled(one: Judged) -> Rulebook:
    """Return what the daemon runs: the canonical text, compiled again."""
    assert not one.problems
    return compile_canonical(one.compiled.canonical, one.names)


def run(*words: str) -> Result:
    return call("rules", *words)


def test_keys_that_the_site_says_count_and_all_others_are_the_shipped_ones():
    plain, site = compiled(judged("version: 1\n")), compiled(judged(SITE))
    before, after = ({kind.rule.id: kind for kind in one.kinds} for one in (plain, site))
    assert before.keys() - after.keys() == {"disk-full"}
    assert after.keys() <= before.keys()
    assert after["cpu-high"].rule.rev != before["cpu-high"].rule.rev
    others = after.keys() - {"cpu-high"}
    assert {id_: after[id_].rule.rev for id_ in others} == {id_: before[id_].rule.rev for id_ in others}
    [storm], [shipped_storm] = site.storms, plain.storms
    assert (storm.above, storm.burst) == ("1000/s", shipped_storm.burst)


def test_a_storm_can_be_turned_off():
    assert compiled(judged("version: 1\nstorms:\n  - {id: trap-storm, enabled: false}\n")).storms == ()


def test_an_event_that_a_site_makes_of_the_same_trap_is_made_once():
    copy = (shipped("rules") / "correlation" / "heartbeat.yaml").read_text()
    plain, site = compiled(judged("version: 1\n")), compiled(judged(copy))
    assert [one.event for one in site.events] == [one.event for one in plain.events]
    other = 'version: 1\nevents: [{event: heartbeat, trap: "1.3.6.1.4.1.99999.0.1"}]\n'
    both = compiled(judged(other)).events
    assert [one.event for one in both] == [*(one.event for one in plain.events), "heartbeat"]


def test_what_is_wrong_is_told_at_the_place_in_the_file_of_the_site():
    found = judged("version: 1\nrules:\n  - {id: cpu-high, severity: hot}\n  - {id: cpu-hot, enabled: false}\n")
    told = [f"{one.place}: {one.message}" for one in found.errors]
    assert told[0].startswith("site.yaml:3:30: rule 'cpu-high': severity: ")
    assert "site.yaml:4:5: rule 'cpu-hot': raise: missing" in told
    assert all(line.startswith("site.yaml:") for line in told)


def test_places_in_a_shipped_file_stay_right_when_one_of_its_entries_is_gone():
    Path("site.yaml").write_text("version: 1\nrules:\n  - {id: cpu-high, enabled: false}\n")
    files = load(Path("config.yaml")).files.rules
    of_load = [one for one in files if Path(one.file).name == "load.yaml"]
    assert [entry["id"] for entry in of_load[0].data["rules"]] == ["cpu-high", "memory-high", "disk-full"]
    after = next(one for one in as_they_count(files) if Path(one.file).name == "load.yaml")
    assert [entry["id"] for entry in after.data["rules"]] == ["memory-high", "disk-full"]
    for at in (0, 1):
        assert after.place(("rules", at)) == of_load[0].place(("rules", at + 1))
        assert after.key_place(("rules", at, "severity")) == of_load[0].key_place(("rules", at + 1, "severity"))


@pytest.mark.slow
def test_the_shipped_tests_still_hold_and_the_site_has_its_own():
    Path("site.yaml").write_text("version: 1\nrules:\n  - {id: agent-restart, severity: major}\n")
    Path("site.test.yaml").write_text(
        "inventory: {elements: [{id: r1}]}\ntests:\n  - name: a restart is major here\n"
        "    input: |\n      0s trap SNMPv2-MIB::coldStart r1\n"
        "    expect:\n      - {at: 0s, raised: r1, severity: major}\n"
    )
    result = run("test", "site.yaml")
    assert result.exit_code == 0, result.output
    assert "passed  site.test.yaml: a restart is major here" in result.output
    result = run("test", str(shipped("rules") / "correlation" / "agent-restart.yaml"))
    assert result.exit_code == 0, result.output
