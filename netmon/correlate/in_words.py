"""Values of fields in words: a number that has a name in the MIB by its name."""

from collections.abc import Callable
from typing import Any

from netmon.mib.names import MibView
from netmon.mib.render import render_value
from netmon.runtime.cache import Cache

_Show = Callable[[int], str]


class InWords:
    """Words by the names of fields; how the numbers of a field are told is found out once."""

    def __init__(self, view: MibView) -> None:
        self._view = view
        self._shows = Cache[str, _Show]()

    def of(self, name: str, value: Any) -> str:
        """Return the value of a field."""
        if not isinstance(value, int):
            return str(value)
        show = self._shows.get(name)
        if show is None:
            show = self._show(name)
            self._shows.keep(name, show)
        return show(value)

    def _show(self, name: str) -> _Show:
        node = None if name[:1].isdigit() else self._view.find(name)
        if node is None:
            return str
        # Of two names of a number the first one counts.
        syntax, words = node.type, dict(reversed(node.type.enums))
        return lambda value: words.get(value) or render_value(syntax, value)
