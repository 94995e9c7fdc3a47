"""How many examples a property is tried on: all, and with ``--hypothesis-profile check`` a tenth of them."""

from hypothesis import settings

_FULL = 100
"""What hypothesis takes where nothing is said."""


def examples(full: int) -> settings:
    """Return settings with ``full`` examples, or as large a part of them as the profile takes."""
    return settings(max_examples=max(1, full * settings().max_examples // _FULL))
