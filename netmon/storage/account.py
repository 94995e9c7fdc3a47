"""Accounts, sessions, tokens, views and the audit, and the requests that change them.

None of them changes a decision, so they are no Observations: the store's writer puts them into its next transaction.
"""

import msgspec


class Operator(msgspec.Struct, frozen=True):
    """An account; the secret is stored as a scrypt hash, empty when it may only use tokens."""

    name: str
    role: str
    password: str
    created: int


class ApiToken(msgspec.Struct, frozen=True):
    """A token of an operator; only the SHA-256 of its text is kept."""

    id: str
    operator: str
    scope: str
    """One or more of read, operate, usage, wallboard, admin, with spaces between them."""
    sha256: str
    created: int
    expires: int | None = None
    used: int | None = None
    """When it was last used, to some minutes."""


class Session(msgspec.Struct, frozen=True):
    """A browser that is signed in; only the SHA-256 of its cookie is kept."""

    sha256: str
    operator: str
    created: int
    used: int
    """When it was last used, to some minutes."""
    address: str = ""


class SavedView(msgspec.Struct, frozen=True):
    """A view of the alarm list that an operator keeps."""

    operator: str
    name: str
    shared: bool
    body: bytes
    """JSON, as the dashboard gave it."""
    changed: int


class AuditRow(msgspec.Struct, frozen=True):
    """One request that writes, taken or refused, or a sign-in (specs/alarms.md 6)."""

    at: int
    """UTC ms."""
    user: str
    action: str
    """acknowledge, sign-in, add-token, PUT /api/v1/views/{name}, ..."""
    result: str
    """done, or why not."""
    role: str = ""
    address: str = ""
    """Where the request came from; empty on this host."""
    targets: tuple[str, ...] = ()
    """Ids of what it was about."""
    comment: str = ""
    on_behalf_of: str = ""
    request_id: str = ""
    before: str = ""
    after: str = ""
    """Of a request about alarms those that were refused, as JSON: ``{id: {reason, evidence, version}}``."""
    id: int = 0
    """Rising, the cursor of the list; 0 until the row is kept."""


class Refused(msgspec.Struct, frozen=True):
    """A request that an alarm was refused."""

    at: int
    """UTC ms."""
    user: str
    action: str
    comment: str
    request_id: str
    reason: str
    """A stable word."""
    evidence: str
    """Why, in words."""
    version: int
    """Of the alarm at that time."""


class AddOperator(msgspec.Struct, frozen=True, tag="add_operator", tag_field="do", forbid_unknown_fields=True):
    """Add an account, or replace it; a new password ends its sessions."""

    operator: Operator


class RemoveOperator(msgspec.Struct, frozen=True, tag="remove_operator", tag_field="do", forbid_unknown_fields=True):
    """Remove an account with its tokens, sessions and views."""

    name: str


class AddToken(msgspec.Struct, frozen=True, tag="add_token", tag_field="do", forbid_unknown_fields=True):
    """Add a token; its text never comes here, only the hash."""

    token: ApiToken


class RevokeToken(msgspec.Struct, frozen=True, tag="revoke_token", tag_field="do", forbid_unknown_fields=True):
    """Make a token void."""

    id: str


class BeginSession(msgspec.Struct, frozen=True, tag="begin_session", tag_field="do", forbid_unknown_fields=True):
    """Somebody signed in."""

    session: Session


class EndSession(msgspec.Struct, frozen=True, tag="end_session", tag_field="do", forbid_unknown_fields=True):
    """Somebody signed out; a session that is gone already is no error."""

    sha256: str


class Used(msgspec.Struct, frozen=True, tag="used", tag_field="do", forbid_unknown_fields=True):
    """A session or a token, known by the SHA-256 of its text, was used."""

    sha256: str
    at: int


class SaveView(msgspec.Struct, frozen=True, tag="save_view", tag_field="do", forbid_unknown_fields=True):
    """Keep a view, or replace the one of that name."""

    view: SavedView


class RemoveView(msgspec.Struct, frozen=True, tag="remove_view", tag_field="do", forbid_unknown_fields=True):
    """Forget a view."""

    operator: str
    name: str


class Note(msgspec.Struct, frozen=True, tag="note", tag_field="do", forbid_unknown_fields=True):
    """Add a row to the audit."""

    row: AuditRow


class Task(msgspec.Struct, frozen=True):
    """A task of TMF642, as it ended."""

    id: str
    kind: str
    """ackAlarms, unAckAlarms."""
    at: int
    body: bytes
    """JSON, without what depends on the address it is read by."""


class KeepTask(msgspec.Struct, frozen=True, tag="keep_task", tag_field="do", forbid_unknown_fields=True):
    """Keep a task."""

    task: Task


AccountCall = (
    AddOperator
    | RemoveOperator
    | AddToken
    | RevokeToken
    | BeginSession
    | EndSession
    | Used
    | SaveView
    | RemoveView
    | Note
    | KeepTask
)
"""Some of them together are written in one transaction, or not at all."""

REFUSED = "refused"
"""The results in the audit begin so where a request was not even tried: a sign-in of that kind is no failure."""

MOST_VIEWS = 200
"""Of one operator."""
