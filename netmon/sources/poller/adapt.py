"""How long an element takes to answer and how much fits an answer, learned from what it does (specs/snmp.md 4.4)."""

from collections.abc import Sequence

from netmon.domain.oid import Varbind

_SHORTEST_MS = 1_000
_LONGEST_MS = 10_000
_PROBE_MS = 2_000
_START = 50
_MOST = 400
_CLEAN = 10
_HOUR_MS = 3_600_000


class RoundTrip:
    """The timeout of an element by RFC 6298: smoothed round trip plus four times its variation."""

    def __init__(self, first_ms: int) -> None:
        self._smoothed_ms: float | None = None
        self._variation_ms = 0.0
        self.begin_with(first_ms)

    def begin_with(self, first_ms: int) -> None:
        """Take the timeout that holds until round trips are known; what was measured stays."""
        self._first_ms = first_ms
        # RFC 6298 section 2.4 wants at least 1 s; a user who wrote less for a near element means it.
        self._shortest_ms = min(_SHORTEST_MS, first_ms)

    def measured(self, rtt_us: int) -> None:
        """Take a round trip of one attempt; each attempt has its own id, so Karn's rule (section 3) is kept."""
        rtt_ms = rtt_us / 1000
        if self._smoothed_ms is None:
            self._smoothed_ms, self._variation_ms = rtt_ms, rtt_ms / 2
            return
        self._variation_ms = 0.75 * self._variation_ms + 0.25 * abs(self._smoothed_ms - rtt_ms)
        self._smoothed_ms = 0.875 * self._smoothed_ms + 0.125 * rtt_ms

    @property
    def smoothed_ms(self) -> float | None:
        """Smoothed round trip, None until one is known."""
        return self._smoothed_ms

    def dump(self) -> tuple[float, float] | None:
        """Return what was measured, None before the first round trip."""
        return None if self._smoothed_ms is None else (self._smoothed_ms, self._variation_ms)

    def restore(self, kept: tuple[float, float] | None) -> None:
        """Take back what ``dump`` gave."""
        if kept is not None:
            self._smoothed_ms, self._variation_ms = kept

    @property
    def of_probe_ms(self) -> int:
        """Timeout of a probe: the learned one; without one no more than the arithmetic of detection allows for."""
        return min(self.timeout_ms, _PROBE_MS) if self._smoothed_ms is None else self.timeout_ms

    @property
    def timeout_ms(self) -> int:
        """Timeout of a first attempt."""
        if self._smoothed_ms is None:
            return self._first_ms
        learned = int(self._smoothed_ms + 4 * self._variation_ms)
        return min(max(learned, self._shortest_ms), max(_LONGEST_MS, self._first_ms))


class ResponseSize:
    """How many varbinds an answer of an element may have: grows slowly, is halved at once."""

    def __init__(self, max_response: int) -> None:
        self._max_response = max_response
        self._varbinds = _START
        self._mean_octets = 0.0
        self._clean = 0
        self._lowered_ms: int | None = None

    def limit(self, max_response: int) -> None:
        """Let answers be at most this long from now on; what was learned stays."""
        self._max_response = max_response

    def dump(self) -> tuple[int, float, int | None]:
        """Return what was learned."""
        return self._varbinds, self._mean_octets, self._lowered_ms

    def restore(self, kept: tuple[int, float, int | None]) -> None:
        """Take back what ``dump`` gave."""
        self._varbinds, self._mean_octets, self._lowered_ms = kept

    @property
    def learned(self) -> int:
        """What was learned, without regard to how long varbinds are."""
        return self._varbinds

    @property
    def varbinds(self) -> int:
        """Varbinds per answer."""
        if self._mean_octets <= 0:
            return self._varbinds
        return max(1, min(self._varbinds, int(self._max_response / self._mean_octets)))

    def max_repetitions(self, columns: int) -> int:
        """Return the rows to ask for in one GETBULK."""
        return max(1, self.varbinds // columns)

    def seen(self, varbinds: Sequence[Varbind]) -> None:
        """Learn from some varbinds of an answer how long they are."""
        if varbinds:
            mean = sum(map(octets, varbinds)) / len(varbinds)
            self._mean_octets = mean if self._mean_octets <= 0 else 0.8 * self._mean_octets + 0.2 * mean

    def full_page(self, *, now_ms: int) -> None:
        """Take an answer that brought all that was asked for; after ten of them more is asked for."""
        self._clean += 1
        if self._clean >= _CLEAN and (self._lowered_ms is None or now_ms - self._lowered_ms >= _HOUR_MS):
            self._varbinds, self._clean = min(self._varbinds * 3 // 2, _MOST), 0

    def too_big(self, columns: int, *, now_ms: int) -> bool:
        """Ask for half from now on; return whether there was anything left to halve."""
        if self.varbinds <= columns:
            return False
        self._varbinds, self._clean, self._lowered_ms = max(self.varbinds // 2, columns), 0, now_ms
        return True


class RequestSize:
    """How many varbinds one GET may ask for: halved at once, doubled again after an hour at the earliest."""

    def __init__(self) -> None:
        self._varbinds = _START
        self._clean = 0
        self._lowered_ms: int | None = None

    def dump(self) -> tuple[int, int | None]:
        """Return what was learned."""
        return self._varbinds, self._lowered_ms

    def restore(self, kept: tuple[int, int | None]) -> None:
        """Take back what ``dump`` gave."""
        self._varbinds, self._lowered_ms = kept

    @property
    def varbinds(self) -> int:
        """Varbinds per request, sysUpTime among them."""
        return self._varbinds

    def clean(self, asked: int, *, now_ms: int) -> None:
        """Take a GET of so many varbinds that was answered."""
        if self._varbinds >= _START or asked < self._varbinds or now_ms - (self._lowered_ms or 0) < _HOUR_MS:
            return
        self._clean += 1
        if self._clean >= _CLEAN:
            self._varbinds, self._clean = min(2 * self._varbinds, _START), 0

    def too_big(self, asked: int, *, now_ms: int) -> None:
        """Ask for at most half as many as in this request from now on; never for less than one beside sysUpTime."""
        self._varbinds, self._clean, self._lowered_ms = max(min(self._varbinds, asked) // 2, 2), 0, now_ms


def octets(varbind: Varbind) -> int:
    """Return about how long a varbind is on the wire: three headers, an octet or two per sub-identifier, the value."""
    oid, _, value = varbind
    arcs = sum(1 if len(arc) < 3 else 2 if len(arc) < 5 else 3 for arc in oid.split("."))
    if isinstance(value, bytes):
        return 6 + arcs + len(value)
    if isinstance(value, int):
        return 6 + arcs + value.bit_length() // 8 + 1
    return 6 + arcs + (len(value) if isinstance(value, str) else 4)
