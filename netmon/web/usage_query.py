"""Queries of usage lists: filters, fields, pages and the cursor, read strictly (specs/usage.md section 8)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from netmon.domain.place import suggestion
from netmon.domain.usage import UsageRecord
from netmon.usage.tmf import VALUE_TYPES
from netmon.web.attributes import instant, whole
from netmon.web.error import Refusal
from netmon.web.tmf_query import split_values

MOST, USUAL = 10_000, 100
CHARACTERISTIC = "usageCharacteristic."
PARAMETERS = (
    ("fields", "Members to show beside id and href, with commas between; `none`: these two alone"),
    ("limit", f"Records in one answer, 1 to {MOST}, default {USUAL}"),
    ("offset", "Records to leave out; unsafe while the list grows, see recSeq.gt"),
    ("recSeq.gt", "Records of one feed after this number, ascending: the way to follow a feed"),
    ("usageDate.gte", "Records that start at this time or later, RFC 3339"),
    ("usageDate.lt", "Records that start before this time, RFC 3339"),
    ("id", "Ids"),
    ("resource.id", "Series, such as `r1|ifName:xe-0/0/1`"),
    ("relatedParty.id", "Who is charged"),
)
"""(name, meaning) of those with a fixed name."""

_NAMES = [name for name, _ in PARAMETERS]
_FILTERABLE = {name: type_ for name, type_ in VALUE_TYPES.items() if type_ in ("string", "integer")} | {
    "series": "string",
    "recSeq": "integer",
    "flags": "array",
}
_LAST = 1 << 62


class UsageQuery(msgspec.Struct, frozen=True):
    """What a list request asks for; empty means any."""

    fields: frozenset[str] | None = None
    offset: int = 0
    limit: int = USUAL
    after: int | None = None
    since: int | None = None
    until: int | None = None
    ids: tuple[str, ...] = ()
    series: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    feeds: frozenset[str] = frozenset()
    values: tuple[tuple[str, frozenset[str]], ...] = ()
    """(field of a line, texts of which it must have one)."""

    @property
    def dated(self) -> bool:
        """Whether it asks for a span of time."""
        return self.since is not None or self.until is not None

    @property
    def everything(self) -> bool:
        """Whether all records of the feeds fit."""
        return not (self.dated or self.ids or self.series or self.parties or self.values)

    def span(self) -> tuple[int, int]:
        """Return the span of time, UTC ms."""
        return self.since or 0, _LAST if self.until is None else self.until

    def fits(self, record: UsageRecord) -> bool:
        """Tell whether a record passes every filter but that for the feed."""
        since, until = self.span()
        if not since <= record.start < until or (self.series and record.series not in self.series):
            return False
        if not self.parties and not self.values:
            return True
        line = msgspec.json.decode(record.line) | {"recSeq": record.rec_seq}
        if self.parties and line.get("party_ref") not in self.parties:
            return False
        return all(not wanted.isdisjoint(_texts(line.get(name))) for name, wanted in self.values)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (str(value),)


def read_usage_query(parameters: Iterable[tuple[str, str]], members: Iterable[str]) -> UsageQuery:
    """Read the parameters of a list request.

    Raises:
        Refusal: 400, one is not known, has a wrong value, or does not go with another; nothing is ever ignored.
    """
    asked: dict[str, list[str]] = {}
    for name, value in parameters:
        if name not in _NAMES and not name.startswith(CHARACTERISTIC):
            raise unknown(name, [*_NAMES, CHARACTERISTIC + "<name>"])
        asked.setdefault(name, []).append(value)
    values = {name: _values(name, asked[name]) for name in asked if name.startswith(CHARACTERISTIC)}
    query = UsageQuery(
        fields=read_fields(asked, members),
        offset=_number(asked, "offset") or 0,
        limit=_limit(asked),
        after=_number(asked, "recSeq.gt"),
        since=_time(asked, "usageDate.gte"),
        until=_time(asked, "usageDate.lt"),
        ids=tuple(dict.fromkeys(_several(asked, "id"))),
        series=frozenset(_several(asked, "resource.id")),
        parties=frozenset(_several(asked, "relatedParty.id")),
        feeds=values.pop(CHARACTERISTIC + "feed", frozenset()),
        values=tuple((name.removeprefix(CHARACTERISTIC), texts) for name, texts in values.items()),
    )
    if query.after is not None and "offset" in asked:
        raise Refusal(400, "badValue", message="offset: does not go with recSeq.gt, which is the place to begin")
    return query


def read_fields(asked: dict[str, list[str]], members: Iterable[str]) -> frozenset[str] | None:
    """Return the members that ``fields`` names; None: all."""
    if "fields" not in asked:
        return None
    names = frozenset(name.strip() for text in asked["fields"] for name in text.split(","))
    if names == {"none"}:
        return frozenset()
    known = frozenset(members)
    for name in sorted(names - known):
        raise unknown(name, known)
    return names


def unknown(name: str, known: Iterable[str]) -> Refusal:
    """Return the refusal of a parameter or member that is not there."""
    text = f"{name}: unknown attribute or operator{suggestion(name, known)}"
    return Refusal(400, "unknownAttribute", message=text)


def _values(parameter: str, texts: list[str]) -> frozenset[str]:
    name = parameter.removeprefix(CHARACTERISTIC)
    type_ = _FILTERABLE.get(name)
    if type_ is None:
        raise unknown(parameter, [CHARACTERISTIC + known for known in _FILTERABLE])
    found = [value for text in texts for value in split_values(text)]
    for value in found if type_ == "integer" else ():
        # Changes of totals may be negative.
        if not value.removeprefix("-").isdecimal() or not value.isascii():
            raise _bad(parameter, f'"{value}" is not a whole number')
    return frozenset(found)


def _several(asked: dict[str, list[str]], name: str) -> list[str]:
    return [value for text in asked.get(name, ()) for value in split_values(text)]


def _one(asked: dict[str, list[str]], name: str) -> str | None:
    texts = asked.get(name, [])
    if len(texts) > 1:
        raise _bad(name, "is given twice")
    return texts[0] if texts else None


def _limit(asked: dict[str, list[str]]) -> int:
    limit = _number(asked, "limit")
    if limit is not None and not 1 <= limit <= MOST:
        raise _bad("limit", f"{limit} is not in 1..{MOST}")
    return USUAL if limit is None else limit


def _number(asked: dict[str, list[str]], name: str) -> int | None:
    text = _one(asked, name)
    try:
        number = whole(text) if text is not None else None
    except ValueError as error:
        raise _bad(name, str(error)) from None
    if number is not None and number > _LAST:
        raise _bad(name, f"{number} is too large")
    return number


def _time(asked: dict[str, list[str]], name: str) -> int | None:
    text = _one(asked, name)
    try:
        return _milliseconds(instant(text.strip("'\""))) if text is not None else None
    except ValueError as error:
        raise _bad(name, str(error)) from None


def _milliseconds(at: datetime) -> int:
    """Return UTC ms; a part of a millisecond counts as a whole one, so that ``gte`` and ``lt`` stay exact."""
    whole_s = int(at.replace(microsecond=0).timestamp())
    return whole_s * 1000 + -(-at.microsecond // 1000)


def _bad(name: str, message: str) -> Refusal:
    return Refusal(400, "badValue", message=f"{name}: {message}")
