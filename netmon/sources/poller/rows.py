"""Which tables are read by GET of known instances instead of a walk (specs/snmp.md 4.6)."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from netmon.domain.oid import Oid, Varbind
from netmon.snmp.client import Reply
from netmon.snmp.walk import Page, Stop, Walk
from netmon.sources.poller.plan import Part
from netmon.sources.poller.session import uptime_cs

_FEW_ROWS: Final = 20
_SHARE: Final = 3
_VERIFY_MS: Final = 900_000
_TELL_OF_CHANGES: Final = frozenset(
    {
        "ifNumber",
        "ifTableLastChange",
        "ifStackLastChange",
        "dot3adTablesLastChanged",
        "entLastChangeTime",
        "lldpStatsRemTablesLastChangeTime",
    }
)


class Known(msgspec.Struct, frozen=True):
    """The instances of one table as the last walk found them."""

    columns: tuple[Oid, ...]
    rows: tuple[tuple[str, int], ...]
    """Index, and a bit for each column that has a value there: small, as there are many."""
    walked_ms: int

    def cells(self) -> Iterator[tuple[Oid, int, str]]:
        """Yield instance, number of its column, and index."""
        for index, mask in self.rows:
            for number, column in enumerate(self.columns):
                if mask >> number & 1:
                    yield f"{column}.{index}", number, index


class Rows:
    """The known instances of the tables of one agent and context."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Known] = {}
        self._marks: dict[str, Any] = {}

    def known(self, part: Part, columns: tuple[Oid, ...], now_ms: int) -> Known | None:
        """Return what to ask for instead of a walk, None when the table must be walked."""
        found = self._known.get((part.profile, part.table.name))
        if found is None or found.columns != columns or now_ms - found.walked_ms >= _VERIFY_MS:
            return None
        return found

    def learn(self, part: Part, walk: Walk, now_ms: int) -> None:
        """Take a walk: of a small table only the instances are asked for until it is walked again."""
        self._known.pop((part.profile, part.table.name), None)
        if walk.complete and walk.rows and by_get(len(walk.rows), total=len(walk.rows)):
            rows = tuple([(index, _mask(row)) for index, row in walk.rows.items()])
            self._known[part.profile, part.table.name] = Known(walk.columns, rows, now_ms)

    def forget(self) -> None:
        """Walk every table again."""
        self._known.clear()

    def saw(self, name: str, value: Any) -> None:
        """Take a scalar: some tell that tables have changed."""
        if name in _TELL_OF_CHANGES and self._marks.setdefault(name, value) != value:
            self._marks[name] = value
            self.forget()


def by_get(wanted: int, *, total: int) -> bool:
    """Tell whether GET of the wanted rows is better than a walk over all of them."""
    return wanted <= _FEW_ROWS or _SHARE * wanted < total


def _mask(row: Sequence[Varbind | None]) -> int:
    return sum(1 << number for number, cell in enumerate(row) if cell is not None)


def joined(known: Known, replies: Sequence[Reply]) -> Walk:
    """Return rows read by GET in the form of a walk that is complete."""
    width = len(known.columns)
    places = {oid: (number, index) for oid, number, index in known.cells()}
    rows: dict[str, list[Varbind | None]] = {}
    row_page: dict[str, int] = {}
    for page, reply in enumerate(replies):
        for varbind in reply.varbinds:
            if varbind[0] in places:
                number, index = places[varbind[0]]
                rows.setdefault(index, [None] * width)[number] = varbind
                row_page.setdefault(index, page)
    done: Stop = "done"
    return Walk(
        columns=known.columns,
        rows={index: tuple(row) for index, row in rows.items()},
        row_page=row_page,
        pages=tuple([page_of(reply) for reply in replies]),
        stops=(done,) * width,
    )


def page_of(reply: Reply) -> Page:
    """Return when an answer was read."""
    return Page(reply.sent_ms, reply.received_ms, reply.rtt_us, uptime_cs(reply.varbinds))
