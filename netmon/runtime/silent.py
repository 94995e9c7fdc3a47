"""Connections to an HTTP server that ask nothing: each holds a descriptor, which may be the last one."""

from collections.abc import Iterable
from typing import Any

_MOST_LOOKS = 10


class Silent:
    """Closes connections of uvicorn that were there at so many looks and have asked nothing yet."""

    def __init__(self) -> None:
        self._looks: dict[Any, int] = {}

    def look(self, connections: Iterable[Any]) -> None:
        """Look at all connections there are, once a second."""
        silent = [one for one in connections if getattr(one, "cycle", None) is None]
        self._looks = {one: self._looks.get(one, 0) + 1 for one in silent}
        for one in silent:
            if self._looks[one] > _MOST_LOOKS:
                one.transport.close()
