"""``GET /api/v1/usage/statements`` says what ``netmon usage statement`` says, and refuses in words what it cannot."""

import json

import pytest

from tests import command_line
from tests.cli.test_cli_usage_statement import INVENTORY, METERING
from tests.storage.batches import batch
from tests.usage.test_statement import metered
from tests.web.served import served


@pytest.fixture
async def client(tmp_path):
    (tmp_path / "inventory.yaml").write_text(json.dumps(INVENTORY))
    (tmp_path / "metering.yaml").write_text(json.dumps(METERING))
    config = "inventory: inventory.yaml\nrules: [metering.yaml]\n"
    async with served(tmp_path, usage=config) as made:
        await made.store.commit(batch(1, 1, records=tuple(metered(busy=14))))
        async with made.client(token=await made.token("viewer", "read")) as client:
            yield client


async def stated(client, **query):
    return await client.get("/api/v1/usage/statements", params=query)


async def test_it_is_that_of_the_command_line(client, tmp_path):
    answer = await stated(client, contract="c-1", period="2026-03-02")
    words = ("statement", "--contract", "c-1", "--period", "2026-03-02", "--json", "--config")
    told = command_line.call("usage", *words, str(tmp_path / "feeds.yaml"))
    assert (answer.status_code, answer.json()) == (200, json.loads(told.stdout))
    assert (answer.json()["value_bps"], answer.json()["n_expected"]) == (16_000, 288)


async def test_what_cannot_be_stated_is_told(client):
    for query, status, told in (
        ({"contract": "c-8", "period": "2026-03-02"}, 404, "unknown contract 'c-8'"),
        ({"contract": "c-1", "period": "2026-03"}, 400, "'2026-03' is no day (write 2026-03-02)"),
        ({"contract": "c-9", "period": "2026-03"}, 400, "contract c-9 is of no metering rule: say which feed"),
        ({"contract": "c-1"}, 400, "period"),
    ):
        answer = await stated(client, **query)
        assert (answer.status_code, told in answer.text) == (status, True), answer.text


async def test_a_feed_may_be_named(client):
    answer = await stated(client, contract="c-9", period="2026-02", feed="main")
    assert (answer.status_code, answer.json()["octets_in"], answer.json()["billable"]) == (200, None, "review")
