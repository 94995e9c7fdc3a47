"""A user of version 3 as both sides know it: name, protocols and the keys they start from (RFC 3414 section 2.2)."""

from typing import Literal

import msgspec

from netmon.snmp.secured import Level
from netmon.snmp.usm import AuthProtocol, Extension, Keys, PrivProtocol, localize, needs_extension, privacy_key

NO_KEYS = Keys(auth="")


class User(msgspec.Struct, frozen=True):
    """Who asks or tells; equal users have equal keys. It never shows them."""

    name: bytes
    auth: AuthProtocol | Literal[""] = ""
    auth_master: bytes = b""
    """``master_key`` of the password; with ``engine_id`` the key localized to that engine."""
    priv: PrivProtocol | Literal[""] = ""
    priv_master: bytes = b""
    extension: Extension | Literal["auto"] = "auto"
    engine_id: bytes = b""
    """The only engine that it is known at; empty: every engine."""

    def __repr__(self) -> str:
        return f"User(name={self.name!r}, auth={self.auth!r}, priv={self.priv!r})"

    @property
    def level(self) -> Level:
        """The security level that its keys allow."""
        return "authPriv" if self.priv else "authNoPriv" if self.auth else "noAuthNoPriv"

    def extensions(self) -> tuple[Extension, ...]:
        """Return the ways to try in which a key too short for the cipher is made longer, the likelier first."""
        if not self.auth or not self.priv or not needs_extension(self.auth, self.priv):
            return ("blumenthal",)
        return ("blumenthal", "cisco") if self.extension == "auto" else (self.extension,)

    def signing(self, engine_id: bytes) -> Keys:
        """Return the keys for one engine as far as a MAC needs them: little work, whoever asks for it."""
        return Keys(self.auth, self._localized(self.auth_master, engine_id)) if self.auth else NO_KEYS

    def keys(self, engine_id: bytes, extension: Extension = "blumenthal") -> Keys:
        """Return the keys for one engine; up to 3 ms of work where a ``cisco`` key is made longer."""
        if not self.auth:
            return NO_KEYS
        auth_key = self._localized(self.auth_master, engine_id)
        if not self.priv:
            return Keys(self.auth, auth_key)
        priv_key = privacy_key(
            self.auth,
            self._localized(self.priv_master, engine_id),
            priv=self.priv,
            engine_id=engine_id,
            extension=extension,
        )
        return Keys(self.auth, auth_key, self.priv, priv_key)

    def _localized(self, key: bytes, engine_id: bytes) -> bytes:
        assert self.auth, "only a user with authentication has keys"
        return key if self.engine_id else localize(self.auth, key, engine_id)
