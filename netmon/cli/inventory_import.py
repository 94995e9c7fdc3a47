"""``netmon inventory import`` and ``diff``: elements from a CSV file, and what two inventories differ in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from netmon.cli.engine import NoEngine, read
from netmon.cli.frame import (
    PROBLEM,
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    print_json,
    print_problems,
    read_config,
    read_settings,
)
from netmon.cli.inventory_file import edited, item, part, place_of, write
from netmon.config import consistency, yaml
from netmon.config.csv_elements import Cells, beside, differing, read_csv
from netmon.config.inventory import read_inventory
from netmon.config.load import Loaded
from netmon.domain.inventory import Inventory
from netmon.domain.place import Problem

IMPORT_EPILOG = examples(
    ("netmon inventory import elements.csv", "id,addresses,site,credential in the first line, an element per line"),
    ("netmon inventory import elements.csv --dry-run", "only say what would be added"),
)
DIFF_EPILOG = examples(
    ("netmon inventory diff", "what a reload would change"),
    ("netmon inventory diff inventory.old.yaml", "what the configured inventory has over another file"),
)

_KINDS = ("sites", "elements", "links", "groups", "services")
_SHOWN_MOST = 60


class Difference(msgspec.Struct, frozen=True):
    """One item of two inventories."""

    kind: str
    id: str
    what: str
    """added, changed, removed."""
    keys: dict[str, tuple[Any, Any]] = {}
    """Of a changed one: key to (before, now)."""


def import_csv(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV; its first line names keys of an element.", exists=True)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing.")] = False,
    config: ConfigOption = None,
) -> None:
    """Put the elements of a CSV file into the inventory, all of them or none.

    Columns are keys of an element (id,addresses,name,site,credential,...), in any order; several addresses, prefixes or
    tags (key=value) in one cell are separated by blanks. Checks are those of the inventory. An element that is there
    already must say the same. Exit code 1: there are errors.
    """
    loaded = read_config(config)
    place_of(loaded)
    try:
        found = read_csv(file.read_text(), str(file))
    except UnicodeDecodeError as error:
        fail(f"{file}: not UTF-8 (octet {error.start + 1} is 0x{error.object[error.start]:02X})", code=PROBLEM)
    except OSError as error:
        fail(f"{file}: {(error.strerror or str(error)).lower()}")
    new = [row for row in found.rows if row.get("id") not in loaded.inventory.elements]
    problems = sorted({*found.problems, *_contradicted(loaded, found), *(_wrong(loaded, found) if found.whole else ())})
    if problems:
        print_problems(problems)
        fail(f"{count(len(problems), 'error')}: nothing was changed", code=PROBLEM)
    items = {"elements": [item(row) for row in new]}
    there = f", {count(len(found.rows) - len(new), 'element')} there already" if len(new) < len(found.rows) else ""
    if dry_run:
        typer.echo(part(items), nl=False)
    elif new:
        write(edited(loaded, items))
    told = "would be added" if dry_run else "added"
    typer.echo(f"{count(len(new), 'element')} {told}{there}", err=True)


def diff(
    other: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="Another inventory; default: that of the running daemon.", show_default=False
        ),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what the configured inventory has over another one: + added, - removed, ~ changed.

    Exit code 1: they differ.
    """
    loaded = read_settings(config)
    before = _running(loaded) if other is None else _of_file(loaded, other)
    found = list(differences(before, loaded.inventory))
    if json:
        print_json(found)
    else:
        for one in found:
            typer.echo(_line(one))
        typer.echo(count(len(found), "difference"), err=True)
    if found:
        raise typer.Exit(PROBLEM)


def differences(before: Inventory, now: Inventory) -> Iterator[Difference]:
    """Yield what differs, kind by kind, in order of ids."""
    for kind in _KINDS:
        old, new = getattr(before, kind), getattr(now, kind)
        for id_ in sorted({*old, *new}):
            if id_ not in old or id_ not in new:
                yield Difference(kind, id_, "added" if id_ in new else "removed")
            elif old[id_] != new[id_]:
                yield Difference(kind, id_, "changed", dict(_changed(old[id_], new[id_])))


def _changed(old: Any, new: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for field in msgspec.structs.fields(old):
        before, now = getattr(old, field.name), getattr(new, field.name)
        if before != now:
            yield field.name, (msgspec.to_builtins(before), msgspec.to_builtins(now))


def _line(one: Difference) -> str:
    sign = {"added": "+", "removed": "-", "changed": "~"}[one.what]
    keys = ", ".join(f"{key}: {_short(old)} -> {_short(new)}" for key, (old, new) in one.keys.items())
    return f"{sign} {one.kind}.{one.id}{f'  {keys}' if keys else ''}"


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN_MOST else f"{text[:_SHOWN_MOST]}..."


def _contradicted(loaded: Loaded, found: Cells) -> Iterator[Problem]:
    """Yield the rows of elements that are there already and say something else."""
    known = _elements(loaded)
    for number, row in enumerate(found.rows):
        for key in differing(row, known[row["id"]]) if row.get("id") in known else ():
            was = known[row["id"]].get(key)
            have = f"with {_short(was)}" if was is not None else "without it"
            place = found.places[number, key]
            yield Problem(place, f'{key}: "{row["id"]}" is in the inventory {have}; change it there')


def _wrong(loaded: Loaded, found: Cells) -> tuple[Problem, ...]:
    """Return what the checks of an inventory say of the new rows beside what is there."""
    known = _elements(loaded)
    places = {at: place for at, place in found.places.items() if found.rows[int(at[0])].get("id") not in known}
    order = {at: n for n, at in enumerate(n for n, row in enumerate(found.rows) if row.get("id") not in known)}
    new = Cells(
        tuple(row for row in found.rows if row.get("id") not in known),
        {(order[int(at[0])], *at[1:]): place for at, place in places.items()},
        (),
    )
    document = beside(new, loaded.inventory_document, loaded.inventory_path if _inline(loaded) else ())
    credentials = consistency.credential_versions(loaded.document)
    _, problems = read_inventory(document, (), credentials=credentials, realms=loaded.config.realms)
    return tuple(problem for problem in problems if not problem.warning)


def _inline(loaded: Loaded) -> bool:
    return not isinstance(loaded.config.inventory, str)


def _elements(loaded: Loaded) -> dict[str, dict[str, Any]]:
    """Return the elements as they stand in the file, by id."""
    data: Any = loaded.inventory_document.data
    for key in loaded.inventory_path if _inline(loaded) else ():
        data = data[key]
    return {element["id"]: element for element in (data or {}).get("elements") or ()}


def _running(loaded: Loaded) -> Inventory:
    try:
        _, body = read(loaded.data_dir, "/internal/v1/inventory")
    except NoEngine as error:
        fail(str(error))
    return msgspec.json.decode(body, type=Inventory)


def _of_file(loaded: Loaded, file: Path) -> Inventory:
    found = yaml.read(file, name=str(file))
    credentials = consistency.credential_versions(loaded.document)
    inventory, problems = read_inventory(found.document, (), credentials=credentials, realms=loaded.config.realms)
    errors = [problem for problem in (*found.problems, *problems) if not problem.warning]
    if errors:
        print_problems(errors)
        fail(f"{file} cannot be compared")
    return inventory
