"""``maintenance``: when work is planned on what, so that its alarms disturb nobody (specs/rules.md 6.13)."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from netmon.domain.decode import Invalid, decode
from netmon.domain.duration import Duration
from netmon.domain.place import Document, Problem
from netmon.domain.scalar import span, unknown
from netmon.mib.names import MibView
from netmon.rulebook.cron import parse_cron
from netmon.rulebook.expression import Context
from netmon.rulebook.functions import Tally
from netmon.rulebook.resolve import INVENTORY
from netmon.rulebook.schema import Id, Piece, pieces
from netmon.rulebook.window import Once, Recurring, Window
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


class CompiledWindow(msgspec.Struct, frozen=True):
    """An entry as far as it is right."""

    id: str
    piece: Piece
    windows: tuple[Window, ...]
    """None of a broken entry."""
    problems: tuple[Problem, ...]


def zones_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """Return the zones that rule files name, in order."""
    return zones_in(pieces(documents).maintenance)


def zones_in(entries: Iterable[Piece]) -> tuple[str, ...]:
    """Return the zones that entries of ``maintenance`` name, in order."""
    ats = (piece.document.data.get("at") for piece in entries)
    return tuple(sorted({str(at.get("tz") or DEFAULT_ZONE) for at in ats if isinstance(at, Mapping)}))


def compile_window(piece: Piece, names: MibView, tally: Tally, *, zones: Collection[str] | None) -> CompiledWindow:
    """Check and compile one entry.

    Args:
        piece: the entry.
        names: the MIBs.
        tally: where running conditions count.
        zones: the time zones there are; None: not to be checked.
    """
    work, schema = Work(piece, names, tally), None
    try:
        schema = decode(MaintenanceSchema, piece.document, subject=piece.subject)
    except Invalid as invalid:
        work.problems += invalid.problems
        schema = invalid.partial
    if schema is None:
        return CompiledWindow("", piece, (), tuple(work.problems))
    where = work.condition(schema.where or True, ("where",), _WHERE)
    if zones is not None and schema.at.tz not in zones and schema.at.tz != DEFAULT_ZONE:
        work.note(("at", "tz"), unknown("time zone", schema.at.tz, sorted(zones)))
    at = _at(schema.at, work)
    if work.problems or at is None:
        return CompiledWindow(schema.id, piece, (), tuple(work.problems))
    test = None if where is ALWAYS else where.test
    return CompiledWindow(schema.id, piece, (Window(schema.id, at, schema.at.tz, test, schema.mode == "hide"),), ())


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
        return Recurring(parse_cron(schema.cron), schema.for_.ms)
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
