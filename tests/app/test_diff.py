"""Two rule sets over the same recorded hours: exactly the alarms that differ, and what of the rules did it."""

import json
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from netmon.app.diff import Diff, diff
from netmon.app.history import At, LogIncomplete
from netmon.app.rule_sets import rule_set
from netmon.cli.rule_diff import lines
from netmon.config.load import load
from netmon.config.rules import judge
from netmon.config.shipped import shipped
from netmon.domain.inventory import Element
from netmon.storage.sqlite.retention import Limits
from tests.app.hours import AUTHENTICATION_FAILURE, COLD_START, LINK_DOWN, LINK_UP, START, Hours, link, tick, trap
from tests.command_line import call
from tests.mibs import shipped_names
from tests.storage.batches import poll

pytestmark = pytest.mark.slow

OLD = """
version: 1
rules:
  - id: link-down
    type: link-alarm
    raise: {trap: IF-MIB::linkDown, for: 3s}
    clear: {trap: IF-MIB::linkUp}
    object: "if:{vb.ifIndex}"
    severity: major
    text: "{object.name} is down"
    hides: [parts]
    flap: true
  - id: wrong-community
    raise: {trap: SNMPv2-MIB::authenticationFailure}
    clear: {after: 15m}
    severity: warning
    text: refused
"""
NEW = (
    OLD.replace("for: 3s", "for: 10s").replace("severity: warning", "severity: minor")
    + """
  - id: cold
    raise: {trap: SNMPv2-MIB::coldStart}
    clear: {after: 1m}
    severity: minor
    text: cold
"""
)
NONE = "version: 1\n"
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-rule.md"
MINUTE = 60_000


def written(hours: Hours, name: str, text: str) -> Path:
    path = hours.folder / name
    path.write_text(dedent(text))
    return path


async def outages(hours: Hours) -> None:
    """Record three outages of 5 s and one of a minute, a wrong community, a cold start."""
    await hours.begin(OLD, Element("r1", ("192.0.2.1",)), Element("r2", ("192.0.2.2",)))
    happens = {
        10_000: (link(10_000, LINK_DOWN, 1), link(10_100, LINK_DOWN, 2), link(10_200, LINK_DOWN, 1, element="r2")),
        15_000: (link(15_000, LINK_UP, 1), link(15_100, LINK_UP, 2), link(15_200, LINK_UP, 1, element="r2")),
        60_000: (link(60_000, LINK_DOWN, 3), trap(60_100, AUTHENTICATION_FAILURE)),
        120_000: (link(120_000, LINK_UP, 3), trap(120_100, COLD_START, element="r2")),
    }
    for at in range(1_000, 300_000, 1_000):
        await hours.take(tick(at), *happens.get(at, ()), snapshot=at == 5_000)


def compared(hours: Hours, old: str, new: str, **how: object) -> Diff:
    loaded = hours.loaded()
    sets = [rule_set(loaded, written(hours, name, text)) for name, text in (("old.yaml", old), ("new.yaml", new))]
    return diff(hours.database, shipped_names(), *sets, **how)  # type: ignore[arg-type]


async def test_exactly_what_is_gained_lost_and_changed(hours: Hours) -> None:
    await outages(hours)
    found = compared(hours, OLD, NEW)
    told = list(lines(found))
    assert told[:4] == [
        "4m59s, 312 observations                           gained   lost  changed",
        "  cold                                                 1      0        0   (1 gained: the rule is new)",
        "  link-down                                            0      3        0"
        "   (3 lost: held off by for: 10s, was 3s)",
        "  wrong-community                                      0      0        1"
        "   (1 changed: severity: minor, was warning)",
    ]
    assert told[4:] == [
        'lost    2026-01-01T09:00:10Z  r1/if:#1  link-down  major  "#1 is down"   because #19',
        'lost    2026-01-01T09:00:10Z  r1/if:#2  link-down  major  "#2 is down"   because #20',
        'lost    2026-01-01T09:00:10Z  r2/if:#1  link-down  major  "#1 is down"   because #20',
        "changed 2026-01-01T09:01:00Z  r1  wrong-community  minor  minor, was warning   because #71",
        'gained  2026-01-01T09:02:00Z  r2  cold  minor  "cold"   because #133',
    ]


async def test_the_same_rules_differ_in_nothing(hours: Hours) -> None:
    await outages(hours)
    found = compared(hours, OLD, OLD.replace("\n  - id", "\n\n  # another place\n  - id"))
    assert found.differences == ()
    assert list(lines(found))[1] == "  no difference"


async def test_what_begins_later_counts_from_there_on(hours: Hours) -> None:
    await outages(hours)
    found = compared(hours, OLD, NEW, begin=At(START + 100_000))
    assert [(one.difference.verdict, one.difference.told.rule) for one in found.differences] == [
        ("changed", "wrong-community"),
        ("gained", "cold"),
    ]


async def test_a_rule_that_is_gone_and_a_limit(hours: Hours) -> None:
    await outages(hours)
    gone = OLD.partition("  - id: wrong")[0]
    limited = compared(hours, gone, gone.replace("severity", "limit: 1\n    severity").replace("for: 3s", "for: 0s"))
    lost = [(one.difference.key[0], one.why) for one in limited.differences if one.difference.verdict == "lost"]
    assert lost == [("r1/if:#2", "over limit: 1, was absent"), ("r2/if:#1", "over limit: 1, was absent")]
    found = compared(hours, OLD, gone)
    assert [(one.difference.verdict, one.why) for one in found.differences] == [("lost", "the rule is gone")]


async def test_the_command_exits_with_1_and_gives_an_object_per_alarm(hours: Hours) -> None:
    await outages(hours)
    old, new = written(hours, "old.yaml", OLD), written(hours, "new.yaml", NEW)
    words = ("rules", "diff", str(old), str(new), "--last", "10m", "--config", str(hours.config))
    answer = call(*words, "--json")
    assert (answer.exit_code, answer.stderr) == (1, "")
    told = json.loads(answer.stdout)
    assert [(one["verdict"], one["key"]) for one in told["alarms"]] == [
        ("lost", "r1/if:#1|link-alarm|"),
        ("lost", "r1/if:#2|link-alarm|"),
        ("lost", "r2/if:#1|link-alarm|"),
        ("changed", "r1|wrong-community|"),
        ("gained", "r2|cold|"),
    ]
    assert told["alarms"][0]["new"] is None
    assert told["alarms"][0]["old"]["alarm_id"] == told["alarms"][0]["alarm_id"]
    assert call(*words[:3], str(old), *words[4:]).exit_code == 0
    both = call(*words, "--from", "3")
    assert (both.exit_code, both.stderr) == (2, "netmon: --last and --from or --to at once\n")


def changes_of_shipped_rules() -> str:
    """Return the example of the how-to; it turns ``auth-failure`` off, too."""
    [example] = [block for block in HOW_TO.read_text().split("```") if block.startswith("yaml\n# rules/changes.yaml")]
    return example.removeprefix("yaml\n")


async def test_entries_with_the_id_of_a_shipped_rule_change_that_one_as_they_do_when_they_run(hours: Hours) -> None:
    await hours.begin(OLD)
    for at in (1_000, 2_000, 3_000):
        await hours.take(tick(at), trap(at, AUTHENTICATION_FAILURE))
    await hours.take(tick(10_000))
    text = changes_of_shipped_rules()
    found = compared(hours, NONE, text)
    told = [(one.difference.verdict, one.difference.told.rule, one.why) for one in found.differences]
    assert told == [("lost", "auth-failure", "enabled: false, was absent")]
    plain, new = hours.folder / "old.yaml", hours.folder / "new.yaml"
    hours.config.write_text(f"{hours.config.read_text()}rules: [{new.name}]\n")
    tried = rule_set(hours.loaded(), new)
    assert tried.judged.compiled.canonical == judge(load(hours.config)).compiled.canonical
    assert tried.rules().keys() == rule_set(hours.loaded(), plain).rules().keys()
    replayed = call("replay", "--rules", str(new), "--config", str(hours.config))
    assert (replayed.exit_code, replayed.stderr) == (0, "")


async def test_a_whole_entry_leaves_the_other_rules_of_the_shipped_file_as_they_are(hours: Hours) -> None:
    await hours.begin(OLD)
    ids = {"link-down", "lag-degraded", "redundancy-lost"}
    assert ids <= rule_set(hours.loaded(), written(hours, "old.yaml", OLD)).rules().keys()


async def test_a_changed_copy_of_the_shipped_rules_can_be_tried(hours: Hours) -> None:
    await hours.begin(OLD)
    copy = hours.folder / "rules.new"
    shutil.copytree(shipped("rules"), copy)
    file = copy / "correlation" / "security.yaml"
    file.write_text(file.read_text().replace("count: 3", "count: 5"))
    tried, plain = rule_set(hours.loaded(), copy).rules(), rule_set(hours.loaded(), shipped("rules")).rules()
    assert {id_ for id_, rule in tried.items() if rule != plain.get(id_)} == {"auth-failure"}
    assert tried.keys() == plain.keys()


async def test_where_samples_are_gone_it_refuses_or_is_marked(hours: Hours) -> None:
    await outages(hours)
    await hours.take(tick(300_000), poll(1), snapshot=True)
    await hours.take(tick(900_000), poll(2), snapshot=True)
    await hours.take(tick(901_000), snapshot=True)
    while await hours.store.retire(START + 902_000, Limits(polls_ms=MINUTE)):
        pass
    with pytest.raises(LogIncomplete, match=r"^samples are kept since 2026-01-01T09:16Z; start there or add"):
        compared(hours, OLD, NEW, last_ms=850_000)
    found = compared(hours, OLD, NEW, last_ms=850_000, samples=False)
    assert ", without samples " in next(lines(found))


async def test_rules_with_errors_are_told_and_not_run(hours: Hours) -> None:
    await hours.begin(OLD)
    broken = written(hours, "broken.yaml", OLD.replace("severity: warning", "severity: bad"))
    answer = call("rules", "diff", str(broken), str(broken), "--config", str(hours.config))
    assert answer.exit_code == 1
    assert "unknown severity 'bad'" in answer.stderr
