"""Long work in a thread that lets the engine's loop go on."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")


def paced(items: Iterable[_Item], size: int) -> Iterator[_Item]:
    """Yield the items; before each of number ``size``, twice ``size`` and so on the loop can have the interpreter."""
    for count, item in enumerate(items, 1):
        if count % size == 0:
            # A thread that asks for no time lets go of the interpreter all the same.
            time.sleep(0)
        yield item
