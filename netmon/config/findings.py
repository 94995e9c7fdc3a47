"""The items of an inventory file while they are checked: by id, with their places and what is wrong."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from netmon.domain.inventory import Inventory
from netmon.domain.place import Document, Path, Problem, path_text, suggestion

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_RESERVED = ("addr:", "ext:", "site:", "link:", "service:")
_SHARED = ("elements", "links", "groups")
"""``members`` and ``depends_on`` may name any of these, so an id stands for one of them only."""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Findings:
    """Gathers items, gives them by id, notes problems with the path in front."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self._document = document
        self._problems = problems
        self._items: dict[str, dict[str, tuple[Path, Any]]] = {
            kind: {} for kind in ("sites", "elements", "links", "groups", "services")
        }
        self._broken: set[Path] = set()

    def add(self, kind: str, path: Path, item: Any, *, broken: bool) -> None:
        """Take an item; a broken one is known by its id but not looked at any further."""
        where = (*path, "id")
        if broken:
            self._broken.add(path)
        if item.id == "netmon" or item.id.startswith(_RESERVED):
            reserved = "for netmon itself" if item.id == "netmon" else f"as the root {item.id.partition(':')[0]}:"
            self.note(where, f'"{item.id}" is reserved {reserved}')
        elif kind == "elements" and _is_address(item.id):
            self.note(where, f'"{item.id}" is an address, which may change: an id stays')
        elif not _ID.fullmatch(item.id):
            self.note(where, f'"{item.id}" is no id (a-z, 0-9, then also . _ -, at most 63 characters)')
        self._note_taken(kind, item.id, where)
        self._items[kind].setdefault(item.id, (path, item))

    def of(self, kind: str) -> Iterator[tuple[Path, Any]]:
        """Yield the whole items of a kind with their paths, in order of the file."""
        return (found for found in self._items[kind].values() if found[0] not in self._broken)

    def ids(self, *kinds: str) -> list[str]:
        """Return the ids of some kinds."""
        return [id_ for kind in kinds for id_ in self._items[kind]]

    def note(self, path: Path, message: str) -> None:
        """Note what is wrong at a path."""
        self._problems.append(Problem(self._document.place(path), f"{path_text(path)}: {message}"))

    def warn(self, path: Path, message: str) -> None:
        """Note what is doubtful at a path."""
        self._problems.append(Problem(self._document.place(path), f"{path_text(path)}: {message}", warning=True))

    def refer(self, path: Path, what: str, *, id_: str, known: Iterable[str]) -> bool:
        """Note an id that nothing has; return whether it is known."""
        known = list(known)
        if id_ not in known:
            self.note(path, f'unknown {what} "{id_}"{suggestion(id_, known)}')
        return id_ in known

    def inventory(self) -> Inventory:
        """Return what was gathered, each kind in order of ids."""
        return msgspec.convert(
            {kind: {id_: item for id_, (_, item) in sorted(items.items())} for kind, items in self._items.items()},
            Inventory,
        )

    def _note_taken(self, kind: str, id_: str, where: Path) -> None:
        kinds = _SHARED if kind in _SHARED else (kind,)
        for other in kinds:
            if id_ in self._items[other]:
                first = path_text(self._items[other][id_][0])
                self.note(where, f'"{id_}" is the id of {first} already')
                return
