"""Who may do what: the table of roles and scopes cell by cell, and every operation against it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import pytest

from netmon.web.callers import Who
from netmon.web.document import described
from netmon.web.openapi import Operation
from netmon.web.rights import ROLES, Right, may, rights_of
from netmon.web.server import OPERATIONS
from tests.web.served import ROLES as ACCOUNTS
from tests.web.served import Served, served
from tests.web.test_security import filled

pytestmark = pytest.mark.slow

TABLE = """
right     | viewer | operator | billing | admin
read      | x      | x        | x       | x
operate   |        | x        |         | x
usage     |        |          | x       | x
admin     |        |          |         | x
wallboard | x      | x        | x       | x
"""
HEAD, *LINES = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
CELLS = [(line[0], role, line[HEAD.index(role)] == "x") for line in LINES for role in HEAD[1:]]
EVERYTHING = described(OPERATIONS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rights")


@pytest.fixture
async def web(folder: Path) -> AsyncIterator[Served]:
    async with served(folder) as made:
        yield made


def allowed(right: str, role: str) -> bool:
    return next(good for known, of, good in CELLS if (known, of) == (right, role))


def test_the_table_is_whole() -> None:
    assert {right for right, _, _ in CELLS} == set(get_args(Right))
    assert {role for _, role, _ in CELLS} == set(ROLES) == set(ACCOUNTS)


@pytest.mark.parametrize(("right", "role", "good"), CELLS)
def test_cell(right: Right, role: str, *, good: bool) -> None:
    assert may(Who("x", role, rights_of(role), "session", ""), right) is good
    # A token of that scope never has more than its owner.
    assert may(Who("x", role, rights_of(role, right), "token", ""), right) is good
    others = rights_of(role, right) - {right}
    assert others == frozenset()


def test_an_unknown_role_or_scope_has_no_rights() -> None:
    assert rights_of("root") == frozenset()
    assert rights_of("admin", "everything") == frozenset()


@pytest.mark.parametrize("one", EVERYTHING, ids=lambda one: one.name)
async def test_every_operation_asks_the_table(web: Served, one: Operation) -> None:
    assert one.role
    what = one.summary[:1].lower() + one.summary[1:]
    path = f"{filled(one.paths[0])}?no-such-parameter=1"
    for role in ACCOUNTS:
        for scope in get_args(Right):
            async with web.client(token=await web.token(role, scope)) as client:
                answer = await client.request(one.method, path, headers={"Content-Type": "application/json"})
            told = answer.json().get("detail") or answer.json().get("message")
            reads_all = one.role == "wallboard" and scope == "read"
            if (scope == one.role or reads_all) and allowed(one.role, role):
                assert answer.status_code not in (401, 403), (role, scope)
            elif allowed(one.role, role):
                assert (answer.status_code, told) == (403, f"a token with scope {scope} may not {what}")
            else:
                assert (answer.status_code, told) == (403, f"role {role} may not {what}")
