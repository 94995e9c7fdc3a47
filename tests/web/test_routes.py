"""No path of an API is declared but by ``@operation``; what is no API is in the list of pages."""

import ast
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

import netmon.web
from netmon.web.document import described
from netmon.web.pages import PAGES
from netmon.web.server import OPERATIONS
from tests.web.served import Served, served

NO_API = {*PAGES, "/login", "/logout", "/static/{path:path}"}
MAKE_ROUTES = {"pages.py", "routes.py"}
"""Where a route is made: of the pages, and of operations."""


async def test_every_route_has_an_operation(tmp_path: Path) -> None:
    declared = {(path, one.method) for one in described(OPERATIONS) for path in one.paths}
    async with served(tmp_path) as web:
        routes = [route for route in starlette(web).routes if isinstance(route, Route)]
        assert len(routes) == len(starlette(web).routes)
    answered = {(route.path, method) for route in routes for method in route.methods or ()}
    assert {one for one in answered if one[1] != "HEAD" and one[0] not in NO_API} == declared
    assert not [path for path in NO_API if path.startswith(("/api/", "/tmf-api/"))]


def test_no_other_file_makes_a_route() -> None:
    folder = Path(netmon.web.__file__).parent
    making = {
        path.name
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr) in ("Route", "Mount", "add_route", "Router")
    }
    assert making == MAKE_ROUTES


def starlette(web: Served) -> Starlette:
    """Return the app within its middleware."""
    app = web.app
    while not isinstance(app, Starlette):
        app = app._app  # type: ignore[attr-defined]
    return app
