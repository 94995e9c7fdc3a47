"""Billing acknowledges files and has them delivered once more, over the web process and the unix socket."""

from tests.web.test_usage_native import desk, told

__all__ = ["desk", "told"]


async def test_an_acknowledgment_by_the_api_is_cumulative_and_again_changes_nothing(told):
    [third, second, _] = await told.files()
    answer = await told.post("ack", through_file_seq=2, sha256=second["sha256"])
    assert answer.json() == {"feed": "main", "through_file_seq": 2, "acknowledged": 2}
    assert (await told.post("ack", through_file_seq=1)).json()["acknowledged"] == 0
    [feed] = (await told.get("feeds"))["feeds"]
    assert (feed["acknowledged"], feed["waiting"], feed["waiting_since"]) == (2, 1, third["published"])
    rows = {row["file_seq"]: row["acknowledged"] is not None for row in await told.files()}
    assert rows == {1: True, 2: True, 3: False}
    [row] = told.made.store.audit(user="billing", action="acknowledge-usage-files", limit=1)
    assert row.result == "done"


async def test_a_wrong_hash_is_a_conflict_and_no_file_is_not_found(told):
    answer = await told.post("ack", through_file_seq=2, sha256="0" * 64)
    assert answer.status_code == 409
    assert "nothing was acknowledged" in answer.text
    assert (await told.post("ack", through_file_seq=9)).status_code == 404
    assert (await told.post("ack", through_file_seq=2, sha256="no hash")).status_code == 400
    [feed] = (await told.get("feeds"))["feeds"]
    assert (feed["acknowledged"], feed["waiting"]) == (0, 3)


async def test_who_only_reads_may_not_acknowledge(told):
    async with told.made.client(token=await told.made.token("viewer", "read")) as client:
        path = "/api/v1/usage/feeds/main/ack"
        assert (await client.post(path, json={"through_file_seq": 1})).status_code == 403


async def test_what_is_lost_is_delivered_again_by_the_api(told):
    name = (await told.files())[1]["name"]
    octets = (told.out / name).read_bytes()
    (told.out / name).unlink()
    answer = await told.post("redeliver", **{"from": 1, "to": 3})
    assert [(one["file_seq"], one["outcome"]) for one in answer.json()] == [
        (1, "stands"),
        (2, "written"),
        (3, "stands"),
    ]
    assert (told.out / name).read_bytes() == octets
