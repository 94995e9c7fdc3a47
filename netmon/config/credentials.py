"""``credentials``: communities of versions 1 and 2c, users of version 3 (specs/snmp.md 2.2)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from netmon.domain.place import Path
from netmon.domain.secret import Secret
from netmon.snmp.user import User
from netmon.snmp.usm import AuthProtocol, Extension, PrivProtocol, master_key
from netmon.sources.credential import Credential

ReadSecret = Callable[[Secret], str]
"""Returns the text of a secret; raises ``ValueError``."""

_WEAK = ("md5", "des")
_SECRETS = ("password", "master_key", "localized_key")
_FORMS = "needs community: {file: PATH} or {env: NAME} (v1, v2c), or user (v3)"
_UNPROVEN = "a user without auth proves nothing (allow_noauth: true takes it all the same)"


class AuthConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a user proves who it is: a protocol, and exactly one of the three secrets."""

    protocol: AuthProtocol
    """``md5`` is weak and draws a warning."""
    password: Secret | None = None
    """At least 8 octets."""
    master_key: Secret | None = None
    """Key made of the password, in hex."""
    localized_key: Secret | None = None
    """Key localized to ``engine_id`` of the credential, in hex."""

    def __post_init__(self) -> None:
        _check_secrets(self)


class PrivConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the messages of a user are encrypted: a protocol, and exactly one of the three secrets."""

    protocol: PrivProtocol
    """``des`` is weak and draws a warning."""
    password: Secret | None = None
    """At least 8 octets."""
    master_key: Secret | None = None
    """Key made of the password, in hex."""
    localized_key: Secret | None = None
    """Key localized to ``engine_id`` of the credential, in hex."""
    key_extension: Extension | Literal["auto"] = "auto"
    """How a key too short for the cipher is made longer; ``auto`` finds out what the agent does."""

    def __post_init__(self) -> None:
        _check_secrets(self)


class CredentialConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A community or a user by which netmon asks and is told."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", description="its id")]
    version: Literal["v1", "v2c", "v3"] | None = None
    """Of a community ``v1`` or ``v2c``; a user speaks ``v3``."""
    community: Annotated[Secret | None, msgspec.Meta(description="{file: PATH} or {env: NAME}")] = None
    user: Annotated[str, msgspec.Meta(max_length=32)] = ""
    """Security name."""
    auth: AuthConfig | None = None
    """Without it the user proves nothing, which ``allow_noauth`` must allow."""
    priv: PrivConfig | None = None
    """Without it messages can be read by everyone on their way."""
    context: Annotated[str, msgspec.Meta(max_length=32)] = ""
    """Name of the context that is asked."""
    engine_id: Annotated[str, msgspec.Meta(pattern=r"^(0x)?([0-9A-Fa-f]{2}){5,32}$")] | None = None
    """Of the one engine that localized keys are for, in hex."""
    allow_noauth: bool = False
    """The user may go without authentication."""

    def __post_init__(self) -> None:
        wrong = _of_community(self) if self.community is not None and not self.user else _of_user(self)
        if wrong:
            raise ValueError(wrong)


def _of_community(config: CredentialConfig) -> str:
    if config.version not in ("v1", "v2c"):
        return "a community has version: v1 or v2c"
    foreign = [name for name in ("auth", "priv", "engine_id") if getattr(config, name) is not None]
    return f"{foreign[0]} is of a user (v3), not of a community" if foreign else ""


def _of_user(config: CredentialConfig) -> str:
    if config.community is not None or not config.user:
        return _FORMS + (", and has both" if config.user else "")
    if config.version not in ("v3", None):
        return f"a user speaks v3, not {config.version}"
    if config.auth is None:
        if config.priv is not None:
            return "priv needs auth (RFC 3414 section 1.4.2)"
        return (
            ""
            if config.allow_noauth
            else "a user without auth proves nothing (allow_noauth: true takes it all the same)"
        )
    keys = [config.auth.localized_key, *([config.priv.localized_key] if config.priv is not None else [])]
    local = [key is not None for key in keys]
    if any(local) and not all(local):
        return "auth and priv must both have localized_key, or neither"
    return "localized_key needs engine_id" if local[0] and config.engine_id is None else ""


def _check_secrets(config: AuthConfig | PrivConfig) -> None:
    given = [name for name in _SECRETS if getattr(config, name) is not None]
    if len(given) != 1:
        raise ValueError(f"needs one of {', '.join(_SECRETS)}, and has {' and '.join(given) or 'none'}")


class Resolved(msgspec.Struct, frozen=True):
    """Credentials as sources use them, without those of which a secret is wrong, and what is wrong with its path."""

    credentials: tuple[Credential, ...]
    problems: tuple[tuple[Path, str], ...]


def resolve(configs: Sequence[CredentialConfig], read: ReadSecret) -> Resolved:
    """Resolve all credentials; each password is hashed once, which takes 1 to 3 ms: not for the loop."""
    hashed: dict[tuple[AuthProtocol, str], bytes] = {}
    credentials: list[Credential] = []
    problems: list[tuple[Path, str]] = []
    for position, config in enumerate(configs):
        keys: dict[str, bytes] = {}
        for name, key in _secrets(config):
            try:
                keys[name] = _octets(config, name, key, read, hashed)
            except ValueError as error:
                path = (name,) if name == key else (name, key)
                problems.append((("credentials", position, *path), str(error)))
        if len(keys) == len(_secrets(config)):
            credentials.append(_credential(config, keys))
    return Resolved(tuple(credentials), tuple(problems))


def _secrets(config: CredentialConfig) -> list[tuple[str, str]]:
    """Return the part of the credential that each secret is of, and its key there."""
    if config.community is not None:
        return [("community", "community")]
    parts = (("auth", config.auth), ("priv", config.priv))
    return [(name, key) for name, part in parts for key in _SECRETS if getattr(part, key, None) is not None]


def _octets(
    config: CredentialConfig, name: str, key: str, read: ReadSecret, hashed: dict[tuple[AuthProtocol, str], bytes]
) -> bytes:
    if config.community is not None:
        return read(config.community).encode()
    assert config.auth is not None, "a secret of a user needs auth, checked when it was read"
    text = read(getattr(config.auth if name == "auth" else config.priv, key))
    if key == "password":
        protocol = config.auth.protocol
        if (protocol, text) not in hashed:
            hashed[protocol, text] = master_key(protocol, text.encode())
        return hashed[protocol, text]
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise ValueError("the key is not hex") from None


def _credential(config: CredentialConfig, keys: Mapping[str, bytes]) -> Credential:
    if config.community is not None:
        assert config.version is not None, "checked when it was read"
        return Credential(id=config.id, version=config.version, community=keys["community"])
    engine_id = bytes.fromhex((config.engine_id or "").removeprefix("0x"))
    user = User(
        config.user.encode(),
        auth=config.auth.protocol if config.auth is not None else "",
        auth_master=keys.get("auth", b""),
        priv=config.priv.protocol if config.priv is not None else "",
        priv_master=keys.get("priv", b""),
        extension=config.priv.key_extension if config.priv is not None else "auto",
        engine_id=engine_id if config.auth is not None and config.auth.localized_key is not None else b"",
    )
    return Credential(id=config.id, version="v3", user=user, context=config.context.encode(), engine_id=engine_id)


def weak_protocols(credentials: Sequence[CredentialConfig]) -> Iterator[tuple[Path, str]]:
    """Yield a warning for each protocol that no longer protects."""
    for position, config in enumerate(credentials):
        for name in ("auth", "priv"):
            part: Any = getattr(config, name)
            if part is not None and part.protocol in _WEAK:
                yield ("credentials", position, name, "protocol"), f"{part.protocol} is weak: it can be broken"
