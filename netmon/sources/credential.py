"""A credential as sources use it: resolved, and never shown."""

from typing import Literal

import msgspec

from netmon.snmp.user import User


class Credential(msgspec.Struct, frozen=True):
    """What proves who asks or who tells; its id, never its secret, goes into observations and logs."""

    id: str
    version: Literal["v1", "v2c", "v3"] = "v2c"
    community: bytes = b""
    user: User | None = None
    """Of version 3."""
    context: bytes = b""
    engine_id: bytes = b""
    """Of the one engine that it is for; empty: of every engine."""

    def __repr__(self) -> str:
        return f"Credential(id={self.id!r}, version={self.version!r}, ***)"
