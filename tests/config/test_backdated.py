"""A port metered since long ago: its owner is told how many records say ``unknown`` before the first start."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.judging import judged

CONFIG = """\
version: 1
data_dir: data
inventory:
  elements: [{id: r1, addresses: [192.0.2.1]}]
  services:
    - {id: s1, members: [{object: "r1/if:a", facing: customer, valid_from: SINCE}]}
rules: [usage.yaml]
usage: {feeds: [{id: main}]}
"""
METERING = "version: 1\nmetering:\n  - {id: all, services: [s1], feed: main}\n"


def warnings(folder: Path, *, days: int) -> list[str]:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = f"{midnight - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    (folder / "config.yaml").write_text(CONFIG.replace("SINCE", since))
    (folder / "usage.yaml").write_text(METERING)
    found = judged(folder / "config.yaml")
    assert found.errors == ()
    return [problem.message for problem in found.problems if "unknown come first" in problem.message]


def test_a_port_metered_since_ten_days_draws_one_warning_at_its_place(tmp_path: Path) -> None:
    (told,) = warnings(tmp_path, days=10)
    number = int(told.removeprefix("r1/if:a: ").split()[0].replace(",", ""))
    assert 10 * 96 <= number <= 11 * 96


def test_a_port_metered_since_today_draws_none(tmp_path: Path) -> None:
    assert warnings(tmp_path, days=0) == []


@pytest.mark.slow
def test_where_netmon_has_recorded_already_there_is_nothing_to_warn_of(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/netmon.db").touch()
    assert warnings(tmp_path, days=10) == []
