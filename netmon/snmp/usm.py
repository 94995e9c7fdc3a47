"""The User-based Security Model: keys, MACs and ciphers, octets in and out (RFC 3414, 3826, 7860).

Which message they are applied to is told by ``secured.py``; whose they are by the sources that use it.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import Final, Literal

import msgspec
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

AuthProtocol = Literal["md5", "sha", "sha224", "sha256", "sha384", "sha512"]
PrivProtocol = Literal["des", "aes128", "aes192", "aes256"]
Extension = Literal["blumenthal", "cisco"]

SHORTEST_PASSWORD: Final = 8
"""RFC 3414 section 11.2."""

_EXPANDED: Final = 1 << 20
"""A password is repeated to so many octets before it is hashed (RFC 3414 section 2.6)."""
_HASHES: Final[dict[AuthProtocol, str]] = {
    "md5": "md5",
    "sha": "sha1",
    "sha224": "sha224",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
}
MAC_SIZES: Final[dict[AuthProtocol, int]] = {
    "md5": 12,
    "sha": 12,
    "sha224": 16,
    "sha256": 24,
    "sha384": 32,
    "sha512": 48,
}
"""Octets of the truncated HMAC (RFC 3414 sections 6, 7; RFC 7860 section 4)."""
KEY_SIZES: Final[dict[PrivProtocol, int]] = {"des": 16, "aes128": 16, "aes192": 24, "aes256": 32}
"""Octets of key; of DES half is the pre-IV (RFC 3414 section 8.1.1.1)."""

_BLOCK: Final = 16
_DES_BLOCK: Final = 8
_CIPHERS_KEPT: Final = 20_000


class Keys(msgspec.Struct, frozen=True):
    """The keys of a user localized to one engine; empty octets where the level has none."""

    auth: AuthProtocol | Literal[""]
    auth_key: bytes = b""
    priv: PrivProtocol | Literal[""] = ""
    priv_key: bytes = b""

    def __repr__(self) -> str:
        return f"Keys(auth={self.auth!r}, priv={self.priv!r})"


def master_key(protocol: AuthProtocol, password: bytes) -> bytes:
    """Return the key of a password, the same for all engines (RFC 3414 section 2.6); takes 1 to 3 ms.

    Raises:
        ValueError: the password is shorter than 8 octets.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"shorter than {SHORTEST_PASSWORD} octets")
    repeated = password * (_EXPANDED // len(password) + 1)
    return hashlib.new(_HASHES[protocol], memoryview(repeated)[:_EXPANDED], usedforsecurity=False).digest()


def localize(protocol: AuthProtocol, key: bytes, engine_id: bytes) -> bytes:
    """Return a master key made for one engine (RFC 3414 section 2.6)."""
    return hashlib.new(_HASHES[protocol], key + engine_id + key, usedforsecurity=False).digest()


def needs_extension(protocol: AuthProtocol, priv: PrivProtocol) -> bool:
    """Tell whether a localized key is shorter than the key of the cipher."""
    return hashlib.new(_HASHES[protocol], usedforsecurity=False).digest_size < KEY_SIZES[priv]


def privacy_key(
    protocol: AuthProtocol, localized: bytes, *, priv: PrivProtocol, engine_id: bytes, extension: Extension
) -> bytes:
    """Return the key of a cipher from the localized privacy key, extended where that is too short.

    ``blumenthal`` appends hashes of what is there, ``cisco`` (Reeder) keys made from what is there as if it were a
    password.
    """
    key = localized
    last = localized
    while len(key) < KEY_SIZES[priv]:
        if extension == "blumenthal":
            key += hashlib.new(_HASHES[protocol], key, usedforsecurity=False).digest()
        else:
            last = localize(protocol, master_key(protocol, last), engine_id)
            key += last
    return key[: KEY_SIZES[priv]]


def mac(protocol: AuthProtocol, key: bytes, message: bytes) -> bytes:
    """Return the truncated HMAC of a whole message whose own MAC is zeros."""
    return hmac.digest(key, message, _HASHES[protocol])[: MAC_SIZES[protocol]]


def is_mac(found: bytes, wanted: bytes) -> bool:
    """Compare two MACs in a time that tells nothing."""
    return hmac.compare_digest(found, wanted)


def encrypt(keys: Keys, plain: bytes, *, boots: int, engine_time: int, salt: int) -> tuple[bytes, bytes]:
    """Return the encrypted octets and the privacy parameters.

    Args:
        keys: with a privacy key.
        plain: a ScopedPDU.
        boots: of the authoritative engine.
        engine_time: of the authoritative engine, in seconds.
        salt: a number never used before with this key; 64 bit for AES, its low 32 bit for DES.
    """
    if keys.priv == "des":
        parameters = boots.to_bytes(4, "big") + (salt & 0xFFFFFFFF).to_bytes(4, "big")
        padded = plain + bytes(-len(plain) % _DES_BLOCK)
        context = _des(keys.priv_key, parameters).encryptor()
        return context.update(padded) + context.finalize(), parameters
    parameters = salt.to_bytes(8, "big")
    vector = boots.to_bytes(4, "big") + engine_time.to_bytes(4, "big") + parameters
    return Cipher(algorithms.AES(keys.priv_key), CFB(vector)).encryptor().update(plain), parameters


def decrypt(keys: Keys, octets: bytes, *, boots: int, engine_time: int, parameters: bytes) -> bytes | None:
    """Return the decrypted octets, with the padding that DES may have; None when they cannot be of this cipher."""
    if not keys.priv or len(parameters) != 8 or not octets:
        return None
    if keys.priv == "des":
        if len(octets) % _DES_BLOCK:
            return None
        context = _des(keys.priv_key, parameters).decryptor()
        return context.update(octets) + context.finalize()
    vector = boots.to_bytes(4, "big") + engine_time.to_bytes(4, "big") + parameters
    # CFB masks each block with the encryption of the one before. Those are all here, so one call of a cached block
    # cipher does, a third of the time of making a cipher for every message.
    before = (vector + octets)[: len(octets) + -len(octets) % _BLOCK]
    return _xor(octets, _ecb(keys.priv_key).update(before)[: len(octets)])


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")


@lru_cache(maxsize=_CIPHERS_KEPT)
def _ecb(key: bytes) -> CipherContext:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305  the block function under CFB


def _des(key: bytes, salt: bytes) -> "Cipher[modes.CBC]":
    # RFC 3414 section 8.1.1: the first half is the key, the second the pre-IV. Single DES is triple DES with one key.
    vector = _xor(key[8:16], salt)
    return Cipher(TripleDES(key[:8] * 3), modes.CBC(vector))
