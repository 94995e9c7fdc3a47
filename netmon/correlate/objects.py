"""Paths of managed objects: made from templates, taken apart for expressions (specs/rules.md 2.1)."""

import re
from urllib.parse import unquote

import msgspec

RESOLVED = frozenset({"if"})
"""Kinds whose bare index is replaced by the name learned from polls."""

LONGEST = 255

_SEGMENT = re.compile(r"/(?=[a-z][a-z0-9-]*:)")
_UNSAFE = re.compile(r"[%\x00-\x1f\x7f]|/(?=[a-z][a-z0-9-]*:)")

_OBJECT_TYPES = {"if": "interface", "bgp": "bgp-peer"}
"""Where X.733's managed object class has a better word than the kind of the segment."""


class UnusableObject(Exception):
    """A template gave no managed object: a part is missing or empty, or the path is too long."""


class ManagedObject(msgspec.Struct, frozen=True):
    """A path and what its last segment says."""

    path: str
    kind: str
    name: str

    @property
    def type(self) -> str:
        """The word for its kind in an alarm: ``interface``, ``bgp-peer``, ``element``, else the kind itself."""
        return _OBJECT_TYPES.get(self.kind, self.kind)

    @property
    def unstable(self) -> bool:
        """Whether it is known by an index only, which may name another part after a restart of the agent."""
        return self.name.startswith("#")


def quote_name(name: str) -> str:
    """Encode a name so that it stays one segment of a path."""
    return _UNSAFE.sub(_percent, name)


def split(path: str) -> list[str]:
    """Return the root of a path and its segments; a ``/`` inside a name starts none."""
    root, slash, below = path.partition("/")
    return [root, *_SEGMENT.split(below)] if slash else [root]


def managed_object(path: str) -> ManagedObject:
    """Take a path apart; an element itself is of kind ``element``."""
    parts = split(path)
    if len(parts) == 1:
        return ManagedObject(path, "element", path)
    kind, colon, name = parts[-1].partition(":")
    return ManagedObject(path, kind, _plain(name) if colon else kind)


def below(element: str, text: str) -> tuple[str, str, str]:
    """Return (path, kind, name) of an object below an element; the template has encoded the names in ``text``.

    Raises:
        UnusableObject: the name is empty or the path is too long.
    """
    last = _SEGMENT.split(text)[-1] if "/" in text else text
    kind, _, name = last.partition(":")
    path = f"{element}/{text}"
    if not name or len(path) > LONGEST:
        raise UnusableObject(text)
    return path, kind, _plain(name)


def _plain(name: str) -> str:
    return unquote(name) if "%" in name else name


def _percent(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"
