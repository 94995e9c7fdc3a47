"""A credential as sources use it: resolved, and never shown."""

from typing import Literal

import msgspec


class Credential(msgspec.Struct, frozen=True):
    """What proves who asks or who tells; its id, never its secret, goes into observations and logs."""

    id: str
    version: Literal["v1", "v2c", "v3"] = "v2c"
    community: bytes = b""

    def __repr__(self) -> str:
        return f"Credential(id={self.id!r}, version={self.version!r}, community=***)"
