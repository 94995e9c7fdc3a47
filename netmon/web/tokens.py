"""API tokens: how one is made and known again (specs/dashboard.md section 4)."""

import hashlib
import secrets

from netmon.storage.account import ApiToken


def make_token(operator: str, scope: str, *, now: int, expires: int | None = None) -> tuple[str, ApiToken]:
    """Return the text of a new token, to be shown once, and what the store keeps of it; times are UTC ms."""
    id_ = secrets.token_hex(6)
    text = f"nm_{id_}_{secrets.token_urlsafe(32)}"
    return text, ApiToken(id_, operator, scope, token_sha256(text), now, expires)


def token_sha256(text: str) -> str:
    """Return what the store knows a token by."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
