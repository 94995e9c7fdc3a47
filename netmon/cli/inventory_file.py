"""Writing the inventory file: new items go in, everything that people wrote there stays."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from netmon.cli.frame import PROBLEM, count, fail, print_problems
from netmon.config import consistency
from netmon.config.edit import CannotEdit, with_items
from netmon.config.inventory import read_inventory
from netmon.config.load import Loaded
from netmon.config.yaml import parse
from netmon.domain.inventory import Inventory
from netmon.domain.place import Path as Keys
from netmon.domain.place import Problem

Items = Mapping[str, Sequence[str]]
"""Kind (``elements``) to items in YAML, as they stand behind the dash."""

_WIDE = 1 << 16


class Edited(msgspec.Struct, frozen=True):
    """An inventory file as it would be."""

    file: Path
    text: str
    inventory: Inventory
    problems: tuple[Problem, ...]


def item(values: Mapping[str, Any], *, comment: str = "") -> str:
    """Return an item in one line; what is empty is left out."""
    kept = {key: value for key, value in values.items() if value not in ("", (), [], {}, None)}
    text = yaml.safe_dump(kept, default_flow_style=True, sort_keys=False, width=_WIDE, allow_unicode=True).strip()
    return f"{text}  # {comment}" if comment else text


def part(items: Items) -> str:
    """Return a part of an inventory file."""
    lists = (f"{kind}:\n" + "".join(f"  - {one}\n" for one in of_kind) for kind, of_kind in items.items() if of_kind)
    return "".join(lists)


def edited(loaded: Loaded, items: Items) -> Edited:
    """Return the inventory of a configuration with further items, checked like any other; or say why not, and leave."""
    file, path = place_of(loaded)
    text = file.read_text() if file.is_file() else "version: 1\n"
    try:
        for kind, of_kind in items.items():
            text = with_items(text, (*path, kind), list(of_kind))
    except CannotEdit as error:
        fail(f"{file}: {error}; nothing was changed, put the part in by hand", code=PROBLEM)
    read = parse(text.encode(), str(file))
    credentials = consistency.credential_versions(loaded.document)
    inventory, problems = read_inventory(read.document, path, credentials=credentials, realms=loaded.config.realms)
    return Edited(file, text, inventory, (*read.problems, *problems))


def write(change: Edited) -> None:
    """Put a checked inventory in the place of the old one, whole or not at all; with errors say so and leave."""
    errors = [problem for problem in change.problems if not problem.warning]
    if errors:
        print_problems(change.problems)
        fail(f"{count(len(errors), 'error')}: nothing was changed", code=PROBLEM)
    new = change.file.with_name(f".{change.file.name}.new")
    new.write_text(change.text)
    if change.file.exists():
        new.chmod(change.file.stat().st_mode & 0o7777)
    os.replace(new, change.file)


def place_of(loaded: Loaded) -> tuple[Path, Keys]:
    """Return the file of the inventory and the path to it there."""
    if not isinstance(loaded.config.inventory, str) and loaded.path is not None:
        return loaded.path, ("inventory",)
    if not loaded.config.inventory:
        fail("the configuration names no inventory: write `inventory: inventory.yaml` into config.yaml")
    return loaded.folder / str(loaded.config.inventory), ()
