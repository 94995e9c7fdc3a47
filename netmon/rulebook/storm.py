"""What an entry of ``storms`` compiles to (specs/rules.md 6.11)."""

import msgspec

from netmon.rulebook.scope import Test


class Storm(msgspec.Struct, frozen=True):
    """A token bucket per element or site, and what becomes of the traps that it has no token for."""

    id: str
    rev: str
    """Hash of the canonical entry."""
    by_site: bool
    above: str
    """As it is written."""
    number: int
    """So many tokens come ..."""
    per_ms: int
    """... in this time."""
    burst: int
    calm_number: int
    """A storm is over when no more traps than these ..."""
    calm_per_ms: int
    """... in this time came ..."""
    for_ms: int
    """... for so long."""
    calm: str
    """The same in words."""
    keep: Test | None
    """Over the trap and the inventory: what is judged all the same."""
    sample_ms: int
    """Of each trap name one in this time is judged all the same."""
