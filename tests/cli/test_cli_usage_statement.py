"""``netmon usage statement``: a contract of the rules, its period, and the committed records."""

import json
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.usage import UsageSettled
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch
from tests import command_line
from tests.usage.metered import SERIES, START, assignment
from tests.usage.test_statement import DAY, EVENING, NOON, OTHER, changing, metered, octets

MEMBER = {"object": "r1/if:xe-0/0/1", "facing": "customer", "valid_from": "2026-03-02T00:00:00Z"}
INVENTORY = {
    "version": 1,
    "elements": [{"id": "r1", "addresses": ["192.0.2.1"]}],
    "services": [{"id": "svc-1", "members": [MEMBER]}],
}
CONTRACTS = [
    {"id": "c-1", "period": "day", "method": "percentile", "committed_bps": 5_000},
    {"id": "c-9", "zone": "Europe/Berlin", "billing_day": 31},
]
METERING = {
    "version": 1,
    "metering": [{"id": "ports", "services": ["svc-1"], "feed": "main", "contract": "c-1"}],
    "contracts": CONTRACTS,
}


@pytest.fixture(autouse=True)
async def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("inventory.yaml").write_text(json.dumps(INVENTORY))
    Path("metering.yaml").write_text(json.dumps(METERING))
    Path("config.yaml").write_text("{data_dir: state, inventory: inventory.yaml, rules: [metering.yaml]}\n")
    Path("state").mkdir()
    store = open_store(Path("state/netmon.db"))
    await store.commit(Batch(1, 1, START + DAY, (), records=tuple(metered(busy=14))))
    store.close()


def call(*words: str) -> Any:
    return command_line.call("usage", "statement", *words, "--config", "config.yaml")


def test_a_statement_has_the_figures_of_the_period_and_names_how_they_were_made() -> None:
    told = json.loads(call("--contract", "c-1", "--period", "2026-03-02", "--json").stdout)
    assert (told["value_bps"], told["rank"], told["committed_bps"], told["billable"]) == (16_000, 274, 5_000, "yes")
    assert (told["start"], told["end"]) == ("2026-03-02T00:00:00.000Z", "2026-03-03T00:00:00.000Z")
    assert (told["octets_in"], SERIES in told["series"]) == (str(2 * octets(START + DAY, 14)), True)
    assert told["tzdata"]
    table = call("--contract", "c-1", "--period", "2026-03-02").stdout.splitlines()
    assert ["billable", "yes"] in [line.split() for line in table]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--contract", "c-8", "--period", "2026-03-02"), "--contract: unknown contract 'c-8'"),
        (("--contract", "c-1", "--period", "2026-03"), "--period: '2026-03' is no day (write 2026-03-02)"),
        (("--contract", "c-9", "--period", "2026-03"), "contract c-9 is of no metering rule: give --feed"),
    ],
)
def test_wrong_use_is_one_line(words: tuple[str, ...], told: str) -> None:
    result = call(*words)
    assert (result.exit_code, told in result.stderr) == (2, True), result.stderr


def test_a_period_without_a_record_is_not_known_and_needs_a_review() -> None:
    result = call("--contract", "c-9", "--period", "2026-02", "--feed", "main", "--json")
    told = json.loads(result.stdout)
    assert (told["start"], told["end"]) == ("2026-02-27T23:00:00.000Z", "2026-03-30T22:00:00.000Z")
    assert (told["octets_in"], told["billable"]) == (None, "review")


async def test_a_port_that_left_is_no_part_as_far_as_the_feed_states_to_be_complete() -> None:
    Path("config.yaml").write_text("{data_dir: left, inventory: inventory.yaml, rules: [metering.yaml]}\n")
    Path("left").mkdir()
    store = open_store(Path("left/netmon.db"))
    records = tuple(changing(assignment(OTHER, valid_to=NOON)))
    settled = (UsageSettled("main", EVENING, 0), UsageSettled("main", NOON, 0))
    await store.commit(Batch(1, 1, START + DAY, (), records=records, settled=settled))
    store.close()
    told = json.loads(call("--contract", "c-1", "--period", "2026-03-02", "--json").stdout)
    assert (told["n_valid"], told["billable"]) == (288 * 3 // 4, "review")
