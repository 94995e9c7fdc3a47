"""Maintenance windows that operators ask for: checked, and made (specs/rules.md 6.13)."""

from collections.abc import Iterator
from typing import get_args
from uuid import NAMESPACE_URL, uuid5

import msgspec

from netmon.domain.observation import OperatorRequest
from netmon.domain.plan import Mode, PlannedWork, WorkReply
from netmon.domain.scalar import unknown
from netmon.mib.names import MibView
from netmon.rulebook.maintenance import read_where

MOST_WORKS = 1_000
LONGEST_COMMENT = 2_000
_LAST_MS = 253_402_300_799_999
"""The end of the year 9999, which RFC 3339 can still write."""
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:netmon:maintenance:v1")


def work_of(
    request: OperatorRequest, now: int, names: MibView, *, known: int
) -> tuple[PlannedWork | None, tuple[WorkReply, ...]]:
    """Return the window that is asked for; where there is none, all that is wrong.

    Its id follows from that of the request, so it does not depend on what came before.

    Args:
        request: without a time from which it begins now: with the next Tick.
        now: engine time.
        names: the MIBs.
        known: how many windows there are already.
    """
    if known >= MOST_WORKS:
        evidence = f"there are {MOST_WORKS} maintenance windows already: end one first"
        return None, (WorkReply("", "refused", "tooMany", 409, evidence),)
    start = max(request.since or request.at, now + 1)
    wrong = tuple(_wrong(request, start, names))
    if wrong:
        return None, wrong
    mode: Mode = "mark" if request.mode == "mark" else "hide"
    id_ = str(uuid5(_NAMESPACE, request.request_id))
    where, comment = request.where.strip(), request.comment.strip()
    return PlannedWork(id_, where, start, request.until, mode, comment, request.user, request.at), ()


def ended(work: PlannedWork, at: int, now: int) -> PlannedWork:
    """Return a window that ends at once: with the next Tick."""
    return msgspec.structs.replace(work, end=max(at, now + 1))


def _wrong(request: OperatorRequest, start: int, names: MibView) -> Iterator[WorkReply]:
    if not request.where.strip():
        yield _refused("where", "empty (write which elements, as in element.id == 'r1'; true: all)")
    elif wrong := read_where(request.where.strip(), names)[1]:
        yield _refused("where", wrong)
    if request.mode and request.mode not in get_args(Mode):
        yield _refused("mode", unknown("value", request.mode, list(get_args(Mode))))
    if not start < request.until <= _LAST_MS:
        yield _refused("to", "is not after 'from'" if request.since > request.at else "is not in the future")
    if len(request.comment) > LONGEST_COMMENT:
        yield _refused("comment", f"longer than {LONGEST_COMMENT:,} characters")


def _refused(path: str, why: str) -> WorkReply:
    return WorkReply("", "refused", "badValue", 400, f"{path}: {why}", path)
