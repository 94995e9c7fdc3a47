"""The modules of the first load as one file, without a bundler: they stand one after the other (docs/adr/0017).

The import map of the page leads from each of them to this file, so that pages loaded later share what it made.
"""

import posixpath
import re
from pathlib import Path

JOINED = "first.js"
"""Its name; no file has it."""

_JSDOC = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*$", re.MULTILINE | re.DOTALL)
"""A comment that has its lines for itself."""
_IMPORT = re.compile(r"^import (.+?) from '([^']+)';\n", re.MULTILINE)
_LATER = re.compile(r"import\('(\.[^']+)'\)")


def without_types(module: str) -> str:
    """Return a module of ours without its JSDoc, a fifth of what it weighs packed; the lines keep their numbers."""
    return _JSDOC.sub(lambda found: "\n" * found[0].count("\n"), module)


def first_modules(folder: Path) -> list[Path]:
    """Return ``app.js`` and all that it imports before it runs, each behind what it imports itself."""
    found: dict[Path, None] = {}
    _follow(folder / "app.js", found)
    return list(found)


def _follow(module: Path, found: dict[Path, None]) -> None:
    for _, name in _IMPORT.findall(module.read_text("utf-8")):
        if name.startswith(".") and (path := (module.parent / name).resolve()) not in found:
            _follow(path, found)
    found[module] = None


def joined(folder: Path) -> str:
    """Return the one file; what is imported of libraries stands at its top, once."""
    taken: dict[str, dict[str, None]] = {}
    bodies = [_body(path, folder, taken) for path in first_modules(folder)]
    imports = [f"import {_names(names)} from '{library}';\n" for library, names in taken.items()]
    return "".join((*imports, *bodies))


def _body(path: Path, folder: Path, taken: dict[str, dict[str, None]]) -> str:
    """Return a module with nothing but its own text, and note what it takes from libraries."""
    name = path.relative_to(folder).as_posix()
    text = path.read_text("utf-8")
    for what, library in _IMPORT.findall(text):
        if not library.startswith("."):
            taken.setdefault(library, {}).update(dict.fromkeys(re.split(r"[{},\s]+", what)))
    text = _JSDOC.sub("", _IMPORT.sub("", text))
    text = _LATER.sub(lambda found: f"import('{_absolute(name, found[1])}')", text)
    return f"// {name}\n{re.sub(chr(10) + '{2,}', chr(10), text)}"


def _names(names: dict[str, None]) -> str:
    """Return the names of an import; a library with one thing to take has that as its default."""
    known = [name for name in names if name]
    return f"{{ {', '.join(known)} }}" if "" in names else known[0]


def _absolute(name: str, other: str) -> str:
    return posixpath.normpath(posixpath.join("/static", posixpath.dirname(name), other))
