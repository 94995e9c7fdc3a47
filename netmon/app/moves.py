"""Which port a series that follows a description was at which time, from the evidence of its records."""

from collections.abc import Iterable, Sequence

import msgspec

from netmon.domain.usage import CounterSample
from netmon.usage.periods import utc_text
from netmon.usage.record_line import Evidence, SampleEvidence


class Move(msgspec.Struct, frozen=True, order=True):
    """From a time on, UTC ms, a series is read at a port."""

    at: int
    port: str


class Undecided(LookupError):
    """Readings of several ports could be those of the series."""


def moves(evidence: Iterable[Evidence], samples: Sequence[CounterSample], *, port: str) -> list[Move]:
    """Return where a series was, in order of time.

    Args:
        evidence: of the records of the series, one per interval.
        samples: readings of all metered ports of its element.
        port: where it is when no record tells.

    Raises:
        Undecided: a record tells of a move, but not when it was.
    """
    found: set[Move] = set()
    start = ""
    for one in evidence:
        first, last = _port(one.first, samples), _port(one.last, samples)
        start = start or first
        if first and last and first != last:
            found.add(Move(_moved(one, samples, first, last), last))
    return [Move(0, start or port), *sorted(found)]


def at_its_port(samples: Iterable[CounterSample], where: Sequence[Move]) -> list[CounterSample]:
    """Return the readings that were taken at the port where the series was then."""
    return [one for one in samples if one.ifname == _at(where, one.t).port]


def _at(where: Sequence[Move], t: int) -> Move:
    return next(move for move in reversed(where) if move.at <= t)


def _port(told: SampleEvidence | None, samples: Sequence[CounterSample]) -> str:
    """Return the port that gave a reading, empty where it is no longer kept."""
    if told is None:
        return ""
    wanted = (told.t, told.in_, told.out)
    return next((one.ifname for one in samples if _told(one) == wanted), "")


def _told(one: CounterSample) -> tuple[str, str, str]:
    return utc_text(one.t), str(one.in_octets), str(one.out_octets)


def _moved(one: Evidence, samples: Sequence[CounterSample], first: str, last: str) -> int:
    """Return the time of the first reading at the new port: what lies between two ports was left out."""
    read = {(utc_text(sample.t), sample.ifname): sample.t for sample in samples}
    places = {
        (pair.reason, read[pair.to, last])
        for pair in one.dropped
        if (pair.from_, first) in read and (pair.to, last) in read
    }
    renumbered = {at for reason, at in places if reason == "interface_renumbered"} or {at for _, at in places}
    if len(renumbered) != 1:
        raise Undecided(f"it moved from {first} to {last}, and its record does not tell when")
    return renumbered.pop()
