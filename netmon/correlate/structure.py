"""What an element consists of, as far as polls know: what groups count their members by."""

from collections.abc import Callable

from netmon.domain.found import Layer, Part
from netmon.domain.managed_object import element_of, quote

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
    """Asks others."""

    def __init__(self, parts: Parts, found: FoundOf) -> None:
        self._parts = parts
        self._found = found
        # Of the element that was asked about last: alarms are joined element by element.
        self._layers: tuple[Layer, ...] = ()
        self._bundles: dict[str, str] = {}

    def parts(self, element: str, kind: str) -> list[str]:
        """Return the paths of the parts of a kind that an element has."""
        return [f"{element}/{kind}:{quote(name)}" for of, _, name in self._parts(element) if of == kind]

    def bundle(self, port: str) -> str | None:
        """Return the bundle of links that a port belongs to."""
        layers = self._found(element_of(port))[1]
        if layers is not self._layers:
            self._layers = layers
            self._bundles = {one.lower: one.upper for one in reversed(layers) if one.bundle}
        return self._bundles.get(port)

    def bundled(self, bundle: str) -> list[str]:
        """Return the ports of a bundle."""
        return [one.lower for one in self._found(element_of(bundle))[1] if one.bundle and one.upper == bundle]
