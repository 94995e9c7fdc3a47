"""Of alarms that traps raise and no poll looks at ``netmon check`` warns (specs/alarms.md 2)."""

from pathlib import Path

import pytest

from tests import judging

RAISED = "raise: {trap: linkDown}, clear: {trap: linkUp}"
POLLED = "raise: {state: reachability, when: state == down}, clear: {state: reachability, when: state == up}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("version: 1\ndata_dir: data\nrules: [site.yaml]\n")


def warned(*rules: str) -> list[str]:
    lines = [f"  - {{{rule}}}\n" for rule in rules]
    defaults = "defaults: {severity: major, text: t, probable_cause: lossOfSignal}\n"
    Path("site.yaml").write_text(f"version: 1\nrules:\n{''.join(lines)}{defaults}")
    judged = judging.judged(Path("config.yaml"))
    assert judged.errors == ()
    return [str(one) for one in judged.problems if "no poll" in one.message]


def test_a_type_that_traps_alone_raise_is_told_once_at_its_first_rule():
    told = warned(f"id: a-down, type: a-type, {RAISED}", f"id: a-late, type: a-type, {RAISED}")
    assert told == [
        "site.yaml:3:5: rule 'a-down': no poll looks whether 'a-type' still holds, so a lost trap leaves it "
        "standing (write a rule of this type on a state or a metric, or 'clear: {after: 1d}')"
    ]


@pytest.mark.parametrize(
    "rules",
    [
        [f"id: a-down, type: a-type, {RAISED}", f"id: a-polled, type: a-type, {POLLED}"],
        ["id: a-down, raise: {trap: linkDown}, clear: {after: 1d}"],
        ["id: a-down, raise: {trap: linkDown, count: 5, within: 5m}, clear: {below: 2}"],
        [f"id: a-polled, {POLLED}"],
        ["id: a-changed, raise: {event: hardware_changed}, clearable: true"],
        ["id: link-down, severity: minor"],
        [f"id: a-down, enabled: false, {RAISED}"],
    ],
    ids=["polled too", "ends by itself", "counted", "polled", "found by polls", "a shipped one", "off"],
)
def test_others_are_not(rules: list[str]):
    assert warned(*rules) == []
