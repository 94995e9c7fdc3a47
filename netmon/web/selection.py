"""Which alarms a list request asks for, in which order, and where it goes on (specs/alarms.md section 6)."""

import base64
import binascii
from collections.abc import Callable, Iterable
from heapq import nsmallest
from typing import Any

import msgspec

from netmon.web.error import Refusal
from netmon.web.filter import Filter, nearest
from netmon.web.rows import RANK, Row, element_name

DEFAULT = "-severity,-raised,id"

_KEYS: dict[str, Callable[[Row], Any]] = {
    "id": lambda row: row.id,
    "severity": lambda row: RANK[row.sev],
    "element": element_name,
    "object": lambda row: row.obj,
    "type": lambda row: row.type,
    "cause": lambda row: row.cause,
    "text": lambda row: row.text,
    "count": lambda row: row.n,
    "raised": lambda row: row.raised,
    "changed": lambda row: row.changed,
    "cleared": lambda row: row.cleared or 0,
    "owner": lambda row: row.owner,
    "site": lambda row: row.site,
    "rule": lambda row: row.rule,
    "v": lambda row: row.v,
}

Place = tuple[Any, ...]
"""Where a row stands in an order."""


class _Down:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: "_Down") -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


class Order(msgspec.Struct, frozen=True):
    """An order of rows; the id decides at last, so that each row has a place of its own."""

    keys: tuple[tuple[str, bool], ...]
    """(name, descending)."""

    def place(self, row: Row) -> Place:
        """Return where a row stands."""
        return self._place([_KEYS[name](row) for name, _ in self.keys])

    def cursor(self, row: Row) -> str:
        """Return the text that leads to what comes after a row."""
        return pack([_KEYS[name](row) for name, _ in self.keys])

    def after(self, cursor: str) -> Place:
        """Return the place that a cursor stands for.

        Raises:
            Refusal: 400, it is none of this order.
        """
        values = unpack(cursor)
        wanted = [
            int if name in ("severity", "count", "raised", "changed", "cleared", "v") else str for name, _ in self.keys
        ]
        if [type(value) for value in values] != wanted:
            raise Refusal(400, "badValue", message="after: is not from a list in this order")
        return self._place(values)

    def _place(self, values: Iterable[Any]) -> Place:
        return tuple(_Down(value) if down else value for value, (_, down) in zip(values, self.keys, strict=True))


def read_order(text: str) -> Order:
    """Read ``-severity,raised``.

    Raises:
        Refusal: 400, there is no such key.
    """
    keys: dict[str, bool] = {}
    for part in filter(None, (text or DEFAULT).replace(" ", "").split(",")):
        name = part.lstrip("-+")
        if name not in _KEYS:
            raise Refusal(400, "badValue", message=f'sort: unknown key "{name}"{nearest(name, _KEYS)}')
        keys.setdefault(name, part.startswith("-"))
    keys.setdefault("id", False)
    return Order(tuple(keys.items()))


class Selection(msgspec.Struct, frozen=True):
    """What one page holds."""

    rows: list[Row]
    total: int
    """How many fit, on all pages."""
    after: str = ""
    """Where the next page begins; empty: this is the last one."""


def select(rows: Iterable[Row], wanted: Filter, *, order: Order, after: str, limit: int | None, now: int) -> Selection:
    """Return a page of the rows that fit."""
    fitting = [row for row in rows if wanted.fits(row, now)]
    total = len(fitting)
    if after:
        begin = order.after(after)
        fitting = [row for row in fitting if begin < order.place(row)]
    if limit is None:
        return Selection(sorted(fitting, key=order.place), total)
    page = nsmallest(limit, fitting, key=order.place)
    return Selection(page, total, order.cursor(page[-1]) if len(fitting) > limit else "")


def pack(values: list[Any]) -> str:
    """Return a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def unpack(cursor: str) -> list[Any]:
    """Return what a cursor holds.

    Raises:
        Refusal: 400, it is none.
    """
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[Any])
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise Refusal(400, "badValue", message="after: is not what a list gave") from None
