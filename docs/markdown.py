"""The little Markdown that the reference pages are made of."""

import re
import textwrap


def head(*titles: str) -> str:
    """Return the first two lines of a table."""
    return f"{row(*titles)}\n|{'---|' * len(titles)}"


def row(*cells: str) -> str:
    """Return a line of a table."""
    return "|" + "".join(f" {cell.replace('|', chr(92) + '|')} |" if cell else " |" for cell in cells)


def prose(docstring: str) -> str:
    """Return a docstring as Markdown, without the places of the specification it cites."""
    text = re.sub(r" \((?:specs/|DESIGN|STYLE)[^)]*\)", "", textwrap.dedent(docstring).strip()).replace("``", "`")
    return re.sub(r"(?<!\n)\n(?!\n| {4})", " ", text)
