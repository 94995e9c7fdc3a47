"""``maintenance``: when work is planned on what, so that its alarms disturb nobody (specs/rules.md 6.13)."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

import msgspec

from netmon.domain.duration import Duration
from netmon.domain.place import Document
from netmon.domain.scalar import span, unknown
from netmon.mib.names import MibView
from netmon.rulebook.cron import parse_cron
from netmon.rulebook.entries import Listed, compile_list
from netmon.rulebook.expression import Context
from netmon.rulebook.resolve import INVENTORY
from netmon.rulebook.schema import Id, Piece, pieces
from netmon.rulebook.window import Once, Recurring, Where, Window
from netmon.rulebook.work import ALWAYS, Work

DEFAULT_ZONE = "UTC"
_WHERE = Context("'where'", INVENTORY, lookups=False)
_FORM = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?")


class AtSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``at``: again and again (``cron``, ``for``), or once (``from``, ``to``)."""

    cron: str = ""
    for_: Annotated[Duration, span("1m", "31d")] | None = msgspec.field(default=None, name="for")
    tz: str = DEFAULT_ZONE
    from_: str = msgspec.field(default="", name="from")
    to: str = ""


class MaintenanceSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``maintenance``."""

    id: Id
    at: AtSchema
    where: str = ""
    mode: Literal["hide", "mark"] = "hide"


def zones_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """Return the zones that rule files name, in order."""
    return zones_in(pieces(documents).maintenance)


def zones_in(entries: Iterable[Piece]) -> tuple[str, ...]:
    """Return the zones that entries of ``maintenance`` name, in order."""
    ats = (piece.document.data.get("at") for piece in entries)
    return tuple(sorted({str(at.get("tz") or DEFAULT_ZONE) for at in ats if isinstance(at, Mapping)}))


def compile_windows(entries: Iterable[Work], *, zones: Collection[str] | None) -> Listed[Window]:
    """Check and compile the list; ``zones``: the time zones there are; None: not to be checked."""
    return compile_list(MaintenanceSchema, entries, partial(_window, zones=zones))


def _window(schema: MaintenanceSchema, work: Work, *, zones: Collection[str] | None) -> Window | None:
    where = compile_where(schema.where, work)
    if zones is not None and schema.at.tz not in zones and schema.at.tz != DEFAULT_ZONE:
        work.note(("at", "tz"), unknown("time zone", schema.at.tz, sorted(zones)))
    at = _at(schema.at, work)
    return Window(schema.id, at, schema.at.tz, where, schema.mode == "hide") if at is not None else None


def read_where(text: str, names: MibView) -> tuple[Where, str]:
    """Return what an operator's window covers, and what is wrong with its text; empty: nothing."""
    work = Work(Piece(Document("", {"where": text}, {}, {}), ""), names, {})
    where = compile_where(text, work)
    return where, "; ".join(problem.message.removeprefix("where: ") for problem in work.problems)


def compile_where(text: str, work: Work) -> Where:
    """Return what a window covers; an empty text: everything."""
    whole = work.condition(text or True, ("where",), _WHERE)
    of_element = work.part(text, _WHERE, without="object") if text else None
    return Where(text, None if whole is ALWAYS else whole.test, of_element)


def _at(schema: AtSchema, work: Work) -> Recurring | Once | None:
    once = bool(schema.from_ or schema.to)
    if once == bool(schema.cron):
        work.note(("at",), "write 'cron' and 'for', or 'from' and 'to'")
        return None
    return _once(schema, work) if once else _recurring(schema, work)


def _recurring(schema: AtSchema, work: Work) -> Recurring | None:
    if schema.for_ is None:
        if "for" not in work.piece.document.data["at"]:
            work.note(("at",), "'cron' needs 'for' (how long it lasts)")
        return None
    try:
        return Recurring(parse_cron(schema.cron), schema.for_.ms, f"{schema.cron}, for {schema.for_}, {schema.tz}")
    except ValueError as error:
        work.note(("at", "cron"), str(error))
        return None


def _once(schema: AtSchema, work: Work) -> Once | None:
    if schema.for_ is not None:
        work.note(("at", "for"), "belongs to 'cron'")
    start, end = _moment(schema.from_, "from", work), _moment(schema.to, "to", work)
    if start is None or end is None:
        return None
    if (start.tzinfo is None) == (end.tzinfo is None) and end <= start:
        work.note(("at", "to"), "is not after 'from'")
    return Once(start, end)


def _moment(text: str, key: str, work: Work) -> datetime | None:
    if not text:
        work.note(("at",), f"'{key}' is missing")
        return None
    if not _FORM.fullmatch(text):
        work.note(("at", key), f"'{text}' is no time (write '2026-03-01 22:00' or 2026-03-01T22:00:00Z)")
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        work.note(("at", key), f"'{text}' is not a time of any day")
        return None
