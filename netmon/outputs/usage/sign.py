"""Signatures of manifests: HMAC-SHA-256 (RFC 2104) over the manifest without its signature (specs/usage.md 7)."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from netmon.usage.record_line import canonical

ALGORITHM = "hmac-sha256"


class SigningKey(msgspec.Struct, frozen=True):
    """A key that billing has, too."""

    key: bytes
    id: str
    """The first digits of its SHA-256: which key it is, not what it is."""


def signing_key(secret: str) -> SigningKey:
    """Return the key that a secret text is."""
    key = secret.encode()
    return SigningKey(key, hashlib.sha256(key).hexdigest()[:16])


def signature(manifest: Mapping[str, Any], key: SigningKey) -> dict[str, str]:
    """Return what stands as ``signature`` in a manifest."""
    return {"alg": ALGORITHM, "key_id": key.id, "value": _value(manifest, key.key)}


def wrong_signature(manifest: Mapping[str, Any], keys: Mapping[str, bytes]) -> str:
    """Return what is wrong with the signature of a manifest; empty: nothing, or no key was given to judge it by."""
    if not keys:
        return ""
    told = manifest.get("signature")
    if not isinstance(told, dict):
        return "is not signed"
    key = keys.get(str(told.get("key_id")))
    if key is None:
        return f"is signed with key {told.get('key_id')}, which is not one of those that were given"
    right = told.get("alg") == ALGORITHM and hmac.compare_digest(str(told.get("value")), _value(manifest, key))
    return "" if right else "its signature is not that of its content"


def _value(manifest: Mapping[str, Any], key: bytes) -> str:
    unsigned = {name: value for name, value in manifest.items() if name != "signature"}
    return hmac.new(key, canonical(unsigned), hashlib.sha256).hexdigest()
