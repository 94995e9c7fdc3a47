"""Rules in the log were compiled with MIBs that may be gone at the next start."""

import contextlib
import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from netmon.app.engine import Engine
from netmon.app.ruleset import bare_rules_change
from netmon.app.web import WebProcesses
from netmon.config import yaml
from netmon.config.load import load
from netmon.config.rules import Judged, judge
from netmon.domain.alarm import AlarmChange
from netmon.domain.observation import Observation, RulesChange, Tick
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch
from tests.app.engines import START, linkdown

RULE = """
version: 1
rules:
  - id: acme-fan
    type: acme-fan
    raise: [{trap: "IF-MIB::linkDown", when: "vb.acmeFanStatus == failed"}]
    clear: [{trap: "IF-MIB::linkUp"}]
    severity: major
    probable_cause: equipmentMalfunction
    text: fan failed
"""


def judged(folder: Path) -> Judged:
    config = folder / "config.yaml"
    config.write_text(json.dumps({"version": 1, "node_id": "n1", "data_dir": "data", "web": {"enabled": False}}))
    (folder / "data").mkdir()
    return judge(load(config))


def recorded_rules(folder: Path, made: Judged) -> RulesChange:
    """Return what an engine recorded that had the vendor's MIB."""
    file = folder / "acme.yaml"
    file.write_text(RULE)
    return bare_rules_change([yaml.read(file, name="acme.yaml").document], made.names, START)


@pytest.mark.slow
async def test_recorded_rules_that_do_not_compile_any_more_give_way_to_the_present_ones(tmp_path: Path):
    made = judged(tmp_path)
    assert not made.errors
    recorded = recorded_rules(tmp_path, made)
    with contextlib.closing(open_store(made.loaded.data_dir / "netmon.db")) as store:
        await store.commit(Batch(1, 1, START, (Tick(START), recorded)))
    with capture_logs() as logs:
        engine = Engine(made, WebProcesses())
    try:
        assert any("recorded rules do not compile with the present MIBs" in entry["event"] for entry in logs)
        assert engine.core.seq == 2
        # The present rules decide at once, and follow as an observation of their own: those recorded are others.
        taken: list[Observation] = [linkdown(START + 1, 7)]
        taken += [Tick(START + at) for at in range(1_000, 120_000, 1_000)]
        outputs = [one for observation in taken for one in engine.core.step(observation)]
        changes = [output for output in outputs if isinstance(output, AlarmChange)]
        assert ("raised", "link-down") in [(change.kind, change.after.rule) for change in changes]
        assert engine.core.rules_hash == recorded.hash
    finally:
        engine.close()
