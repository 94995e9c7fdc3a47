"""Which scores are run, and which fell."""

import json
from pathlib import Path

import pytest

from tests.field.__main__ import main
from tests.field.choice import ALL, Choice
from tests.field.floor import FLOOR, missed
from tests.field.sheet import Sheet


def scored(**counts: tuple[int, int]) -> Sheet:
    sheet = Sheet()
    for name, (passed, total) in counts.items():
        sheet.counts[f"recordings.{name}"] = [passed, total]
    return sheet


def test_scores_are_chosen_by_name_or_by_part():
    choice = Choice(["recordings", "traps.named"])
    assert choice.of()[:2] == ("recordings.port", "recordings.system")
    assert choice.of()[-1] == "traps.named"
    assert choice.any("traps")
    assert not choice.any("walks")
    assert Choice().of() == ALL
    assert Choice(["recording"]).unknown == ["recording"]


def test_only_what_was_asked_for_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path), "--only", "pcap", "usage.outage"], tmp_path / "build") == 0
    assert capsys.readouterr().out.splitlines() == ["pcap.safe: 0/0", "usage.outage: 0/0"]
    assert main([str(tmp_path), "--only", "pcaps"], tmp_path / "build") == 2
    assert "no such score: pcaps" in capsys.readouterr().err


def test_a_score_below_its_floor_is_told(tmp_path: Path):
    floor = tmp_path / "floor.json"
    floor.write_text(json.dumps({"recordings.port": "9/10", "recordings.bgp": "1/1", "recordings.entity": "1/2"}))
    assert list(missed(scored(port=(90, 100), entity=(49, 100)), floor)) == [
        "recordings.entity fell below its floor: 49/100, floor 1/2"
    ]


def test_the_floors_are_of_known_scores():
    assert set(json.loads(FLOOR.read_text())) <= set(ALL)
