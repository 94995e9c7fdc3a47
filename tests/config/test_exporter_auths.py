"""``auths`` of an ``snmp.yml``, and several such files together."""

from pathlib import Path

import pytest

from netmon.config.exporter import read_exporter_files
from netmon.config.exporter_auths import Auths, read_auths
from netmon.config.yaml import parse
from netmon.snmp.usm import master_key

PASSWORD, PRIV_PASSWORD = "auth-secret", "priv-secret"
USER = f"version: 3, username: netmon, password: {PASSWORD}"


def read(auth: str) -> Auths:
    found = parse(f"auths:\n  lab: {{{auth}}}\n".encode(), "snmp.yml")
    assert found.problems == ()
    return read_auths(found.document)


def test_communities() -> None:
    assert read("").auths["lab"].version == "v2c"
    assert read("").auths["lab"].community == b"public"
    assert read("").problems == ()
    found = read("version: 1, community: s3cret, context_name: vrf-a")
    assert found.auths["lab"].version == "v1"
    assert found.auths["lab"].community == b"s3cret"
    assert found.auths["lab"].context == b"vrf-a"


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("MD5", "md5"),
        ("SHA", "sha"),
        ("SHA224", "sha224"),
        ("SHA256", "sha256"),
        ("SHA384", "sha384"),
        ("SHA512", "sha512"),
    ],
)
def test_every_authentication(name: str, protocol: str) -> None:
    user = read(f"{USER}, security_level: authNoPriv, auth_protocol: {name}").auths["lab"].user
    assert user is not None
    assert (user.name, user.auth, user.level) == (b"netmon", protocol, "authNoPriv")
    assert user.auth_master == master_key(user.auth or "md5", PASSWORD.encode())


@pytest.mark.parametrize(
    ("name", "protocol", "extension"),
    [
        ("DES", "des", "blumenthal"),
        ("AES", "aes128", "blumenthal"),
        ("AES192", "aes192", "blumenthal"),
        ("AES192C", "aes192", "cisco"),
        ("AES256", "aes256", "blumenthal"),
        ("AES256C", "aes256", "cisco"),
    ],
)
def test_every_privacy(name: str, protocol: str, extension: str) -> None:
    level = f"security_level: authPriv, priv_password: {PRIV_PASSWORD}, priv_protocol: {name}"
    user = read(f"{USER}, {level}").auths["lab"].user
    assert user is not None
    assert (user.priv, user.extension, user.level) == (protocol, extension, "authPriv")
    assert user.priv_master == master_key("md5", PRIV_PASSWORD.encode())


def test_a_user_without_authentication() -> None:
    user = read("version: 3, username: netmon").auths["lab"].user
    assert user is not None
    assert user.level == "noAuthNoPriv"


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ("version: 4", "snmp.yml:2:18: auths.lab.version: expected one of 1, 2, 3, not 4"),
        ("version: 3", "snmp.yml:2:8: auths.lab.username: missing, required for version 3"),
        ("version: 3, username: a, security_level: authNoPriv", "auths.lab.password: missing"),
        (f"{USER}, security_level: authPriv", "auths.lab.priv_password: missing"),
        (f"{USER}, security_level: authpriv", "unknown value 'authpriv' (did you mean 'authPriv'?)"),
        (f"{USER}, auth_protocol: SHA1", "auths.lab.auth_protocol: unknown value 'SHA1' (did you mean 'SHA'?)"),
        (f"{USER}, priv_protocol: AES128", "auths.lab.priv_protocol: unknown value 'AES128'"),
        ("comunity: x", "auths.lab: unknown key 'comunity' (did you mean 'community'?)"),
    ],
)
def test_each_mistake_has_its_place(auth: str, message: str) -> None:
    found = read(auth)
    assert found.auths == {}
    assert [message in str(problem) for problem in found.problems if not problem.warning] == [True]


def test_a_short_password_is_told_without_it() -> None:
    found = read("version: 3, username: a, security_level: authNoPriv, password: short")
    (problem,) = (problem for problem in found.problems if not problem.warning)
    assert "auths.lab" in str(problem)
    assert "short" not in str(problem).replace("shorter", "")


def test_plain_secrets_are_warned_of_and_never_shown() -> None:
    level = f"security_level: authPriv, priv_password: {PRIV_PASSWORD}"
    found = read(f"{USER}, {level}")
    assert [str(one).partition(": a secret")[0] for one in found.problems if one.warning] == [
        "snmp.yml:2:49: auths.lab.password",
        "snmp.yml:2:103: auths.lab.priv_password",
    ]
    shown = repr(found) + str(found.problems)
    assert PASSWORD not in shown
    assert PRIV_PASSWORD not in shown


def test_several_files_are_one(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yml", tmp_path / "b.yml"
    first.write_text("auths: {lab: {}}\nmodules: {one: {metrics: [{name: m, oid: 1.3.6.1, type: gauge}]}}\n")
    second.write_text("auths: {lab: {version: 1}, other: {}}\nmodules:\n  one: {}\n  two: {}\n")
    found = read_exporter_files([first, second])
    assert set(found.modules) == {"one", "two"}
    assert found.modules["one"].metrics
    assert {name: one.version for name, one in found.auths.items()} == {"lab": "v2c", "other": "v2c"}
    assert [str(one).partition(f"{tmp_path}/")[2] for one in found.problems] == [
        f'b.yml:1:9: auth "lab" is defined twice (first at {first}:1:9)',
        f'b.yml:3:3: module "one" is defined twice (first at {first}:2:11)',
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    found = read_exporter_files([tmp_path / "none.yml"])
    assert [str(one) for one in found.problems] == [
        f"{tmp_path}/none.yml:1:1: cannot be read: no such file or directory"
    ]


@pytest.mark.parametrize("text", ["auths: []", "auths: {lab: 7}", "[]", "auths: {lab: {community: {file: x}}}"])
def test_other_shapes(text: str) -> None:
    assert read_auths(parse(text.encode(), "snmp.yml").document).auths == {}
