"""SMI modules in files: found by what they declare, never by the file's name."""

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

_HIDDEN = re.compile(r'--[^\n]*|"[^"]*"')
_DEFINITIONS = re.compile(r"\bDEFINITIONS\s*::=\s*BEGIN\b")
_NAME = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?:\s*\{[^{}]*\})?$")
_HEAD = 20_000
"""Characters from DEFINITIONS on in which the IMPORTS clause ends, usually; else the whole module is looked at."""
_NAME_WITHIN = 1000
"""Characters before DEFINITIONS in which the module's name and OID stand."""
_IMPORTS = re.compile(r"\bIMPORTS\b([^;]*);")
_FROM = re.compile(r"\bFROM\s+([A-Za-z][A-Za-z0-9-]*)")
_LAST_UPDATED = re.compile(r'\bLAST-UPDATED\s*"\s*(\d+)Z?\s*"')
_CENTURY = 10
MOST_OCTETS = 8 << 20
"""Of a file, unpacked: the largest modules of vendors have one or two million; to look at more holds up the loop."""


class Source(msgspec.Struct, frozen=True):
    """One module as it stands in a file."""

    name: str
    path: str
    line: int
    """Line of the file on which the module's text begins, from 1."""
    text: str
    imports: tuple[tuple[str, int], ...]
    """(module, line of the file that names it)."""
    updated: str
    """LAST-UPDATED as YYYYMMDDHHMM, empty where the module has none."""
    digest: str

    def place(self, line: int, column: int = 1) -> str:
        """Return ``file:line:column`` for a line of the module's own text."""
        return f"{self.path}:{self.line + line - 1}:{column}"


class Unreadable(msgspec.Struct, frozen=True):
    """A file that could not be read."""

    path: str
    reason: str


class Foreign(msgspec.Struct, frozen=True):
    """A file that declares no module."""

    path: str


Found = Source | Unreadable | Foreign


def find_sources(folders: Iterable[Path]) -> tuple[Found, ...]:
    """Return every module of every file below the folders, folder by folder, each in the order of its paths."""
    return tuple(
        source
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if _is_wanted(path, folder)
        for source in read_sources(path) or (Foreign(_shown(path)),)
    )


def _is_wanted(path: Path, folder: Path) -> bool:
    """Tell whether a path is a file, of those that are not hidden; one of which nobody can tell counts as one."""
    if any(part.startswith(".") for part in path.relative_to(folder).parts):
        return False
    try:
        return path.is_file()
    except OSError:
        return True


def _shown(path: Path) -> str:
    """Return a path as text; a name need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def read_sources(path: Path) -> tuple[Source | Unreadable, ...]:
    """Return the modules of one file; none when it declares none."""
    try:
        octets = _octets(path)
    except (OSError, EOFError, zlib.error) as error:
        return (Unreadable(_shown(path), getattr(error, "strerror", None) or str(error)),)
    if len(octets) > MOST_OCTETS:
        return (Unreadable(_shown(path), f"larger than {MOST_OCTETS >> 20} MiB"),)
    return split_modules(_decode(octets), _shown(path))


def _octets(path: Path) -> bytes:
    """Return what a file holds, no more than one octet beyond the most."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return file.read(MOST_OCTETS + 1)


def split_modules(text: str, path: str) -> tuple[Source, ...]:
    """Return the modules declared in a text."""
    # Files are large and their heads are short: only what may be a head is looked at without comments and strings.
    plain = masked(text[: text.rfind("DEFINITIONS") + _HEAD])
    headers = [header for found in _definitions(plain) for header in _name(plain, found)]
    ends = [start for _, start in headers[1:]] + [len(text)]
    return tuple(
        _source(text, plain, name, (start, end), path) for (name, start), end in zip(headers, ends, strict=False)
    )


def _definitions(plain: str) -> Iterator[int]:
    at = plain.find("DEFINITIONS")
    while at >= 0:
        if _DEFINITIONS.match(plain, at):
            yield at
        at = plain.find("DEFINITIONS", at + 1)


def _name(plain: str, end: int) -> list[tuple[str, int]]:
    """Return the name that stands before DEFINITIONS, and where it begins."""
    begin = max(0, end - _NAME_WITHIN)
    found = _NAME.search(plain[begin:end].rstrip())
    return [(found[1], begin + found.start())] if found else []


def _source(text: str, plain: str, name: str, span: tuple[int, int], path: str) -> Source:
    start, end = span
    own, line = text[start:end], text.count("\n", 0, start) + 1
    updated = _LAST_UPDATED.search(own)
    return Source(
        name=name,
        path=path,
        line=line,
        text=own,
        imports=_imports(plain, start, min(end, len(plain))) or _imports(masked(own), 0, len(own), line=line),
        updated=_full_year(updated[1]) if updated else "",
        digest=hashlib.sha256(own.encode()).hexdigest(),
    )


def _imports(plain: str, start: int, end: int, *, line: int = 1) -> tuple[tuple[str, int], ...]:
    """Return the modules that are imported; ``line`` is that on which the text begins in the file."""
    clause = _IMPORTS.search(plain, start, end)
    if clause is None:
        return ()
    found = _FROM.finditer(plain, clause.start(1), clause.end(1))
    lines = {name[1]: plain.count("\n", 0, name.start(1)) + line for name in found}
    return tuple(sorted(lines.items(), key=lambda item: item[1]))


def _full_year(stamp: str) -> str:
    # RFC 2578 section 2: two digits of a year mean 19xx.
    return "19" + stamp if len(stamp) == _CENTURY else stamp


def masked(text: str) -> str:
    """Return a text of the same length and lines without its comments and strings."""
    return _HIDDEN.sub(lambda found: blank(found[0]), text)


def uncommented(text: str) -> str:
    """Return a text of the same length and lines without its comments."""
    return _HIDDEN.sub(lambda found: blank(found[0]) if found[0].startswith("--") else found[0], text)


def blank(text: str) -> str:
    """Return spaces in place of a text; its lines stay."""
    return re.sub(r"[^\n]", " ", text) if "\n" in text else " " * len(text)


def _decode(octets: bytes) -> str:
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")
