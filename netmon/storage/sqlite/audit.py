"""The audit: who asked for what, and what became of it; rows are only ever added, and go after 400 days."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from netmon.domain.instant import iso
from netmon.domain.observation import Observation, OperatorRequest
from netmon.storage.account import REFUSED, AuditRow, Refused

_KEPT_MS = 400 * 86_400_000
_STEP = 100
_ADD = "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"
_OLD = "DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT ?) WHERE at < ?)"
_ROWS = """SELECT * FROM audit WHERE (:user = '' OR user = :user) AND (:action = '' OR action = :action)
    AND at >= :since AND (:before = 0 OR id < :before) ORDER BY id DESC LIMIT :limit"""
_FAILED = """SELECT at, user = ?, address = ? FROM audit WHERE action = 'sign-in' AND result <> 'done'
    AND result NOT LIKE ? AND at >= ? ORDER BY id DESC"""
_REFUSED = """SELECT at, user, action, comment, request_id, after FROM audit
    WHERE after <> '' AND at >= ? AND instr(after, ?) ORDER BY id DESC LIMIT ?"""
_TARGETS = 6
"""Column that is a list."""


class _Reply(msgspec.Struct):
    result: str
    reason: str = ""
    evidence: str = ""
    id: str = ""
    version: int | None = None


class _Why(msgspec.Struct, omit_defaults=True):
    reason: str = ""
    evidence: str = ""
    version: int = 0


class _Answer(msgspec.Struct):
    results: list[_Reply] = []


def add(connection: sqlite3.Connection, rows: Iterable[AuditRow]) -> None:
    """Add rows, and drop some of those that are past their time."""
    newest = 0
    for row in rows:
        values: list[object] = list(msgspec.structs.astuple(row)[:-1])
        values[_TARGETS] = msgspec.json.encode(row.targets).decode()
        connection.execute(_ADD, values)
        newest = max(newest, row.at)
    connection.execute(_OLD, (_STEP, newest - _KEPT_MS))


def add_requests(
    connection: sqlite3.Connection, observations: Iterable[Observation], answers: Sequence[tuple[str, bytes]]
) -> None:
    """Add a row for each operator request of a batch, with what the core made of it."""
    told = dict(answers)
    add(
        connection,
        [
            AuditRow(
                at=one.at,
                user=one.user,
                action=one.action,
                result=_result(told.get(one.request_id, b"{}")),
                role=one.role,
                address=one.address,
                targets=one.alarms or one.elements or one.windows or _made(told.get(one.request_id, b"{}")),
                comment=one.comment,
                on_behalf_of=one.on_behalf_of,
                request_id=one.request_id,
                after=_refused(told.get(one.request_id, b"{}")) or _planned(one),
            )
            for one in observations
            if isinstance(one, OperatorRequest)
        ],
    )


def _result(answer: bytes) -> str:
    """Return ``3 done, 1 refused conditionObserved`` for the answer to a request."""
    counts: dict[str, int] = {}
    for reply in msgspec.json.decode(answer, type=_Answer).results:
        what = f"{reply.result} {reply.reason}" if reply.result == "refused" else reply.result
        counts[what] = counts.get(what, 0) + 1
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def _made(answer: bytes) -> tuple[str, ...]:
    """Return the ids of what a request made that names nothing itself."""
    return tuple(one.id for one in msgspec.json.decode(answer, type=_Answer).results if one.id)


def _planned(request: OperatorRequest) -> str:
    """Return what a maintenance window is, in words; without a double quote, which stands around ids of alarms only."""
    if not request.where:
        return ""
    begins = iso(max(request.since, request.at))
    return f"{request.mode or 'hide'} {request.where} from {begins} to {iso(request.until)}".replace('"', "'")


def _refused(answer: bytes) -> str:
    """Return why which alarms were refused; empty if none was."""
    replies = msgspec.json.decode(answer, type=_Answer).results
    why = {one.id: _Why(one.reason, one.evidence, one.version or 0) for one in replies if one.result == "refused"}
    return msgspec.json.encode(why).decode() if why else ""


def refused(connection: sqlite3.Connection, alarm_id: str, *, since: int, limit: int) -> list[Refused]:
    """Return the requests that an alarm was refused, newest first."""
    found = []
    for at, user, action, comment, request_id, after in connection.execute(_REFUSED, (since, f'"{alarm_id}"', limit)):
        why = msgspec.json.decode(after, type=dict[str, _Why])[alarm_id]
        found.append(Refused(at, user, action, comment, request_id, why.reason, why.evidence, why.version))
    return found


def rows(
    connection: sqlite3.Connection,
    *,
    user: str = "",
    action: str = "",
    since: int = 0,
    before: int = 0,
    limit: int = 100,
) -> list[AuditRow]:
    """Return rows, newest first; ``before`` is the id of the last one seen, an empty word fits all."""
    asked = {"user": user, "action": action, "since": since, "before": before, "limit": limit}
    return [_row(list(row)) for row in connection.execute(_ROWS, asked)]


def _row(values: list[Any]) -> AuditRow:
    values[_TARGETS] = msgspec.json.decode(values[_TARGETS], type=tuple[str, ...])
    return AuditRow(*values)


def failures(connection: sqlite3.Connection, *, user: str, address: str, since: int) -> tuple[list[int], list[int]]:
    """Return when sign-ins failed, newest first: for this name, and from this address."""
    found = connection.execute(_FAILED, (user, address, f"{REFUSED}%", since)).fetchall()
    return [at for at, of_user, _ in found if of_user], [at for at, _, from_address in found if from_address]
