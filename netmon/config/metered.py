"""Where a metered port stands in the files, and what the inventory lacks for it to be read at all."""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from netmon.config.load import Loaded
from netmon.domain.place import Path, Place, Problem, path_text
from netmon.domain.usage import Assignment

_NAMING = frozenset({"object", "objects", "ifAlias"})


def unpolled(loaded: Loaded, assignments: Iterable[Assignment]) -> Iterator[Problem]:
    """Yield a warning for each element that has a metered port, but no credential to read it with."""
    asking: dict[str, dict[str, None]] = {}
    for one in assignments:
        asking.setdefault(one.element, {}).setdefault(one.object)
    path = (*loaded.inventory_path, "elements")
    for number, element in enumerate(loaded.inventory.elements.values()):
        if element.id in asking and not element.credential:
            where: Path = (*path, number, "credential")
            ports = ", ".join(asking[element.id])
            text = f"{path_text(where)}: missing, so {element.id} is not polled and nothing can be metered of {ports}"
            yield Problem(loaded.inventory_document.place(where), text, warning=True)


def place_of(loaded: Loaded, assignment: Assignment) -> Place:
    """Return where a metered port is named: by a member of a service or by a usage rule; else where services begin."""
    named = [assignment.object, unquote(assignment.series.partition("|ifAlias:")[2]) or None]
    for document in (loaded.inventory_document, *loaded.files.usage):
        for path, place in document.values.items():
            if _NAMING.intersection(path) and _value(document.data, path) in named:
                return place
    return loaded.inventory_document.place((*loaded.inventory_path, "services"))


def _value(data: Any, path: Path) -> object:
    for part in path:
        data = data[part]
    return data
