"""Templates of what a regular expression found, as Go writes them: ``$1``, ``${1}``, ``$$``."""

import re
from collections.abc import Iterator

_PART = re.compile(r"\$(?:\$|([A-Za-z0-9_]+)|\{([A-Za-z0-9_]+)\})")


def group_names(template: str) -> Iterator[str]:
    """Yield the groups that a template asks for."""
    return (found[1] or found[2] for found in _PART.finditer(template) if found[0] != "$$")


def expand(template: str, found: re.Match[str]) -> str:
    """Return the template with what was found; a group that took no part is empty."""
    return _PART.sub(lambda part: "$" if part[0] == "$$" else found[int(part[1] or part[2])] or "", template)
