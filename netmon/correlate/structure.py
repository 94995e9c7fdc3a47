"""What an element consists of, as far as polls know: what groups count their members by."""

from collections.abc import Callable

from netmon.domain.found import Layer, Part
from netmon.domain.managed_object import quote

Parts = Callable[[str], list[tuple[str, str, str]]]
"""Gives (kind, index, name) of every part of an element."""
FoundOf = Callable[[str], tuple[tuple[Part, ...], tuple[Layer, ...]]]
"""Gives parts and layers of an element."""


def no_parts(_: str) -> list[tuple[str, str, str]]:
    """Know of no parts."""
    return []


def nothing_found(_: str) -> tuple[tuple[Part, ...], tuple[Layer, ...]]:
    """Know of no layers."""
    return (), ()


class Structure:
    """Asks others, and keeps nothing."""

    def __init__(self, parts: Parts, found: FoundOf) -> None:
        self._parts = parts
        self._found = found

    def parts(self, element: str, kind: str) -> list[str]:
        """Return the paths of the parts of a kind that an element has."""
        return [f"{element}/{kind}:{quote(name)}" for of, _, name in self._parts(element) if of == kind]

    def bundle(self, port: str) -> str | None:
        """Return the bundle of links that a port belongs to."""
        return next((one.upper for one in self._bundled(port) if one.lower == port), None)

    def bundled(self, bundle: str) -> list[str]:
        """Return the ports of a bundle."""
        return [one.lower for one in self._bundled(bundle) if one.upper == bundle]

    def _bundled(self, path: str) -> list[Layer]:
        return [one for one in self._found(path.partition("/")[0])[1] if one.bundle]
