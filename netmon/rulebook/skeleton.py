"""Rules to begin with, for traps that no rule names (specs/rules.md 4.3)."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from netmon.mib.names import MibView
from netmon.mib.node import Node

_CLEARS = ("Clear", "Cleared", "OK", "Ok", "Up")
_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MOST_ID = 64
_MOST_ELEMENTS = 3


class Seen(msgspec.Struct, frozen=True):
    """How often a trap came that no rule names, and from which elements."""

    oid: str
    count: int
    last: str
    """When, for people."""
    elements: tuple[str, ...]


class Skeleton(msgspec.Struct, frozen=True):
    """A rule to begin with."""

    id: str
    trap: str
    clear: str
    """The trap that ends it, by its name; empty: none is known."""
    varbinds: tuple[str, ...]
    """What it carries, as the MIB says."""
    looks_like_clear: bool
    seen: Seen


def skeletons(seen: Iterable[Seen], names: MibView) -> list[Skeleton]:
    """Return a rule for each trap, the most frequent first; one that ends another has no rule of its own."""
    found = [(one, names.find(one.oid)) for one in sorted(seen, key=lambda one: (-one.count, one.oid))]
    ends = {clear.oid for _, node in found if node is not None and (clear := _clear_of(node, names)) is not None}
    made: dict[str, Skeleton] = {}
    for one, node in found:
        if one.oid not in ends:
            id_ = _id(node.symbol if node is not None else f"trap-{one.oid}")
            id_ = id_ if id_ not in made else _id(f"trap-{one.oid}")
            made[id_] = _skeleton(id_, one, node, names)
    return list(made.values())


def lines(skeleton: Skeleton) -> Iterator[str]:
    """Yield a rule as it stands in a rule file."""
    seen = skeleton.seen
    more = len(seen.elements) - _MOST_ELEMENTS
    elements = ", ".join(seen.elements[:_MOST_ELEMENTS]) + (f" and {more} more" if more > 0 else "")
    yield f"  # {seen.count} from {elements}; last {seen.last}"
    if skeleton.varbinds:
        yield f"  # carries {', '.join(skeleton.varbinds)}"
    if skeleton.looks_like_clear:
        yield "  # looks like a clear: name it as such in the rule that it ends"
    yield f"  - id: {skeleton.id}"
    yield f"    raise: {{trap: {skeleton.trap}}}"
    yield f"    clear: {{trap: {skeleton.clear}}}" if skeleton.clear else "    clear: {after: 24h}"
    yield "    severity: indeterminate"
    yield "    probable_cause: indeterminate"
    yield f'    text: "{{element.name}} sent {skeleton.trap}"'


def _skeleton(id_: str, one: Seen, node: Node | None, names: MibView) -> Skeleton:
    clear = _clear_of(node, names) if node is not None else None
    return Skeleton(
        id=id_,
        trap=node.name if node is not None else one.oid,
        clear=clear.name if clear is not None else "",
        varbinds=tuple(name.partition("::")[2] for name in node.objects) if node is not None else (),
        looks_like_clear=node is not None and node.symbol.endswith(_CLEARS),
        seen=one,
    )


def _clear_of(node: Node, names: MibView) -> Node | None:
    """Return the notification of the same module that by its name ends another: linkUp of linkDown."""
    if node.symbol.endswith(_CLEARS):
        return None
    borders = [match.start() for match in _WORD_ENDS.finditer(node.symbol)]
    for end in [len(node.symbol), *reversed(borders)]:
        for word in _CLEARS:
            found = names.find(f"{node.module}::{node.symbol[:end]}{word}")
            if found is not None and found.kind == "notification":
                return found
    return None


def _id(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", _WORD_ENDS.sub("-", name).lower())
    return words[-_MOST_ID:].strip("-")
