"""Saved views: one's own, those that are shared, and what is refused."""

from typing import Any

import httpx
import pytest

from tests.web.site import Site


async def put(site: Site, name: str, *, who: str = "ann", **body: Any) -> httpx.Response:
    return await site.client.put(f"/api/v1/views/{name}", json=body, headers=site.headers[who])


async def names(site: Site, who: str) -> list[tuple[str, str]]:
    answer = await site.client.get("/api/v1/views", headers=site.headers[who])
    return [(one["operator"], one["name"]) for one in answer.json()["views"]]


async def test_own_and_shared(site: Site) -> None:
    assert (await put(site, "backbone", filter="element:core*", sort="-raised", shared=True)).status_code == 200
    assert (await put(site, "mine", filter="owner:ann", columns=["site", "rule"])).status_code == 200
    assert (await put(site, "vics", who="vic", filter="")).status_code == 200
    assert await names(site, "ann") == [("ann", "backbone"), ("ann", "mine")]
    assert await names(site, "vic") == [("ann", "backbone"), ("vic", "vics")]
    view = await site.get("views/backbone")
    assert (view["filter"], view["sort"], view["shared"]) == ("element:core*", "-raised", True)
    await put(site, "backbone", filter="element:edge*")
    assert await names(site, "vic") == [("vic", "vics")]
    assert (await site.get("views/backbone"))["filter"] == "element:edge*"
    gone = await site.client.delete("/api/v1/views/backbone")
    assert (gone.status_code, gone.content) == (204, b"")
    assert await names(site, "ann") == [("ann", "mine")]


@pytest.mark.parametrize(
    ("name", "who", "body", "status", "detail"),
    [
        ("x", "vic", {"shared": True}, 403, "role viewer may not share views"),
        ("x" * 65, "ann", {}, 400, "longer than 64 characters"),
        ("x", "ann", {"filter": "sevrity:major"}, 400, 'filter: unknown key "sevrity"; did you mean "severity"?'),
        ("x", "ann", {"colour": 1}, 400, 'unknown member "colour"'),
    ],
)
async def test_refused(site: Site, name: str, who: str, body: dict[str, Any], status: int, detail: str) -> None:
    answer = await put(site, name, who=who, **body)
    assert (answer.status_code, detail in answer.json()["detail"]) == (status, True), answer.text
    assert await names(site, who) == []


async def test_unknown_and_others(site: Site) -> None:
    await put(site, "shared", shared=True)
    assert (await site.client.get("/api/v1/views/none")).status_code == 404
    other = await site.client.delete("/api/v1/views/shared", headers=site.headers["vic"])
    assert other.status_code == 404
    assert await names(site, "vic") == [("ann", "shared")]
