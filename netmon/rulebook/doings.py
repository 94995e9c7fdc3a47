"""Lines of a rule test that say what an operator does, and how the inventory changes (specs/rules.md 10.1).

5s  op acknowledge r1/if:xe-0/0/1 type=link-alarm user=ann "comment=on it"
9s  inventory change r1 tag.role=edge
"""

from collections.abc import Mapping

from msgspec.structs import replace

from netmon.domain.duration import Duration
from netmon.domain.inventory import Element, Inventory
from netmon.domain.scalar import unknown
from netmon.rulebook.feeds import Feed

ACTIONS = (
    "acknowledge",
    "unacknowledge",
    "assign",
    "close",
    "clear",
    "comment",
    "shelve",
    "unshelve",
    "group",
    "ungroup",
)
RESULTS = ("done", "unchanged", "refused", "gone")
_KEYS = ("type", "qualifier", "user", "comment", "owner", "for", "parent", "result")
_CHANGES = ("add", "change", "remove")
_TAG = "tag."
_FIELDS = ("name", "site", "role", "address")


def check_doing(feed: Feed) -> None:
    """Check what a line of kind ``op`` or ``inventory`` says; of other kinds nothing.

    Raises:
        ValueError: what is wrong with it, for people.
    """
    given = dict(feed.fields)
    if feed.kind == "op":
        _known("action", feed.name, ACTIONS)
        for key in given:
            _known("key", key, _KEYS)
        _known("result", given.get("result", "done"), RESULTS)
        Duration(given.get("for", "0s"))
    elif feed.kind == "inventory":
        _known("change", feed.name, _CHANGES)
        for key in given:
            if not key.startswith(_TAG):
                _known("key", key, (*_FIELDS, f"{_TAG}<name>"))


def _known(what: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise ValueError(unknown(what, word, list(known)))


def inventory_after(inventory: Inventory, feed: Feed, *, address: str) -> Inventory:
    """Return the inventory as a line of kind ``inventory`` makes it.

    Args:
        inventory: as it is.
        feed: the line.
        address: of an element that is added without one.
    """
    elements = dict(inventory.elements)
    if feed.name == "remove":
        elements.pop(feed.element, None)
    else:
        elements[feed.element] = _changed(elements.get(feed.element, Element(feed.element, (address,))), feed)
    return replace(inventory, elements=elements)


def _changed(element: Element, feed: Feed) -> Element:
    given: Mapping[str, str] = dict(feed.fields)
    tags = {key.removeprefix(_TAG): value for key, value in given.items() if key.startswith(_TAG)}
    return replace(
        element,
        name=given.get("name", element.name),
        site=given.get("site", element.site),
        role=given.get("role", element.role),
        addresses=(given["address"],) if "address" in given else element.addresses,
        tags={**element.tags, **tags},
    )


def misplaced(inventory: Inventory, feeds: tuple[Feed, ...]) -> str:
    """Return what a line does to an element that is not there, or is there already; empty: none does."""
    known = set(inventory.elements)
    for feed in feeds:
        if feed.kind != "inventory":
            continue
        if (feed.element in known) == (feed.name == "add"):
            there = "there is an element" if feed.name == "add" else "there is no element"
            return f"inventory {feed.name}: {there} '{feed.element}'"
        known = known - {feed.element} if feed.name == "remove" else known | {feed.element}
    return ""
