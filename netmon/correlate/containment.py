"""What a part of an element carries, as the links of the inventory say: a card its ports, and the far ends of these."""

from netmon.domain.inventory import Inventory
from netmon.domain.managed_object import segments


def contained(inventory: Inventory) -> dict[str, tuple[str, ...]]:
    """Return for each part that an ``uplink`` within its own element names what fails with it, sorted.

    An inventory names the card a port sits on this way, where the path of the port does not tell it.
    """
    inside: dict[str, set[str]] = {}
    far: dict[str, set[str]] = {}
    for link in inventory.links.values():
        if segments(link.a)[0] == segments(link.b)[0]:
            if link.kind == "uplink":
                inside.setdefault(link.a, set()).add(link.b)
        else:
            far.setdefault(link.a, set()).add(link.b)
            far.setdefault(link.b, set()).add(link.a)
    return {part: tuple(sorted(_all_in(part, inside, far) - {part})) for part in sorted(inside)}


def _all_in(part: str, inside: dict[str, set[str]], far: dict[str, set[str]]) -> set[str]:
    """Return what is inside a part, at any depth, and what these ports are linked with."""
    found, waiting = {part}, [part]
    while waiting:
        new = inside.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found | {end for port in found for end in far.get(port, ())}
