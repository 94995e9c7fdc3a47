"""Saved views: one's own, those that are shared, and what is refused."""

from typing import Any

import httpx
import pytest

from netmon.storage.account import AddOperator, AddToken, Operator
from netmon.web.tokens import make_token
from tests.web.site import Site

pytestmark = pytest.mark.slow


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
        ("a%2Fb", "ann", {}, 400, "the name holds a slash, or a character that cannot be shown"),
        ("a/b", "ann", {}, 400, "the name holds a slash"),
        ("night%00", "ann", {}, 400, "a character that cannot be shown"),
        ("night%E2%80%AEfdp", "ann", {}, 400, "a character that cannot be shown"),
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
    by_name = await site.client.delete("/api/v1/views/shared?operator=ann", headers=site.headers["vic"])
    assert (by_name.status_code, by_name.json()["detail"]) == (403, "role viewer may not remove views of others")


async def test_an_admin_removes_what_others_share_and_nothing_else(site: Site) -> None:
    text, token = make_token("root", "admin", now=1)
    await site.engine.store.account(AddOperator(Operator("root", "admin", "", 1)), AddToken(token))
    admin = {"Authorization": f"Bearer {text}"}
    await put(site, "night", shared=True)
    await put(site, "mine")
    assert (await site.client.delete("/api/v1/views/mine?operator=ann", headers=admin)).status_code == 403
    text, token = make_token("root", "read admin", now=1)
    await site.engine.store.account(AddToken(token))
    admin = {"Authorization": f"Bearer {text}"}
    assert (await site.client.delete("/api/v1/views/mine?operator=ann", headers=admin)).status_code == 404
    assert (await site.client.delete("/api/v1/views/night", headers=admin)).status_code == 404
    assert (await site.client.delete("/api/v1/views/night?operator=ann", headers=admin)).status_code == 204
    assert await names(site, "ann") == [("ann", "mine")]
    row = next(row for row in site.engine.store.audit(action="delete-view") if row.result == "done")
    assert (row.user, row.targets) == ("root", ("ann", "night"))
