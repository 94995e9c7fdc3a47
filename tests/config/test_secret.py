"""Secrets come from files and variables and are shown nowhere."""

import json
from pathlib import Path

import pytest

from netmon.config.load import load
from netmon.config.secret import reader, text
from netmon.domain.secret import Secret
from netmon.snmp.usm import master_key


def refused(data: object, folder: Path, **variables: str) -> str:
    with pytest.raises(ValueError) as caught:
        reader(folder, variables=variables)(data)
    return str(caught.value)


def test_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b" hunter2 \r\n")
    secret = reader(tmp_path)({"file": "s"})
    assert text(secret, tmp_path) == " hunter2 "
    assert "hunter2" not in repr(secret)


def test_a_variable(tmp_path: Path) -> None:
    assert text(Secret(env="A"), tmp_path, variables={"A": "hunter2"}) == "hunter2"


def test_what_is_refused_never_shows_the_secret(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "huge").write_bytes(b"x" * 70_000)
    forms = "write {file: PATH} or {env: NAME}"
    assert refused("hunter2", tmp_path) == f"a secret may not stand here as text ({forms})"
    assert refused(["hunter2"], tmp_path) == f"a secret may not stand here as text ({forms})"
    assert refused({"text": "hunter2"}, tmp_path) == f"a secret has exactly one key, file or env ({forms})"
    assert refused({"file": "s", "env": "A"}, tmp_path) == f"a secret has exactly one key, file or env ({forms})"
    assert refused({"file": 1}, tmp_path) == f"the file of a secret is named by text ({forms})"
    assert refused({"env": ""}, tmp_path) == f"the variable of a secret is named by text ({forms})"
    assert refused({"env": "A"}, tmp_path) == "environment variable A is not set"
    assert refused({"env": "A"}, tmp_path, A="") == "environment variable A is empty"
    assert refused({"file": "no"}, tmp_path) == "secret file no cannot be read: no such file or directory"
    assert refused({"file": "empty"}, tmp_path) == "secret file empty is empty"
    assert refused({"file": "binary"}, tmp_path) == "secret file binary is not UTF-8"
    assert refused({"file": "huge"}, tmp_path) == "secret file huge is larger than 64 KiB"


@pytest.mark.parametrize(
    "wrong",
    [
        "credentials: [{id: a, version: v2c, community: hunter2}]",
        "credentials: [{id: a, version: v2c, community: [hunter2]}]",
        "credentials: [{id: a, version: v2c, community: {plain: hunter2}}]",
        "credentials: [{id: a, version: v2c, comunity: hunter2}]",
        "credentials: hunter2",
        "credentials: [hunter2]",
        "outputs: [{type: influxdb, url: http://x, token: hunter2}]",
    ],
)
def test_no_problem_shows_a_secret(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "config.yaml").write_text(wrong)
    loaded = load(tmp_path / "config.yaml")
    assert loaded.errors
    assert "hunter2" not in "\n".join(map(str, loaded.problems))


def test_a_loaded_configuration_hides_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("hunter2\n")
    (tmp_path / "config.yaml").write_text("credentials: [{id: a, version: v2c, community: {file: s}}]\n")
    loaded = load(tmp_path / "config.yaml")
    assert loaded.errors == ()
    (credential,) = loaded.credentials
    assert credential.community == b"hunter2"
    assert "hunter2" not in repr(loaded.config) + repr(loaded.document) + repr(credential)


def test_secrets_are_read_and_passwords_hashed_once_when_it_is_loaded(tmp_path: Path) -> None:
    password = {"file": "p"}
    user = {
        "user": "noc",
        "auth": {"protocol": "sha256", "password": password},
        "priv": {"protocol": "aes128", "password": password},
    }
    (tmp_path / "p").write_text("maplesyrup\n")
    (tmp_path / "c").write_text("public\n")
    credentials = [{"id": "a", **user}, {"id": "b", **user}, {"id": "c", "version": "v2c", "community": {"file": "c"}}]
    (tmp_path / "config.yaml").write_text(json.dumps({"credentials": credentials}))
    loaded = load(tmp_path / "config.yaml")
    assert loaded.errors == ()
    for name in ("p", "c"):
        (tmp_path / name).unlink()
    *users, community = loaded.credentials
    assert community.community == b"public"
    keys = [key for one in users if one.user is not None for key in (one.user.auth_master, one.user.priv_master)]
    assert keys == [master_key("sha256", b"maplesyrup")] * 4
    assert len({id(key) for key in keys}) == 1
