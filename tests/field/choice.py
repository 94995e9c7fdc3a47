"""Which scores to run: the machine may be shared, and most of them take a while."""

from collections.abc import Sequence

from tests.field.sheet import INFORMATION, SCORES, WALKS

ALL = (*SCORES, *INFORMATION, *WALKS)


class Choice:
    """Scores whose names, or the part of them before the dot, were asked for; nothing asked for: all."""

    def __init__(self, asked: Sequence[str] = ()) -> None:
        self.unknown = [one for one in asked if not any(_fits(one, name) for name in ALL)]
        self._asked = tuple(asked)

    def of(self, names: Sequence[str] = ALL) -> tuple[str, ...]:
        """Return those of some names that are wanted."""
        return tuple(name for name in names if not self._asked or any(_fits(one, name) for one in self._asked))

    def any(self, part: str) -> bool:
        """Tell whether any score of a part (``recordings``) or one score is wanted."""
        return bool(self.of([name for name in ALL if _fits(part, name)]))


def _fits(asked: str, name: str) -> bool:
    return name == asked or name.startswith(f"{asked}.")
