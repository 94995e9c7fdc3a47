"""Where in a file something stands, and what is wrong there: ``file:line:column: path: message``."""

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import Any

import msgspec

Path = tuple[str | int, ...]

LIKE, _SHORT_LIKE, _SHORT = 0.6, 0.5, 4
"""How like a word must be to be suggested; ids are often short, and ``r1`` is near to ``r9``."""


class Place(msgspec.Struct, frozen=True, order=True):
    """A position in a text file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong, with the place to mend it."""

    place: Place
    message: str
    """With the path in front where there is one: ``outputs[1].url: missing``."""
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.line}"

    @property
    def line(self) -> str:
        """The message as one line of plain characters, whatever it quotes."""
        if self.message.isprintable():
            return self.message
        return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in self.message)


class Document(msgspec.Struct, frozen=True):
    """Plain data of a YAML file with the place of every key and value."""

    file: str
    data: Any
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]
    sha256: str = ""
    """Of the octets of the file, in hex; empty: it is none."""

    def place(self, path: Path) -> Place:
        """Return where the value at ``path`` begins; of a missing one, where its nearest parent does."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(self.file, 1, 1))

    def key_place(self, path: Path) -> Place:
        """Return where the key at ``path`` stands."""
        return self.keys.get(path) or self.place(path)


def path_text(path: Path) -> str:
    """Return ``outputs[1].url`` for ``("outputs", 1, "url")``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def suggestion(word: str, known: Iterable[str], *, like: float = 0.0) -> str:
    """Return `` (did you mean "x"?)`` for the nearest known word, the first of several as near, or nothing.

    Args:
        word: what stands in the file.
        known: what may stand there.
        like: how like it must be, from 0 to 1; 0: a short word less than a long one.
    """
    matcher = SequenceMatcher()
    matcher.set_seq2(word)
    near, likeness = "", like or (LIKE if len(word) > _SHORT else _SHORT_LIKE)
    for other in known:
        matcher.set_seq1(other)
        # The two quick ratios are upper bounds of the slow one.
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < likeness:
            continue
        found = matcher.ratio()
        if found > likeness or (found == likeness and not near):
            near, likeness = other, found
    return f' (did you mean "{near}"?)' if near else ""
