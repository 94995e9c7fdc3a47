"""Billed interfaces: all counters of one interface in one PDU, found by name (specs/usage.md 1, specs/snmp.md 4.6)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from netmon.domain.oid import BAD_VALUE, SYS_UPTIME, Varbind
from netmon.rulebook.profile_values import Table
from netmon.snmp.ber import COUNTER32, COUNTER64, EXCEPTIONS, GAUGE32, OCTET_STRING, TIME_TICKS
from netmon.snmp.client import Reply
from netmon.snmp.errors import SnmpError, SnmpFailure
from netmon.sources.clock import Clock
from netmon.sources.poller.blocks import Gathered, block
from netmon.sources.poller.cells import Exceptions
from netmon.sources.poller.pages import Pages
from netmon.sources.poller.plan import Part
from netmon.sources.poller.rows import page_of
from netmon.sources.poller.session import Session

USAGE = "usage"
"""Profile and table of the blocks; one row each."""

_IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
_COMMON = (
    ("ifCounterDiscontinuityTime", "1.3.6.1.2.1.31.1.1.1.19", TIME_TICKS),
    ("ifHighSpeed", "1.3.6.1.2.1.31.1.1.1.15", GAUGE32),
    ("ifSpeed", "1.3.6.1.2.1.2.2.1.5", GAUGE32),
)
_NAME = ("ifName", _IF_NAME, OCTET_STRING)
WIDE = (
    _NAME,
    ("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", COUNTER64),
    ("ifHCOutOctets", "1.3.6.1.2.1.31.1.1.1.10", COUNTER64),
    *_COMMON,
)
_NARROW = (
    _NAME,
    ("ifInOctets", "1.3.6.1.2.1.2.2.1.10", COUNTER32),
    ("ifOutOctets", "1.3.6.1.2.1.2.2.1.16", COUNTER32),
    *_COMMON,
)
PART = Part(USAGE, Table(USAGE, ()))
_LEARN_AGAIN_MS = 900_000
_BY_CHANCE = frozenset({"budget", "timeout", "unreachable"})
"""Ends of a walk that the next one need not have."""
_AT_A_TIME = 50
"""Interfaces asked for together: what has come when the budget ends is kept."""

_Missing = str
"""Why there is no sample: a status of specs/usage.md section 1, or one of two words of this module."""
_RENUMBERED, _NO_WIDE = "renumbered", "no_wide"


class Interfaces(msgspec.Struct):
    """Where the billed interfaces of one element are at the moment; lives as long as the element is polled."""

    index: dict[str, str] = {}
    """ifName to ifIndex."""
    ambiguous: frozenset[str] = frozenset()
    narrow: set[str] = set()
    """Interfaces that have 32-bit counters only."""
    cut_short: str = ""
    """Why the walk of the index ended early: a name that it lacks may be there."""
    learned_ms: int | None = None
    """When the index was walked, None when it must be again."""


class Metering:
    """Reads the billed interfaces of one element once."""

    def __init__(self, session: Session, interfaces: Interfaces, *, clock: Clock, max_rows: int) -> None:
        self.gathered = Gathered()
        self._session = session
        self._interfaces = interfaces
        self._clock = clock
        self._max_rows = max_rows

    async def read(self, names: Sequence[str]) -> None:
        """Read each interface; one whose ifIndex went to another is looked for again, once.

        Raises:
            SnmpFailure: the agent does not answer.
            OutOfBudget: there was no time left.
        """
        learned = self._interfaces.learned_ms
        if learned is None or self._clock.now_ms() - learned >= _LEARN_AGAIN_MS:
            await self._learn()
        left = await self._ask(names)
        if not self._session.answered:
            # None of the names is known: whether the agent lives must still be told.
            await self._session.get([SYS_UPTIME])
        if any(reason == _RENUMBERED for reason in left.values()):
            await self._learn()
        if left:
            left = await self._ask(list(left))
        for name, reason in left.items():
            self.gathered.miss(f"{USAGE}:{name}", "no_such_object" if reason in (_RENUMBERED, _NO_WIDE) else reason)

    async def _learn(self) -> None:
        """Walk ifName anew; nobody else's walk can tell when it was."""
        interfaces = self._interfaces
        interfaces.learned_ms = None
        pages = Pages(self._session, [_IF_NAME], apart={}, max_rows=self._max_rows, allow_nonincreasing=False)
        await pages.read()
        walk = pages.walk.result()
        named = [(_text(cells[0]), index) for index, cells in walk.rows.items() if cells[0] is not None]
        counts = Counter(name for name, _ in named)
        found = {name: index for name, index in named if name and counts[name] == 1}
        # What a walk cut short has not come to may be where it was: every PDU shows the name that is there.
        interfaces.index = found if walk.complete else interfaces.index | found
        interfaces.ambiguous = frozenset(name for name in counts if counts[name] > 1)
        interfaces.narrow = set()
        interfaces.cut_short = "" if walk.complete else walk.stops[0]
        if not _BY_CHANCE.intersection(walk.stops):
            interfaces.learned_ms = self._clock.now_ms()

    async def _ask(self, names: Sequence[str]) -> dict[str, _Missing]:
        """Ask for interfaces; return those to ask for once more, and why. The others are done with."""
        known = [name for name in names if self._find(name)]
        again: dict[str, _Missing] = {}
        for at in range(0, len(known), _AT_A_TIME):
            again |= await self._ask_some(known[at : at + _AT_A_TIME])
        return again

    async def _ask_some(self, known: Sequence[str]) -> dict[str, _Missing]:
        wide = [not (self._session.v1 or name in self._interfaces.narrow) for name in known]
        asked = [_oids(self._interfaces.index[name], wide=of) for name, of in zip(known, wide, strict=True)]
        answers = await self._session.get_each(asked)
        self._all_silent(answers)
        again: dict[str, _Missing] = {}
        for name, of, answer in zip(known, wide, answers, strict=True):
            reason = self._take(name, answer, wide=of)
            if reason in (_RENUMBERED, _NO_WIDE):
                again[name] = reason
            elif reason:
                self.gathered.miss(f"{USAGE}:{name}", reason)
        return again

    def _find(self, name: str) -> bool:
        if name in self._interfaces.index and name not in self._interfaces.ambiguous:
            return True
        if name in self._interfaces.ambiguous:
            self.gathered.miss(f"{USAGE}:{name}", "series_ambiguous")
        else:
            self.gathered.miss(f"{USAGE}:{name}", self._interfaces.cut_short or "series_missing")
        return False

    def _all_silent(self, answers: Iterable[Reply | SnmpFailure]) -> None:
        failures = [answer for answer in answers if isinstance(answer, SnmpFailure)]
        if failures and not self._session.answered:
            raise failures[0]

    def _take(self, name: str, answer: Reply | SnmpFailure, *, wide: bool) -> _Missing:
        """Keep the sample in an answer; return why there is none, or nothing."""
        if isinstance(answer, SnmpFailure):
            return "error_status" if isinstance(answer, SnmpError) else "timeout"
        form = WIDE if wide else _NARROW
        index = self._interfaces.index[name]
        found = {varbind[0]: varbind for varbind in answer.varbinds}
        row = [found.get(f"{oid}.{index}") for _, oid, _ in form]
        reason = _why_not(row, form, name)
        if reason == _NO_WIDE and wide:
            self._interfaces.narrow.add(name)
            return reason
        if reason:
            return "no_such_object" if reason == _NO_WIDE else reason
        self._keep(answer, index, list(zip(form, row, strict=True)))
        return ""

    def _keep(self, answer: Reply, index: str, row: list[tuple[tuple[str, str, int], Varbind | None]]) -> None:
        page = page_of(answer)
        self.gathered.uptime_cs = page.uptime_cs
        cells: list[tuple[str, str, int, tuple[Any, ...]]] = [
            (name, oid, tag, (varbind[2] if varbind is not None and varbind[1] == tag else None,))
            for (name, oid, tag), varbind in row
        ]
        missing: Exceptions = tuple(
            (name, "no_such_instance" if varbind[1] in EXCEPTIONS else "wrong_type", (0,))
            for (name, _, tag), varbind in row
            if varbind is not None and varbind[1] != tag
        )
        boots = self._session.boots
        made = block(
            PART, page, clock=self._clock, billed=True, boots=boots, index=(index,), cells=cells, exceptions=missing
        )
        self.gathered.blocks.append(made)


def _oids(index: str, *, wide: bool) -> list[str]:
    return [SYS_UPTIME, *(f"{oid}.{index}" for _, oid, _ in (WIDE if wide else _NARROW))]


def _why_not(row: Sequence[Varbind | None], form: Sequence[tuple[str, str, int]], name: str) -> _Missing:
    """Judge what came for ifName and the two counters; the rest of the row may be missing."""
    present = [varbind is not None and varbind[1] not in EXCEPTIONS for varbind in row]
    if not present[0] or _text(row[0]) != name:
        return _RENUMBERED
    if not (present[1] or present[2]):
        return _NO_WIDE
    if not (present[1] and present[2]):
        return "no_such_object"
    types = [varbind[1] for varbind in row[1:3] if varbind is not None]
    return "" if types == [form[1][2], form[2][2]] else "bad_type"


def _text(varbind: Varbind | None) -> str:
    if varbind is None or varbind[1] & BAD_VALUE or not isinstance(varbind[2], bytes):
        return ""
    return varbind[2].decode("utf-8", "surrogateescape")
