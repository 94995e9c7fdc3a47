"""Paths that are no API: the dashboard's page and files, sign-in and sign-out."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from netmon.web.auth import signed_in
from netmon.web.context import Web
from netmon.web.error import not_routed
from netmon.web.login import Login, to_login
from netmon.web.static_files import StaticFiles

PAGES = (
    "/",
    "/alarms",
    "/alarms/{id}",
    "/elements",
    "/elements/{element:path}",
    "/explore",
    "/services",
    "/usage",
    "/system",
)
"""Paths of the dashboard: all are the same page."""


_FOR_PROGRAMS = ("/api/", "/tmf-api/", "/static/")


def pages(web: Web, files: StaticFiles) -> list[BaseRoute]:
    """Return the routes."""
    login = Login(web, files)
    page = _for_signed_in(web, files)
    return [
        Route("/login", login.show),
        Route("/login", login.sign_in, methods=["POST"]),
        Route("/logout", login.sign_out, methods=["POST"]),
        Route("/static/{path:path}", files.file),
        *(Route(path, page) for path in PAGES),
    ]


def no_such_page(web: Web, files: StaticFiles) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers 404 to a person with a page, which has a way on, and to a program with an error."""
    page = _for_signed_in(web, files)

    async def answer(request: Request, error: Exception) -> Response:
        by_program = request.url.path.startswith(_FOR_PROGRAMS) or "text/html" not in request.headers.get("accept", "")
        if request.method != "GET" or by_program:
            return await not_routed(request, error)
        shown = await page(request)
        if shown.status_code == HTTPStatus.OK:
            shown.status_code = HTTPStatus.NOT_FOUND
        return shown

    return answer


def _for_signed_in(web: Web, files: StaticFiles) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        if await signed_in(web.callers, request) is None:
            return to_login(request)
        return await files.page(request)

    return page
