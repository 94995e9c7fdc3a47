"""What the web process and the command line ask of the engine over its unix socket (specs/dashboard.md 2)."""

import msgspec

VERSION_HEADER = "netmon-version"
"""Both sides are the same build: a caller that names another version here is refused."""


class OperatorCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operator request as it comes in; the engine adds the time."""

    action: str
    alarms: tuple[str, ...]
    user: str
    request_id: str = ""
    """Sent again with the same id, the first answer comes back; made by the engine when empty."""
    comment: str = ""
    until: int = 0
    owner: str = ""
    parent: str = ""
    on_behalf_of: str = ""
    system: str = ""
    seen: tuple[int, ...] = ()
    """Versions of the alarms as the operator saw them, one per alarm, 0: not told."""
    role: str = ""
    address: str = ""
    """Where the request came from; with the role for the audit."""
    elements: tuple[str, ...] = ()
    """With action ``poll``: ids of elements."""


class EngineStatus(msgspec.Struct, frozen=True):
    """How the engine is doing."""

    seq: int
    """Number of the last observation it took."""
    now: int
    """Its time, UTC ms: of the newest Tick."""
    waiting: int
    """Observations that wait for a batch."""
    change_seq: int
    """Number of the last alarm change."""
    rules: str
    """Hash of the rule set in use."""
    traps: tuple[str, ...]
    """Addresses where it listens for traps."""
    engine: str
    """Address of its metrics."""
    web: str
    """First address of the web process, empty where there is none."""
