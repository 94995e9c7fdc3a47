"""What a browser loads before the first alarm is on the screen: our modules as one file, packed, and no more."""

import gzip
import json
import os
import re
from collections import Counter
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from netmon.web.joined import JOINED, first_modules, joined, without_types
from netmon.web.static_files import STATIC, StaticFiles

_PRELOAD = re.compile(r'<link rel="modulepreload" href="/static/([^"]+)">')
_IMPORT_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)
_AT_TOP = re.compile(
    r"^(?:export )?(?:async )?(?:function\*?|const|let|class) +(\w+|\{[^}]*\}|\[[^\]]*\])", re.MULTILINE
)
LIBRARIES = {"vendor/preact.js", "vendor/preact-hooks.js", "vendor/htm.js"}
MOST_PACKED = 46_000
"""Octets of our own modules and styles, packed: more belongs into a part that is loaded later."""


def page() -> str:
    return (STATIC / "index.html").read_text()


def test_the_page_leads_from_each_module_of_the_first_load_to_the_one_file() -> None:
    [found] = _IMPORT_MAP.findall(page())
    led = json.loads(found)["imports"]
    names = {f"/static/{path.relative_to(STATIC).as_posix()}" for path in first_modules(STATIC)}
    assert {name for name in led if name.startswith("/static/")} == names
    assert {led[name] for name in names} == {f"/static/{JOINED}"}
    assert f'<script type="module" src="/static/{JOINED}"></script>' in page()
    assert set(_PRELOAD.findall(page())) == LIBRARIES


def test_a_module_stands_behind_what_it_imports() -> None:
    order = first_modules(STATIC)
    for at, path in enumerate(order):
        for name in re.findall(r"^import .+ from '(\.[^']+)';", path.read_text(), re.MULTILINE):
            assert (path.parent / name).resolve() in order[:at], f"{path.name} imports {name}: a circle"


def test_names_of_the_first_load_are_unique_so_that_its_modules_can_be_one() -> None:
    known = Counter(
        name
        for path in first_modules(STATIC)
        for found in _AT_TOP.findall(path.read_text())
        for name in re.findall(r"\w+", found)
    )
    assert not {name for name, times in known.items() if times > 1}


def test_modules_of_the_first_load_import_by_the_names_that_things_have() -> None:
    for path in first_modules(STATIC):
        for line in re.findall(r"^import .*|^export [{*].*", path.read_text(), re.MULTILINE):
            assert re.fullmatch(r"import (\{ [\w, ]+ \}|\w+) from '[^']+';", line), f"{path.name}: {line}"
            assert " as " not in line, f"{path.name}: {line}"


def test_the_one_file_has_all_modules_and_imports_libraries_only() -> None:
    text = joined(STATIC)
    assert re.findall(r"^// (\S+\.js)$", text, re.MULTILINE) == [
        path.relative_to(STATIC).as_posix() for path in first_modules(STATIC)
    ]
    assert {library for _, library in re.findall(r"^import (.+) from '(.+)';$", text, re.MULTILINE)} == {
        "preact",
        "preact/hooks",
        "htm",
    }
    later = re.findall(r"import\('([^']+)'\)", text)
    assert later
    for name in later:
        assert (STATIC / name.removeprefix("/static/")).is_file(), name


def test_types_are_not_sent_and_lines_keep_their_numbers() -> None:
    text = "/**\n * @param {string} a\n */\nexport const f = (a) =>\n  /** @type {any} */ (a);\n/** b */\nlet c;\n"
    assert without_types(text) == "\n\n\nexport const f = (a) =>\n  /** @type {any} */ (a);\n\nlet c;\n"


def test_charts_are_not_loaded_before_one_is_shown() -> None:
    assert "uplot" not in joined(STATIC)


def test_the_first_load_is_small() -> None:
    files = StaticFiles()
    names = (JOINED, "early.js", "netmon.css", "list.css", "pages.css", "index.html")
    assert sum(len(gzip.compress(files.read(name), 9)) for name in names) < MOST_PACKED


def test_the_one_file_follows_a_change_of_its_parts(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "app.js").write_text("import { a } from './lib/a.js';\nimport { h } from 'preact';\nh(a);\n")
    (tmp_path / "lib" / "a.js").write_text("export const a = () => import('./b.js');\n")
    files = StaticFiles(tmp_path)
    head = "import { h } from 'preact';\n// lib/a.js\nexport const a = () => import('/static/lib/b.js');\n// app.js\n"
    assert files.read(JOINED).decode() == f"{head}h(a);\n"
    changed = (tmp_path / "app.js").stat().st_mtime + 5
    (tmp_path / "app.js").write_text("import { a } from './lib/a.js';\nimport { h } from 'preact';\nh(a, 2);\n")
    os.utime(tmp_path / "app.js", (changed, changed))
    assert files.read(JOINED).decode() == f"{head}h(a, 2);\n"


async def test_texts_are_packed_and_say_so() -> None:
    app = Starlette(routes=[Route("/static/{path:path}", StaticFiles().file)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://netmon.test") as client:
        await ask(client)


async def ask(client: httpx.AsyncClient) -> None:
    for name in (
        JOINED,
        "parts/help.js",
        "netmon.css",
        "icon.svg",
        "vendor/preact.js",
        "vendor/inter-latin-wght-normal.woff2",
    ):
        plain = await client.get(f"/static/{name}", headers={"Accept-Encoding": "identity"})
        packed = await client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
        assert packed.content == plain.content == StaticFiles().read(name)
        if not name.startswith("parts/") and name != JOINED:
            assert plain.content == (STATIC / name).read_bytes()
        is_text = name.endswith((".js", ".css", ".svg"))
        assert ("Content-Encoding" in packed.headers) == is_text, name
        assert "Content-Encoding" not in plain.headers
        if is_text:
            assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
        known = await client.get(f"/static/{name}", headers={"If-None-Match": plain.headers["ETag"]})
        assert known.status_code == 304
