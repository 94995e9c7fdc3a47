"""Elements in a CSV file: the columns are the keys of an element, and every cell has its place."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from netmon.config.inventory import ElementConfig
from netmon.domain.place import Document, Path, Place, Problem, suggestion

COLUMNS = tuple(field.name for field in msgspec.structs.fields(ElementConfig))
_NEEDED = frozenset(("id", "addresses"))
_LISTS = frozenset(("addresses", "contexts", "trap_sources", "profiles"))
_NUMBERS = frozenset(("port", "retries", "max_response", "per_element_in_flight"))
_SWITCHES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_SWITCHED = frozenset(("ping", "counters_survive_agent_restart"))

Row = dict[str, Any]


class Cells(msgspec.Struct, frozen=True):
    """The rows of a file as an inventory has elements, and what is wrong with the file.

    Columns that no element has are left out of the rows.
    """

    rows: tuple[Row, ...]
    places: dict[Path, Place]
    """By (row number, key, ...)."""
    problems: tuple[Problem, ...]
    whole: bool = True
    """Whether the columns are there that every element has."""


def read_csv(text: str, name: str) -> Cells:
    """Return the rows of a CSV file, separated by commas or semicolons; empty cells and lines with # are left out."""
    lines = [(n, line) for n, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1) if _says(line)]
    if not lines:
        return Cells((), {}, (Problem(Place(name, 1, 1), "no header (id,addresses,site,credential)"),), whole=False)
    (at, head), *body = lines
    split = ";" if head.count(";") > head.count(",") else ","
    titles = list(cells(head, split))
    problems = list(_wrong_titles(titles, Place(name, at, 1)))
    rows: list[Row] = []
    places: dict[Path, Place] = {}
    for line, content in body:
        found = list(cells(content, split))
        if len(found) > len(titles):
            problems.append(Problem(Place(name, line, found[len(titles)][0]), "more cells than columns"))
        places[(len(rows),)] = Place(name, line, 1)
        row: Row = {}
        for (_, title), (column, cell) in zip(titles, found, strict=False):
            if cell.strip() and title.strip() in COLUMNS:
                row[title.strip()] = _value(title.strip(), cell.strip())
                places[len(rows), title.strip()] = Place(name, line, column)
        rows.append(row)
    whole = {title.strip() for _, title in titles} >= _NEEDED
    return Cells(tuple(rows), places, tuple(problems), whole)


def beside(rows: Cells, base: Document, path: Path) -> Document:
    """Return the inventory at ``path`` of a document with the rows as further elements, each value with its place."""
    data: Any = base.data
    for key in path:
        data = data[key]
    data = dict(data or {})
    known = list(data.get("elements") or ())
    values = {at[len(path) :]: place for at, place in base.values.items() if at[: len(path)] == path}
    keys = {at[len(path) :]: place for at, place in base.keys.items() if at[: len(path)] == path}
    new = {("elements", len(known) + int(at[0]), *at[1:]): place for at, place in rows.places.items()}
    return Document(base.file, data | {"elements": [*known, *rows.rows]}, values | new, keys | new)


def cells(line: str, split: str) -> Iterator[tuple[int, str]]:
    """Yield (column, text) of each cell; in quotes a separator is text, and two quotes are one."""
    begin, text, quoted, position = 0, "", False, 0
    while position < len(line):
        letter = line[position]
        if letter == '"' and quoted and line[position + 1 : position + 2] == '"':
            text, position = text + '"', position + 1
        elif letter == '"':
            quoted = not quoted
        elif letter == split and not quoted:
            yield begin + 1, text
            begin, text = position + 1, ""
        else:
            text += letter
        position += 1
    yield begin + 1, text


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _wrong_titles(titles: list[tuple[int, str]], line: Place) -> Iterator[Problem]:
    seen: set[str] = set()
    for column, title in titles:
        name, place = title.strip(), msgspec.structs.replace(line, column=column)
        if name in seen:
            yield Problem(place, f'column "{name}" is there twice')
        elif name not in COLUMNS:
            yield Problem(place, f'unknown column "{name}"{suggestion(name, COLUMNS)}')
        seen.add(name)
    for needed in sorted(_NEEDED - seen, reverse=True):
        yield Problem(line, f'column "{needed}" is missing')


def _value(title: str, text: str) -> Any:
    """Return a cell as YAML would give it; what cannot be is left as text, for the checks to tell."""
    if title in _LISTS:
        return text if text == "auto" else _words(text)
    if title in _SWITCHED:
        return _SWITCHES.get(text.lower(), text)
    if title in _NUMBERS:
        return int(text) if text.isdecimal() else text
    if title == "tags":
        return {name: value for name, _, value in (word.partition("=") for word in _words(text))}
    return text


def _words(text: str) -> list[str]:
    return text.replace(";", " ").replace("|", " ").split()


def differing(row: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """Return the columns in which a row says something else than the element that is known."""
    return [key for key, value in row.items() if key != "id" and _plain(known.get(key)) != _plain(value)]


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    if isinstance(value, dict):
        return {str(key): str(one) for key, one in value.items()}
    return value if isinstance(value, bool) else str(value)
