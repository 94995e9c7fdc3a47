"""The files of the dashboard and the page that every path of it begins with (specs/dashboard.md 1 and 1.1)."""

import asyncio
import gzip
import hashlib
import mimetypes
from importlib.resources import files
from pathlib import Path

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from netmon.web.joined import JOINED, first_modules, joined, without_types

STATIC = Path(str(files("netmon.web").joinpath("static")))
_TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_NEEDED = "vendor/preact.js"


class _File(msgspec.Struct, frozen=True):
    changed_ns: int
    body: bytes
    etag: str
    packed: bytes
    """gzip; empty where that gains nothing."""


class StaticFiles:
    """Serves what lies below a folder, from memory as long as the file is the same."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder.resolve()
        self._joined = self._folder / JOINED
        self._known: dict[Path, _File] = {}

    async def file(self, request: Request) -> Response:
        """Answer ``/static/{path}``."""
        return await asyncio.to_thread(self._answer, request, request.path_params["path"])

    async def page(self, request: Request) -> Response:
        """Answer a path of the dashboard with its page."""
        if not (self._folder / _NEEDED).is_file() or not (self._folder / "index.html").is_file():
            return PlainTextResponse("this build has no dashboard files; rebuild netmon\n", status_code=503)
        return await asyncio.to_thread(self._answer, request, "index.html")

    def read(self, name: str) -> bytes:
        """Return the content of a file, empty when there is none."""
        path = self._folder / name
        return self._load(path).body if path == self._joined or path.is_file() else b""

    def _answer(self, request: Request, name: str) -> Response:
        path = self._find(name)
        file = self._load(path)
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        headers = {"ETag": file.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == file.etag:
            # With its type, as the headers of security go by it, and the browser takes them over for what it has.
            return Response(status_code=304, headers=headers, media_type=kind)
        if "gzip" in request.headers.get("accept-encoding", "") and file.packed:
            return Response(file.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=kind)
        return Response(file.body, headers=headers, media_type=kind)

    def _find(self, name: str) -> Path:
        """Return the file of a name, which can be anything: with NUL in it, longer than a name of a file may be."""
        if name == JOINED:
            return self._joined
        try:
            path = (self._folder / name).resolve()
            if path.is_relative_to(self._folder) and path.is_file() and not path.name.startswith("."):
                return path
        except (OSError, ValueError):
            pass
        raise HTTPException(404)

    def _load(self, path: Path) -> _File:
        parts = first_modules(self._folder) if path == self._joined else [path]
        changed_ns = max(part.stat().st_mtime_ns for part in parts)
        known = self._known.get(path)
        if known is None or known.changed_ns != changed_ns:
            body = self._body(path)
            known = _File(changed_ns, body, f'"{hashlib.sha256(body).hexdigest()[:16]}"', _packed(path, body))
            self._known[path] = known
        return known

    def _body(self, path: Path) -> bytes:
        if path == self._joined:
            return joined(self._folder).encode("utf-8")
        body = path.read_bytes()
        is_ours = path.suffix == ".js" and path.parent.name != "vendor"
        return without_types(body.decode("utf-8")).encode("utf-8") if is_ours else body


def _packed(path: Path, body: bytes) -> bytes:
    """Return a text file as gzip: as it was packed at the build, else packed now, once."""
    if path.suffix == ".woff2":
        return b""
    beside = path.with_name(f"{path.name}.gz")
    packed = beside.read_bytes() if beside.is_file() else gzip.compress(body, 9, mtime=0)
    return packed if len(packed) < len(body) else b""
