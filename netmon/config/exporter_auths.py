"""``auths`` of an ``snmp.yml``: how snmp_exporter asks, as credentials of netmon (specs/snmp.md 6.2)."""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from netmon.domain.decode import Invalid, decode
from netmon.domain.place import Document, Problem, path_text
from netmon.snmp.user import User
from netmon.snmp.usm import AuthProtocol, Extension, PrivProtocol, master_key
from netmon.sources.credential import Credential

_AUTH: dict[str, AuthProtocol] = {
    "MD5": "md5",
    "SHA": "sha",
    "SHA224": "sha224",
    "SHA256": "sha256",
    "SHA384": "sha384",
    "SHA512": "sha512",
}
_PRIV: dict[str, tuple[PrivProtocol, Extension]] = {
    "DES": ("des", "blumenthal"),
    "AES": ("aes128", "blumenthal"),
    "AES192": ("aes192", "blumenthal"),
    "AES192C": ("aes192", "cisco"),
    "AES256": ("aes256", "blumenthal"),
    "AES256C": ("aes256", "cisco"),
}
_SECRETS = ("community", "password", "priv_password")
_PLAIN = "a secret as plain text: better a netmon credential, whose id the parameter auth takes as well"
_VERSIONS: dict[int, Literal["v1", "v2c"]] = {1: "v1", 2: "v2c"}


class ExporterAuth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``auths``, with the exporter's defaults."""

    version: Literal[1, 2, 3] = 2
    community: str = "public"
    security_level: Literal["noAuthNoPriv", "authNoPriv", "authPriv"] = "noAuthNoPriv"
    username: str = ""
    password: str = ""
    auth_protocol: Literal["MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"] = "MD5"
    priv_password: str = ""
    priv_protocol: Literal["DES", "AES", "AES192", "AES192C", "AES256", "AES256C"] = "DES"
    context_name: str = ""

    def __repr__(self) -> str:
        return f"ExporterAuth(version={self.version!r}, username={self.username!r}, ***)"


class Auths(msgspec.Struct, frozen=True):
    """The auths that are right, by name, and what is wrong with all of them."""

    auths: dict[str, Credential]
    problems: tuple[Problem, ...]


def read_auths(document: Document) -> Auths:
    """Return the credentials of a file; a hash of a password takes 1 to 3 ms."""
    auths: dict[str, Credential] = {}
    problems: list[Problem] = []
    found = document.data.get("auths") if isinstance(document.data, Mapping) else None
    for name in found if isinstance(found, Mapping) else ():
        try:
            auth = decode(ExporterAuth, document, ("auths", name))
        except Invalid as invalid:
            problems += invalid.problems
            continue
        wrong = list(_missing(auth))
        problems += (_problem(document, name, key, message) for key, message in wrong)
        problems += _plain_secrets(document, name)
        if wrong:
            continue
        try:
            auths[name] = credential(name, auth)
        except ValueError as error:
            problems.append(_problem(document, name, "", str(error)))
    return Auths(auths, tuple(sorted(problems)))


def credential(name: str, auth: ExporterAuth) -> Credential:
    """Return the credential of an auth.

    Raises:
        ValueError: a password is too short; the message does not hold it.
    """
    context = auth.context_name.encode()
    if auth.version in _VERSIONS:
        return Credential(name, _VERSIONS[auth.version], auth.community.encode(), context=context)
    if auth.security_level == "noAuthNoPriv":
        return Credential(name, "v3", user=User(auth.username.encode()), context=context)
    protocol = _AUTH[auth.auth_protocol]
    user = User(auth.username.encode(), auth=protocol, auth_master=master_key(protocol, auth.password.encode()))
    if auth.security_level == "authPriv":
        priv, extension = _PRIV[auth.priv_protocol]
        priv_master = master_key(protocol, auth.priv_password.encode())
        user = msgspec.structs.replace(user, priv=priv, priv_master=priv_master, extension=extension)
    return Credential(name, "v3", user=user, context=context)


def _missing(auth: ExporterAuth) -> Iterator[tuple[str, str]]:
    if auth.version in _VERSIONS:
        return
    if not auth.username:
        yield "username", "missing, required for version 3"
    if auth.security_level != "noAuthNoPriv" and not auth.password:
        yield "password", "missing, required for a level with auth"
    if auth.security_level == "authPriv" and not auth.priv_password:
        yield "priv_password", "missing, required for a level with priv"


def _plain_secrets(document: Document, name: str) -> Iterator[Problem]:
    for key in _SECRETS:
        if ("auths", name, key) in document.values:
            yield _problem(document, name, key, _PLAIN, warning=True)


def _problem(document: Document, name: str, key: str, message: str, *, warning: bool = False) -> Problem:
    path = ("auths", name, key) if key else ("auths", name)
    return Problem(document.place(path), f"{path_text(path)}: {message}", warning=warning)
