"""Paths that are no API: the dashboard's page and files, sign-in and sign-out."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from netmon.web.auth import signed_in
from netmon.web.context import Web
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


def _for_signed_in(web: Web, files: StaticFiles) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        if await signed_in(web.callers, request) is None:
            return to_login(request)
        return await files.page(request)

    return page
