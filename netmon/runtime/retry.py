"""How long to wait before the next try."""

import random
from collections.abc import Iterator


def backoff(first_s: float = 1.0, most_s: float = 60.0) -> Iterator[float]:
    """Yield waits in seconds: doubling from ``first_s`` to ``most_s``, each with up to 20 % jitter."""
    wait_s = first_s
    while True:
        yield wait_s * (1.0 + random.random() * 0.2)
        wait_s = min(wait_s * 2, most_s)
