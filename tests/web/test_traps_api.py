"""What the receiver of traps turned away, as the API tells it."""

import pytest

from netmon.sources.traps.rejections import Rejection
from netmon.web.context import now_ms
from tests.web.site import Site

pytestmark = pytest.mark.slow


def turn_away(site: Site) -> None:
    wrong = bytes.fromhex("302602010104067365637265740000")
    for source, reason in (("192.0.2.1", "bad_community"), ("192.0.2.1", "bad_community"), ("192.0.2.2", "malformed")):
        site.engine.elements.turned_away.add(
            Rejection(now_ms(), "default", source, reason, "", wrong)  # type: ignore[arg-type]
        )


async def test_who_was_turned_away_and_why(site: Site) -> None:
    turn_away(site)
    told = await site.get("traps/rejected")
    assert [(one["source"], one["reason"], one["count"]) for one in told["counts"]] == [
        ("192.0.2.1", "bad_community", 2),
        ("192.0.2.2", "malformed", 1),
    ]
    assert told["last"][0]["text"] == "192.0.2.2: malformed: the message breaks the encoding rules of SNMP"
    assert b"secret" not in bytes.fromhex(told["last"][0]["head"])
    books = told["books"]
    parts = ("queued", "duplicates", "discoveries", "rejected", "shed")
    assert books["read"] == sum(books[part] for part in parts)


async def test_one_source_or_one_reason(site: Site) -> None:
    turn_away(site)
    of_one = await site.get("traps/rejected", source="192.0.2.1", limit=1)
    assert (len(of_one["counts"]), len(of_one["last"])) == (1, 1)
    of_reason = await site.get("traps/rejected", reason="malformed")
    assert {one["source"] for one in of_reason["last"]} == {"192.0.2.2"}
    wrong = await site.client.get("/api/v1/traps/rejected?limit=0")
    assert wrong.status_code == 400
