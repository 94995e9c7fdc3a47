"""A counter that grows with the time, from a start value, and passes its end (RFC 2578 sections 7.1.6, 7.1.10)."""

from netmon.snmp.port import Flow


class Growing:
    """The value of one counter as a function of time.

    Args:
        flow: what is counted from one time to another.
        bits: 32 or 64.
        start: its value at ``since_ms``.
    """

    def __init__(self, flow: Flow, *, bits: int, start: int = 0, since_ms: int = 0) -> None:
        self._flow = flow
        self._bits = bits
        self._start = start
        self._since_ms = since_ms
        self._counted = 0

    def __call__(self, now: int) -> int:
        """Return its value; the times asked for never go back."""
        if now > self._since_ms:
            self._counted += self._flow(self._since_ms, now)
            self._since_ms = now
        return (self._start + self._counted) % (1 << self._bits)

    def restart(self, at: int) -> None:
        """Begin at 0."""
        self._start, self._counted, self._since_ms = 0, 0, at
