"""Paths of managed objects: made from templates, taken apart for expressions (specs/rules.md 2.1)."""

from urllib.parse import unquote

import msgspec

from netmon.domain.managed_object import SINGLE, SITE, segments

RESOLVED = frozenset({"if", "entity"})
"""Kinds whose bare index is replaced by the name learned from polls."""

_OBJECT_TYPES = {"if": "interface", "bgp": "bgp-peer"}
"""Where X.733's managed object class has a better word than the kind of the segment."""


class UnusableObject(Exception):
    """A template gave no managed object: a part is missing or empty, or the path is too long."""


class ManagedObject(msgspec.Struct, frozen=True):
    """A path and what its last segment says."""

    path: str
    kind: str
    name: str
    type: str
    """The word for its kind in an alarm: ``interface``, ``bgp-peer``, ``element``, else the kind itself."""
    flags: tuple[str, ...] = ()


class Parsed(msgspec.Struct, frozen=True):
    """A path below an element, as a template gave it."""

    before: str
    """All but the last name."""
    kind: str
    name: str
    is_index: bool
    """The name is an index, to be replaced by what polls have learned."""


def part(path: str, kind: str, name: str) -> ManagedObject:
    """Return a part of an element; one known by an index only may be another part after a restart of the agent."""
    flags = ("unstable_identity",) if name.startswith("#") else ()
    return ManagedObject(path, kind, name, _OBJECT_TYPES.get(kind, kind), flags)


def managed_object(path: str) -> ManagedObject:
    """Take a path apart; an element itself is of kind ``element``."""
    if path.startswith(SITE):
        return part(path, "site", path[len(SITE) :])
    if "/" not in path:
        return ManagedObject(path, "element", path, "element")
    kind, colon, name = segments(path)[-1].partition(":")
    return part(path, kind, _plain(name) if colon else kind)


def parse(text: str) -> Parsed:
    """Take apart what a template gave; the template has encoded the names in it.

    Raises:
        UnusableObject: the name is empty.
    """
    last = segments(text)[-1]
    if text in SINGLE:
        return Parsed("", text, text, is_index=False)
    kind, _, name = last.partition(":")
    if not name:
        raise UnusableObject(text)
    before = text[: len(text) - len(name)]
    return Parsed(before, kind, _plain(name), is_index=kind in RESOLVED and name.isdecimal())


def _plain(name: str) -> str:
    return unquote(name) if "%" in name else name
