"""``/api/v1/audit``: who asked for what, and what became of it (specs/alarms.md 6)."""

from typing import Annotated

import msgspec

from netmon.storage.account import AuditRow
from netmon.web.context import Call
from netmon.web.openapi import operation


class AuditQuery(msgspec.Struct, frozen=True):
    """Which rows."""

    user: str = ""
    """Of this user only."""
    action: str = ""
    """Of this action only: acknowledge, sign-in, add-token, ..."""
    since: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0
    """Not older than this, UTC ms."""
    before: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0
    """Older than the row of this id: the ``before`` of the last answer."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100


class AuditList(msgspec.Struct, frozen=True):
    """Rows, newest first."""

    rows: list[AuditRow]
    before: int | None
    """Where the next page begins; null: this is the last one."""


@operation("GET", "/api/v1/audit", summary="Read the audit", role="admin", query=AuditQuery, answer=AuditList)
async def list_audit(call: Call[AuditQuery, None]) -> AuditList:
    """List requests that write, taken or refused, and sign-ins, newest first; kept 400 days."""
    asked = call.query
    rows = await call.web.slow.run(
        call.web.store.audit,
        user=asked.user,
        action=asked.action,
        since=asked.since,
        before=asked.before,
        limit=asked.limit,
    )
    return AuditList(rows, rows[-1].id if len(rows) == asked.limit else None)


OPERATIONS = (list_audit,)
