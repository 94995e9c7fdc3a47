"""What operators wrote on interfaces (ifAlias), as polls read it: an alarm says it beside the name of the port."""

from collections.abc import Iterator
from typing import Any

from netmon.domain.sample import SampleBlock

ALIAS = "ifAlias"


class Descriptions:
    """The description of each managed object that has one."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def use(self, elements: frozenset[str]) -> None:
        """Forget the parts of elements that the inventory has no longer."""
        self._texts = {path: text for path, text in self._texts.items() if path.partition("/")[0] in elements}

    def keep(self, block: SampleBlock, column: int) -> bool:
        """Keep the cells of the column that has descriptions; tell whether any is otherwise than it was."""
        changed, texts = False, self._texts
        for path, text in zip(block.objects, block.columns[column], strict=True):
            if not isinstance(text, str) or texts.get(path, "") == text:
                continue
            changed = True
            if text:
                texts[path] = text
            else:
                del texts[path]
        return changed

    def of(self, path: str) -> str:
        """Return the description of a managed object; empty: it has none, or none that is known."""
        return self._texts.get(path, "")

    def dump(self) -> Iterator[list[Any]]:
        """Yield every description."""
        for path in sorted(self._texts):
            yield [path, self._texts[path]]

    def load_item(self, item: list[Any]) -> None:
        """Take back one item that ``dump`` gave."""
        path, text = item
        self._texts[path] = text
