"""Ports that are metered as polls show them, through the whole core (specs/usage.md 1 and 10)."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from netmon.app.ruleset import compile_change, inventory_change, rules_change
from netmon.config.rules import Judged
from netmon.domain.dropped import Dropped
from netmon.domain.inventory import Inventory
from netmon.domain.observation import InventoryChange, RulesChange, Tick
from netmon.domain.output import Output
from netmon.domain.usage import Assignment, UsageRecord
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.judging import judged
from tests.normalize.blocks import block as counters
from tests.normalize.blocks import result
from tests.normalize.telling import run

START = 1_800_000_000_000
QUARTER, MINUTE = 900_000, 60_000
MATCH = "match: {element: r1, ifAlias: %s}"
MEMBER = "{%s, facing: customer, valid_from: 2027-01-15T08:00:00Z}"
INVENTORY = """version: 1
elements: [{id: r1, addresses: [192.0.2.1], credential: c}]
services:
"""
GE2 = {"2": {"ifName": b"ge2", "ifAlias": b""}}
CONFIG = """version: 1
data_dir: data
inventory: inventory.yaml
credentials: [{id: c, version: v2c, community: {env: COMMUNITY}}]
rules: [metering.yaml]
"""


class Stage:
    """A core with one router; each minute it is polled and its ports have taken in some octets more."""

    def __init__(self, folder: Path, rule: str, *members: str) -> None:
        services = (f"  - {{id: svc-{n}, members: [{MEMBER % one}]}}\n" for n, one in enumerate(members, 1))
        self.folder = folder
        (folder / "inventory.yaml").write_text(INVENTORY + "".join(services))
        (folder / "metering.yaml").write_text(f"version: 1\nmetering: [{{id: by-text, feed: main, {rule}}}]\n")
        (folder / "config.yaml").write_text(CONFIG.replace("data_dir: data", f"data_dir: {folder / 'data'}"))
        first = judged(folder / "config.yaml")
        assert first.errors == ()
        self.names, self.rulebooks = first.names, dict[str, Rulebook]()
        self.core = self._fresh()
        self.at, self.octets = START, 0
        self.behind = 0
        """How far usage is behind the engine, in ms; ``at`` is the time of usage."""
        self.records: list[dict[str, Any]] = []
        self.told: tuple[Assignment, ...] = ()
        self.twice: list[str] = []
        loaded = inventory_change(Inventory(), first.loaded.inventory, START)
        assert loaded is not None
        for observation in (Tick(START), loaded, self._change(first), Tick(START)):
            self._take(self.core.step(observation))

    def restart(self) -> None:
        state = decode(encode(self.core.dump()))
        digest, self.core = self.core.digest(), self._fresh()
        self.core.load(state)
        assert self.core.digest() == digest

    def poll(self, *names: str, index: int = 1, **described: str) -> None:
        """A minute later ports say what they are, and those named are read for billing."""
        self.at += MINUTE
        self.octets += 6_000
        ports = enumerate(described.items(), 1)
        rows = {str(n): {"ifName": name.encode(), "ifAlias": text.encode()} for n, (name, text) in ports}
        self._take(self.core.step(Tick(self.at + self.behind, behind_ms=self.behind)))
        self._take(self.core.step(run("r1", self.at, {"ifTable": rows})))
        self._take(self.core.step(Tick(self.at + self.behind, behind_ms=self.behind)))
        for n, name in enumerate(names, index):
            row = {"ifName": name.encode(), "ifHighSpeed": 1000, "ifHCInOctets": self.octets, "ifHCOutOctets": 0}
            self._take(self.core.step(result(self.at, counters(self.at, {str(n): row}, table="usage"))))

    def polls(self, minutes: int, *names: str, index: int = 1, **described: str) -> None:
        for _ in range(minutes):
            self.poll(*names, index=index, **described)

    def metered(self) -> list[tuple[str, str]]:
        """Return (series, port) that the poller was told, without those that are only measured to their end."""
        return [(one.series, one.name) for one in self.told if one.valid_to is None]

    def measured(self) -> list[tuple[str, str, str, int]]:
        """Return (series, quarter of an hour, service, coverage in s) of the intervals written so far."""
        whole = [one for one in self.records if one["kind"] == "usage"]
        return [(one["series"], one["start"][11:16], one["service_id"], one["coverage_ms"] // 1000) for one in whole]

    def reload(self, rule: str) -> None:
        """Let another rule meter, as a reload does."""
        (self.folder / "metering.yaml").write_text(f"version: 1\nmetering: [{rule}]\n")
        other = judged(self.folder / "config.yaml")
        assert other.errors == ()
        self._take(self.core.step(self._change(other)))

    def _change(self, of: Judged) -> RulesChange:
        """Return the rules of a configuration; the core finds them compiled, as in an engine."""
        change = rules_change(of, self.at)
        self.rulebooks[change.hash] = of.compiled.rulebook
        return change

    def _fresh(self) -> Core:
        return Core(self._compile, self.names)

    def _compile(self, change: RulesChange, inventory: Inventory) -> Ruleset:
        return compile_change(change, inventory, self.names, rulebook=self.rulebooks[change.hash])

    def _take(self, outputs: list[Output]) -> None:
        for one in outputs:
            if isinstance(one, UsageRecord):
                self.records.append(msgspec.json.decode(one.line))
            elif isinstance(one, InventoryChange) and one.kind == "metered":
                self.told = one.metered
            elif isinstance(one, Dropped) and one.reason == "metered_twice":
                self.twice.append(one.what)


@pytest.fixture(autouse=True)
def community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMUNITY", "public")


def test_a_member_that_is_followed_is_metered_where_it_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "services: [svc-1]", MATCH % "CUST 1")
    assert stage.metered() == []
    stage.poll(ge1="CUST 1", ge2="free")
    assert stage.metered() == [("r1|ifName:ge1", "ge1")]
    stage.polls(33, "ge1", ge1="CUST 1", ge2="free")
    assert stage.measured() == [("r1|ifName:ge1", "08:15", "svc-1", 900)]


@pytest.mark.parametrize("restarted", [False, True])
def test_when_the_description_moves_both_ports_are_measured_for_their_own_intervals(
    tmp_path: Path, restarted: bool
) -> None:
    stage = Stage(tmp_path, "services: [svc-1]", MATCH % "CUST 1")
    stage.polls(20, "ge1", ge1="CUST 1", ge2="free")
    stage.poll("ge1", ge1="free", ge2="CUST 1")
    if restarted:
        stage.restart()
    assert stage.metered() == [("r1|ifName:ge2", "ge2")]
    stage.polls(30, "ge1", "ge2", ge1="free", ge2="CUST 1")
    assert stage.measured() == [("r1|ifName:ge1", "08:15", "svc-1", 900), ("r1|ifName:ge2", "08:30", "svc-1", 900)]


@pytest.mark.parametrize("behind", [0, 40 * MINUTE])
def test_a_port_is_metered_from_and_to_boundaries_of_the_time_of_usage(tmp_path: Path, behind: int) -> None:
    stage = Stage(tmp_path, 'objects: ["r1/if:*"], basis: ifAlias')
    stage.behind = behind
    stage.polls(7, "ge1", ge1="")
    stage.polls(58, "ge1", ge1="CUST 1")
    assert stage.metered() == [("r1|ifAlias:CUST 1", "ge1")]
    stage.polls(30, "ge1", ge1="")
    assert stage.told == ()
    quarters = ("08:15", "08:30", "08:45", "09:00")
    assert [(quarter, covered) for _, quarter, _, covered in stage.measured()] == [(one, 900) for one in quarters]


def test_a_series_that_is_named_by_the_description_goes_with_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "services: [svc-1], basis: ifAlias", MATCH % "CUST 1")
    stage.polls(20, "ge1", ge1="CUST 1", ge2="free")
    assert stage.metered() == [("r1|ifAlias:CUST 1", "ge1")]
    stage.polls(26, "ge2", index=2, ge1="free", ge2="CUST 1")
    whole, broken = stage.measured()[-2:]
    assert (whole, broken) == (
        ("r1|ifAlias:CUST 1", "08:15", "svc-1", 840),
        ("r1|ifAlias:CUST 1", "08:30", "svc-1", 900),
    )
    [exception] = [one for one in stage.records if one["kind"] == "exception"]
    assert exception["reason"] == "interface_renumbered"


def test_a_series_that_no_port_has_is_told_and_unknown(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "services: [svc-1], basis: ifAlias", MATCH % "CUST 1")
    stage.polls(20, ge1="other", ge2="free")
    [alarm] = [one for one in stage.core.book.alarms() if one.type == "usage-series-unbillable"]
    assert 'r1 has no port described "CUST 1"' in alarm.text
    assert {one["reason"] for one in stage.records if one["kind"] == "exception"} == {"series_missing"}
    stage.polls(20, ge1="CUST 1", ge2="CUST 1")
    assert {one["reason"] for one in stage.records if one["kind"] == "exception"} == {
        "series_missing",
        "series_ambiguous",
    }
    assert {one["quality"] for one in stage.records if one["kind"] == "usage"} == {"unknown"}


def test_a_pattern_meters_the_ports_that_there_are(tmp_path: Path) -> None:
    stage = Stage(tmp_path, 'objects: ["r1/if:ge*"]')
    stage.poll(ge1="", xe1="", ge2="")
    assert stage.metered() == [("r1|ifName:ge1", "ge1"), ("r1|ifName:ge2", "ge2")]
    stage.poll(ge1="", xe1="", ge2="", ge3="")
    assert [name for _, name in stage.metered()] == ["ge1", "ge2", "ge3"]


def test_ports_are_named_by_their_descriptions_where_these_are_unique(tmp_path: Path) -> None:
    stage = Stage(tmp_path, 'objects: ["r1/if:*"], basis: ifAlias')
    stage.poll(ge1="A", ge2="B", ge3="B", ge4="")
    assert stage.metered() == [("r1|ifAlias:A", "ge1"), ("r1|ifAlias:B", "")]


def test_at_one_time_a_port_serves_one_service(tmp_path: Path) -> None:
    stage = Stage(tmp_path, 'services: ["svc-*"]', MATCH % "{re: CUST .}", MATCH % "{re: CUST 1.*}")
    stage.poll(ge1="CUST 1", ge2="free")
    assert [(one.series, one.service) for one in stage.told] == [("r1|ifName:ge1", "svc-1")]
    [told] = [words for (_, service, _), words in stage.core.members._told.items() if service == "svc-2"]
    assert told == "r1/if:ge1, which serves svc-1"


@pytest.mark.parametrize("restarted", [False, True])
def test_what_the_last_rule_of_an_element_metered_is_measured_to_the_boundary(tmp_path: Path, restarted: bool) -> None:
    stage = Stage(tmp_path, 'objects: ["r1/if:*"]')
    stage.polls(20, "ge1", ge1="")
    stage.reload("")
    stage.poll("ge1", ge1="")
    [left] = stage.told
    assert (left.name, left.valid_to) == ("ge1", START + 2 * QUARTER)
    if restarted:
        stage.restart()
    stage.polls(20, "ge1", ge1="")
    assert [(quarter, covered) for _, quarter, _, covered in stage.measured()] == [("08:15", 900)]
    assert stage.told == stage.core.metered.assignments == ()
    assert stage.core.metered.dump() == []


@pytest.mark.parametrize("restarted", [False, True])
def test_what_two_rules_mean_is_told_alike_after_a_restart(tmp_path: Path, restarted: bool) -> None:
    rule = 'services: [svc-1]}, {id: all, feed: main, objects: ["r1/if:*"]'
    stage = Stage(tmp_path, rule, 'object: "r1/if:ge1"')
    stage.poll(ge1="")
    stage.core.step(run("r1", stage.at, {"ifTable": {"1": {"ifName": b"ge1", "ifAlias": b""}, **GE2}}))
    if restarted:
        stage.restart()
    stage.twice.clear()
    stage._take(stage.core.step(Tick(stage.at)))
    assert stage.twice == ["r1|ifName:ge1 of all has by-text"]


def test_a_rule_leaves_what_another_one_has(tmp_path: Path) -> None:
    rule = 'services: [svc-1]}, {id: all, feed: main, objects: ["r1/if:*"]'
    stage = Stage(tmp_path, rule, 'object: "r1/if:ge1"')
    stage.poll(ge1="", ge2="")
    assert [(one.series, one.rule) for one in stage.told] == [("r1|ifName:ge2", "all")]
    assert stage.core.metered.twice == ["r1|ifName:ge1 of all has by-text"]
