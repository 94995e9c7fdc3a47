"""What a step gave up, and why; counted, so that the accounts balance."""

import msgspec


class Dropped(msgspec.Struct, frozen=True):
    """``count`` inputs of observation ``seq`` that came to nothing."""

    reason: str
    what: str
    seq: int
    count: int = 1
