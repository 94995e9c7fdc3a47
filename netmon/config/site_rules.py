"""Rules of a site that stand for shipped ones: an entry with the id of a shipped rule or storm changes that one.

An entry of ``events`` that makes the same event of the same traps is the same one, too: a copy makes none twice.

Keys that it says count, all others are those of the shipped entry: ``{id: cpu-high, enabled: false}`` is enough.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from netmon.config.rule_files import read_rule_files
from netmon.config.shipped import shipped
from netmon.domain.place import Document
from netmon.domain.place import Path as Place

_LISTS = ("rules", "storms", "events")
_FOLDERS = ("correlation", "traps")
"""With shipped rules; in a source tree a site's own may lie beside them."""

Entries = Mapping[tuple[str, str], dict[str, Any]]
"""By list, and what an entry is known by."""


def as_they_count(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Return the files with each entry of a site whole, and shipped files without the entries that it stands for."""
    files = tuple(documents)
    site = [one for one in files if not is_shipped(one.file)]
    changed = _entries(site).keys()
    return tuple(_without(one, changed) if is_shipped(one.file) else one for one in made_whole(files))


def made_whole(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Return the files with each entry of a site whole; shipped files are as they are, so that their tests hold."""
    files = tuple(documents)
    known = [one for one in files if is_shipped(one.file)]
    if not known and any(_lists(one) for one in files):
        known = list(read_rule_files(shipped("rules") / name for name in _FOLDERS).rules)
    entries = _entries(known)
    return tuple(one if is_shipped(one.file) else _whole(one, entries) for one in files)


def is_shipped(file: str) -> bool:
    """Tell whether a rule file came with netmon."""
    path = Path(file).absolute()
    return any(path.is_relative_to(shipped("rules") / name) for name in _FOLDERS)


def _lists(document: Document) -> dict[str, list[Any]]:
    data = document.data if isinstance(document.data, dict) else {}
    return {name: data[name] for name in _LISTS if isinstance(data.get(name), list)}


def _id(name: str, entry: Any) -> str:
    """Return what an entry of a list is known by; empty: nothing."""
    if not isinstance(entry, dict):
        return ""
    if name == "events":
        traps = entry.get("trap")
        names = sorted(map(str, traps if isinstance(traps, list) else [traps]))
        return " ".join((str(entry.get("event")), *names))
    found = entry.get("id")
    return found if isinstance(found, str) else ""


def _entries(documents: Iterable[Document]) -> Entries:
    """Return all entries with an id, those of ``rules`` with the defaults of their file."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for document in documents:
        for name, entries in _lists(document).items():
            defaults = document.data.get("defaults") if name == "rules" else None
            for entry in entries:
                if id_ := _id(name, entry):
                    found[name, id_] = {**(defaults if isinstance(defaults, dict) else {}), **entry}
    return found


def _whole(document: Document, known: Entries) -> Document:
    """Return a file of a site; what a key of a shipped entry says has the place of the entry that changes it."""
    lists = {
        name: [
            {**known.get((name, _id(name, entry)), {}), **entry} if isinstance(entry, dict) else entry
            for entry in entries
        ]
        for name, entries in _lists(document).items()
    }
    return msgspec.structs.replace(document, data={**document.data, **lists}) if lists else document


def _without(document: Document, changed: Iterable[tuple[str, str]]) -> Document:
    """Return a shipped file without some entries; the places of those behind them move with them."""
    gone = set(changed)
    lists = _lists(document)
    kept = {
        name: [at for at, entry in enumerate(entries) if (name, _id(name, entry)) not in gone]
        for name, entries in lists.items()
    }
    if all(len(kept[name]) == len(entries) for name, entries in lists.items()):
        return document
    now = {(name, at): place for name, places in kept.items() for place, at in enumerate(places)}
    data = {name: [entries[at] for at in kept[name]] for name, entries in lists.items()}
    return msgspec.structs.replace(
        document,
        data={**document.data, **data},
        values=_moved(document.values, now),
        keys=_moved(document.keys, now),
    )


def _moved(places: Mapping[Place, Any], now: Mapping[tuple[str, int], int]) -> dict[Place, Any]:
    found: dict[Place, Any] = {}
    for path, place in places.items():
        match path:
            case (str(name), int(at), *rest) if name in _LISTS:
                if (name, at) in now:
                    found[name, now[name, at], *rest] = place
            case _:
                found[path] = place
    return found
