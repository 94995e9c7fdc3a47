"""Names of elements that DNS does not answer for now: nobody can be asked by them (specs/snmp.md 5.6)."""

import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue

from netmon.config.load import Loaded
from netmon.domain.place import Path, Problem, path_text
from netmon.sources.poller.addresses import look_up
from netmon.sources.realm import is_numeric

_AT_ONCE = 64
_PATIENCE_S = 10.0
"""For the next answer; DNS servers that are away must not keep a check for minutes."""


def unanswered(loaded: Loaded) -> Iterator[Problem]:
    """Yield a warning for each name of an element that has no answer."""
    named: dict[str, Path] = {}
    for number, element in enumerate(loaded.inventory.elements.values()):
        for position, text in enumerate(element.addresses):
            if not is_numeric(text):
                named[text] = (*loaded.inventory_path, "elements", number, "addresses", position)
    answered = _answered(list(named))
    for name, path in named.items():
        if name not in answered:
            text = f"{path_text(path)}: no answer for {name}: by this name the element cannot be asked"
            yield Problem(loaded.inventory_document.place(path), text, warning=True)


def _answered(names: list[str]) -> set[str]:
    """Return the names that have an address; after some seconds without any answer the others have none."""
    waiting: SimpleQueue[str] = SimpleQueue()
    found: SimpleQueue[tuple[str, bool]] = SimpleQueue()
    for name in names:
        waiting.put(name)
    # No pool: its threads would be waited for at the end of the program.
    for _ in range(min(_AT_ONCE, len(names))):
        threading.Thread(target=_look_up_all, args=(waiting, found), daemon=True).start()
    answered: set[str] = set()
    try:
        for _ in names:
            name, known = found.get(timeout=_PATIENCE_S)
            answered |= {name} if known else set()
    except Empty:
        pass
    return answered


def _look_up_all(waiting: "SimpleQueue[str]", found: "SimpleQueue[tuple[str, bool]]") -> None:
    while True:
        try:
            name = waiting.get_nowait()
        except Empty:
            return
        found.put((name, bool(look_up(name))))
