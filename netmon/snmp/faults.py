"""How an agent misbehaves on purpose: wrong rows, wrong errors, answers spoilt on their way (specs/snmp.md 8.1).

Time is passed in, in milliseconds; chance comes from a seed, so that runs are equal.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Final

import msgspec

from netmon.domain.oid import Oid, Varbind, is_below
from netmon.snmp import ber
from netmon.snmp.rows import Rows

_LAST_ARC: Final = 0xFFFFFFFF
_ALWAYS: Final = 100.0


class GenErr(msgspec.Struct, frozen=True, tag="gen_err"):
    """Whatever asks for a row of ``oid``, or below it, is answered with genErr; empty: everything."""

    oid: Oid = ""


class TooBig(msgspec.Struct, frozen=True, tag="too_big"):
    """A Response-PDU longer than ``above`` octets becomes tooBig, even where GETBULK could be cut."""

    above: int = 0


class NonIncreasing(msgspec.Struct, frozen=True, tag="non_increasing"):
    """In each column below ``oid`` two neighbors in the middle come in the wrong order; empty: in every column."""

    oid: Oid = ""


class EndlessWalk(msgspec.Struct, frozen=True, tag="endless_walk"):
    """A column below ``oid`` never ends: after its last row come made-up ones; empty: every column."""

    oid: Oid = ""


class WrongType(msgspec.Struct, frozen=True, tag="wrong_type"):
    """Values of ``oid`` and below come as another type: numbers as text, all else as a number; empty: all."""

    oid: Oid = ""


class Truncate(msgspec.Struct, frozen=True, tag="truncate"):
    """Answers are cut off."""

    size: int = 0
    """Octets that are left, 0: half of them."""
    percent: float = _ALWAYS
    """Of the answers."""


class Loss(msgspec.Struct, frozen=True, tag="loss"):
    """Answers are lost."""

    percent: float = _ALWAYS
    """Of the answers."""
    above: int = 0
    """Only answers longer than so many octets, as where fragments are lost."""


class Delay(msgspec.Struct, frozen=True, tag="delay"):
    """Answers come late."""

    by_ms: int
    jitter_ms: int = 0
    """Up to so much later."""
    percent: float = _ALWAYS
    """Of the answers."""


class Duplicate(msgspec.Struct, frozen=True, tag="duplicate"):
    """Answers come twice."""

    percent: float = _ALWAYS
    """Of the answers."""


class Reorder(msgspec.Struct, frozen=True, tag="reorder"):
    """Of two answers the second comes first: one is held until the next has gone."""

    percent: float = _ALWAYS
    """Of the answers that could be held."""


class ForeignReply(msgspec.Struct, frozen=True, tag="foreign_reply"):
    """Answers come from another address than was asked."""

    source: str = "127.255.255.254"
    """That address; its port is the same where nobody has it."""
    percent: float = _ALWAYS
    """Of the answers."""


Fault = (
    GenErr
    | TooBig
    | NonIncreasing
    | EndlessWalk
    | WrongType
    | Truncate
    | Loss
    | Delay
    | Duplicate
    | Reorder
    | ForeignReply
)


class Delivery(msgspec.Struct, frozen=True):
    """A datagram to send, and how."""

    datagram: bytes
    after_ms: int = 0
    source: str = ""
    """Address that it comes from; empty: the one that was asked."""


class Faults:
    """The faults of one agent; without any it is true, and cheap."""

    def __init__(self, seed: int = 0) -> None:
        self.any = False
        """Whether there is one at all, or was a moment ago."""
        self.hits: Counter[str] = Counter()
        """How often each fault did something, by its name."""
        self._random = Random(seed)
        self._active: list[tuple[Fault, int | None]] = []
        self._held: Delivery | None = None

    def begin(self, fault: Fault, *, now: int = 0, for_ms: int | None = None) -> None:
        """Misbehave from now on, for a time or until ``end``."""
        self._active.append((fault, None if for_ms is None else now + for_ms))
        self.any = True

    def end(self, fault: Fault) -> None:
        """Misbehave no more in this way."""
        self._active = [one for one in self._active if one[0] != fault]
        self.any = bool(self._active) or self._held is not None

    def at(self, now: int) -> list[Fault]:
        """Return the faults of a time; those that are over by then are gone."""
        self._active = [one for one in self._active if one[1] is None or now < one[1]]
        self.any = bool(self._active) or self._held is not None
        return [fault for fault, _ in self._active]

    def after(self, rows: Rows, oid: Oid, now: int) -> tuple[int, Oid]:
        """Return the place of the row that comes after an OID, and the name it goes by; past the last place: none."""
        place = rows.after(oid)
        for fault in self.at(now):
            if isinstance(fault, EndlessWalk) and _touches(fault.oid, oid):
                made = _endless(rows, oid, place)
                if made is not None:
                    self._hit(fault)
                    return made
            if isinstance(fault, NonIncreasing):
                other = _swapped(rows, oid, place, fault.oid)
                self.hits["non_increasing"] += other != place
                place = other
        return place, rows[place][0] if place < rows.size else ""

    def value(self, row: Varbind, now: int) -> Varbind:
        """Return a row as it is told."""
        for fault in self.at(now):
            if isinstance(fault, WrongType) and _touches(fault.oid, row[0]):
                self._hit(fault)
                return _of_another_type(row)
        return row

    def gen_err(self, found: list[Varbind], now: int) -> int:
        """Return the number, from 1, of the first row that cannot be told; 0: all can."""
        for fault in self.at(now):
            for number, (oid, _, _) in enumerate(found, 1):
                if isinstance(fault, GenErr) and _touches(fault.oid, oid):
                    self._hit(fault)
                    return number
        return 0

    def too_big(self, size: int, now: int) -> bool:
        """Tell whether a Response-PDU of so many octets is too big."""
        for fault in self.at(now):
            if isinstance(fault, TooBig) and size > fault.above:
                self._hit(fault)
                return True
        return False

    def deliver(self, datagram: bytes, now: int) -> list[Delivery]:
        """Return what is sent instead of an answer, in order."""
        faults = self.at(now)
        sent = [Delivery(datagram)]
        for fault in faults:
            sent = [spoilt for one in sent for spoilt in self._spoil(fault, one)]
        if self._held is not None and not any(isinstance(fault, Reorder) for fault in faults):
            sent.append(self._held)
            self._held = None
        self.any = bool(self._active) or self._held is not None
        return sent

    def _spoil(self, fault: Fault, one: Delivery) -> Iterator[Delivery]:
        if isinstance(fault, Reorder) and self._held is not None:
            yield one
            yield self._held
            self._held = None
        elif self._strikes(fault, one):
            self._hit(fault)
            yield from self._spoilt(fault, one)
        else:
            yield one

    def _strikes(self, fault: Fault, one: Delivery) -> bool:
        match fault:
            case Loss(percent, above):
                return len(one.datagram) > above and self._chance(percent)
            case Truncate(percent=percent) | Delay(percent=percent) | Duplicate(percent):
                return self._chance(percent)
            case Reorder(percent) | ForeignReply(percent=percent):
                return self._chance(percent)
            case _:
                return False

    def _spoilt(self, fault: Fault, one: Delivery) -> list[Delivery]:
        match fault:
            case Truncate(size):
                cut = one.datagram[: size or len(one.datagram) // 2]
                return [msgspec.structs.replace(one, datagram=cut)]
            case Delay(by_ms, jitter_ms):
                after_ms = one.after_ms + by_ms + self._random.randint(0, jitter_ms)
                return [msgspec.structs.replace(one, after_ms=after_ms)]
            case Duplicate():
                return [one, one]
            case ForeignReply(source):
                return [msgspec.structs.replace(one, source=source)]
            case Reorder():
                self._held = one
        return []

    def _chance(self, percent: float) -> bool:
        return percent >= _ALWAYS or self._random.random() * 100 < percent

    def _hit(self, fault: Fault) -> None:
        self.hits[str(fault.__struct_config__.tag)] += 1


def _touches(below: Oid, oid: Oid) -> bool:
    return not below or oid == below or is_below(oid, below)


def _column(oid: Oid) -> Oid:
    """Return the column of an instance, as far as its OID alone tells: all but the last sub-identifier."""
    return oid.rpartition(".")[0]


def _endless(rows: Rows, oid: Oid, place: int) -> tuple[int, Oid] | None:
    """Return one more row of the column that would end after an instance, None where nothing ends."""
    column, _, last = oid.rpartition(".")
    before = place - 1
    if before < 0 or not is_below(rows[before][0], column) or int(last) >= _LAST_ARC:
        return None
    if place < rows.size and is_below(rows[place][0], column):
        return None
    return before, f"{column}.{int(last) + 1}"


def _swapped(rows: Rows, oid: Oid, place: int, below: Oid) -> int:
    """Return the place after an OID in a table whose columns have two neighbors in the middle swapped."""
    if place > 0 and rows[place - 1][0] == oid:
        first = _middle(rows, _column(oid), below)
        if first >= 0 and place - 1 == first + 1:
            return first
        place += place - 1 == first
    if place < rows.size and _middle(rows, _column(rows[place][0]), below) == place:
        return place + 1
    return place


def _middle(rows: Rows, column: Oid, below: Oid) -> int:
    """Return the place of the first of the two rows of a column that are swapped, -1 where none are."""
    places = rows.below(column)
    if len(places) < 2 or not _touches(below, rows[places[0]][0]):
        return -1
    return places[(len(places) - 1) // 2]


def _of_another_type(row: Varbind) -> Varbind:
    oid, _, value = row
    if isinstance(value, int | float):
        return oid, ber.OCTET_STRING, str(value).encode()
    return oid, ber.INTEGER, 0
