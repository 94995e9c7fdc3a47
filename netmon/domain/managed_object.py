"""Paths of managed objects: ``<element>/<kind>:<name>``, never an ifIndex (specs/rules.md 2.1, specs/snmp.md 5.2)."""

import re

_SEGMENT = re.compile(r"/(?=[a-z][a-z0-9-]*:)")
_LAST = re.compile(r"(.+)/(?=[a-z][a-z0-9-]*:)", re.DOTALL)
_PART = re.compile(r"[a-z][a-z0-9-]*:(.+)", re.DOTALL)
_RISKY = re.compile(r"[%\x00-\x1f\x7f]|/(?=[a-z][a-z0-9-]*:)")
NETMON = "netmon"
"""netmon itself, whose own alarms are about its parts."""

LINK = "link:"
"""Begins the object of a link between two elements; the id of the link follows."""

SITE = "site:"
"""Begins the object of a site; its id follows."""

SINGLE = frozenset({"ups"})
"""Kinds of which an element has one, so that it needs no name: ``r1/ups``."""

MOST = 255
"""Longest path."""


def quote(name: str) -> str:
    """Percent-encode what could be taken for the start of a segment, ``%`` and control characters."""
    return _RISKY.sub(lambda found: f"%{ord(found[0]):02X}", name)


def part_path(parent: str, kind: str, name: str) -> str:
    """Return the path of a part below ``parent``."""
    return f"{parent}/{kind}:{quote(name)}"


def single_path(parent: str, kind: str) -> str:
    """Return the path of the one part of its kind below ``parent``, an element."""
    return f"{parent}/{kind}"


def is_part(segment: str) -> bool:
    """Tell whether a text is a segment below a root: ``if:xe-0/0/1``, or the kind alone where it needs no name."""
    found = _PART.fullmatch(segment)
    return segment in SINGLE if found is None else not _RISKY.search(found[1])


def segments(path: str) -> list[str]:
    """Return the root and the segments of a path: ``r1/if:xe-0/0/1`` gives ``["r1", "if:xe-0/0/1"]``."""
    # Only the path of an element, or of a part without a name, holds no colon.
    return _SEGMENT.split(path) if ":" in path else path.split("/")


def element_of(path: str) -> str:
    """Return the element that a path begins with; for paths of elements and their parts only."""
    return path.partition("/")[0]


def container(path: str) -> str:
    """Return what contains the object; empty: nothing contains a root."""
    found = _LAST.match(path)
    if found is not None:
        return found[1]
    return "" if ":" in path else path.rpartition("/")[0]


def parent(path: str) -> str:
    """Return what contains the object; a root contains itself."""
    return container(path) or path


def is_link(path: str) -> bool:
    """Tell whether an object is a link between two elements."""
    return path.startswith(LINK)


def kind_and_name(path: str) -> tuple[str, str]:
    """Return kind and name of the last segment; a root has the kind ``element``, one without a name is called so."""
    parts = segments(path)
    if len(parts) == 1:
        return "element", path
    kind, colon, name = parts[-1].partition(":")
    return kind, name if colon else kind
