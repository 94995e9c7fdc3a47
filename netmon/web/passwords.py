"""Passwords: scrypt of the standard library, and how its results are kept (specs/dashboard.md 4)."""

import base64
import binascii
import hashlib
import hmac
import secrets

SHORTEST = 12
LONGEST = 1_024
"""Longer text is refused before it costs anything."""

_COST, _BLOCK, _PARALLEL = 1 << 15, 8, 3
_SALT_BYTES = 16
_MOST_MEMORY = 64 << 20


def hash_password(password: str, *, cost: int = _COST) -> str:
    """Return what is kept of a password; with the usual ``cost`` it takes a tenth of a second and 32 MiB.

    Raises:
        ValueError: it is too short or too long; the message says so.
    """
    if len(password) < SHORTEST:
        raise ValueError(f"a password needs at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise ValueError(f"a password has at most {LONGEST} characters")
    salt = secrets.token_bytes(_SALT_BYTES)
    parts = (_text(salt), _text(_scrypt(password, salt, cost=cost, block=_BLOCK, parallel=_PARALLEL)))
    return f"scrypt${cost}${_BLOCK}${_PARALLEL}${parts[0]}${parts[1]}"


NOBODY = f"scrypt${_COST}${_BLOCK}${_PARALLEL}${'A' * 22}==${'A' * 86}=="
"""Fits no password, and takes as long as one that may."""


def fits(password: str, kept: str) -> bool:
    """Tell whether a password is the one of which this was kept; takes the same time whatever was kept."""
    if len(password) > LONGEST:
        password = ""
    try:
        _, cost, block, parallel, salt, digest = (kept or NOBODY).split("$")
        made = _scrypt(password, _octets(salt), cost=int(cost), block=int(block), parallel=int(parallel))
        return hmac.compare_digest(made, _octets(digest))
    except (ValueError, binascii.Error):
        return False


def make_password() -> str:
    """Return a random password of 20 characters, without those that look alike."""
    letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(letters) for _ in range(20))


def _scrypt(password: str, salt: bytes, *, cost: int, block: int, parallel: int) -> bytes:
    octets = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(octets, salt=salt, n=cost, r=block, p=parallel, maxmem=_MOST_MEMORY, dklen=64)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _octets(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
