"""Globs over names of series."""

import re
from collections.abc import Iterable


def glob_pattern(globs: Iterable[str], *, before: str = "") -> str:
    """Return globs (``*``) as one regular expression, of which one must fit whole; ``before`` may stand before each."""
    alternatives = (".*".join(map(re.escape, glob.split("*"))) for glob in globs)
    return f"^{before}(?:{'|'.join(alternatives)})$"
