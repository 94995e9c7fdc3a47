"""What a browser loads before the first alarm is on the screen: named at once, packed, and no more than that."""

import gzip
import re
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from netmon.web.static_files import STATIC, StaticFiles

_IMPORT = re.compile(r"^(?:import|export)\s[^;]*?from '(\.[^']+)';|^import '(\.[^']+)';", re.MULTILINE)
_PRELOAD = re.compile(r'<link rel="modulepreload" href="/static/([^"]+)">')
LIBRARIES = {"vendor/preact.js", "vendor/preact-hooks.js", "vendor/htm.js"}
MOST_PACKED = 72_000
"""Octets of our own modules and styles, packed: more belongs into a part that is loaded later."""


def imported(module: Path, found: set[Path]) -> set[Path]:
    """Return a module and all that it imports before it runs."""
    found.add(module)
    for one, other in _IMPORT.findall(module.read_text()):
        path = (module.parent / (one or other)).resolve()
        if path not in found:
            imported(path, found)
    return found


def first() -> list[Path]:
    return sorted(imported(STATIC / "app.js", set()))


def test_the_page_names_every_module_that_it_begins_with_so_that_none_waits_for_another() -> None:
    named = _PRELOAD.findall((STATIC / "index.html").read_text())
    own = [name for name in named if not name.startswith("vendor/")]
    assert own == [str(path.relative_to(STATIC)) for path in first()]
    assert {name for name in named if name.startswith("vendor/")} == LIBRARIES


def test_charts_are_not_loaded_before_one_is_shown() -> None:
    assert not any("uplot" in path.read_text() for path in first())


def test_the_first_load_is_small() -> None:
    styles = [STATIC / name for name in ("netmon.css", "list.css", "pages.css", "index.html")]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in (*first(), *styles)) < MOST_PACKED


async def test_texts_are_packed_and_say_so() -> None:
    app = Starlette(routes=[Route("/static/{path:path}", StaticFiles().file)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://netmon.test") as client:
        await ask(client)


async def ask(client: httpx.AsyncClient) -> None:
    for name in ("app.js", "netmon.css", "icon.svg", "vendor/preact.js", "vendor/inter-latin-wght-normal.woff2"):
        plain = await client.get(f"/static/{name}", headers={"Accept-Encoding": "identity"})
        packed = await client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
        assert packed.content == plain.content == (STATIC / name).read_bytes()
        is_text = name.endswith((".js", ".css", ".svg"))
        assert ("Content-Encoding" in packed.headers) == is_text, name
        assert "Content-Encoding" not in plain.headers
        if is_text:
            assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
        known = await client.get(f"/static/{name}", headers={"If-None-Match": plain.headers["ETag"]})
        assert known.status_code == 304
