"""The doors of the web process of a running netmon: the first account, TLS, several processes, a dead engine."""

import datetime
import re
import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon
from tests.wire.peers import until

pytestmark = [pytest.mark.wire, pytest.mark.slow]


def sign_in(client: httpx.Client, name: str, password: str) -> httpx.Response:
    page = client.get("/login")
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return client.post("/login", data={**fields, "name": name, "password": password})


@asynccontextmanager
async def browsing(daemon: Daemon, *, scheme: str = "http") -> AsyncIterator[httpx.Client]:
    """Run a daemon as long as the block lasts; yield a browser once the web process answers."""
    await daemon.start()
    try:
        url = f"{scheme}://{addresses(daemon)[-1]}"
        # The certificate is our own.
        with httpx.Client(base_url=url, verify=False, timeout=PATIENCE_S) as client:
            await until(lambda: answers(client), what="the web process")
            yield client
    finally:
        await daemon.stop()


def addresses(daemon: Daemon) -> list[str]:
    """Return where the web process of each start listened."""
    return re.findall(r" web=(\S+)", daemon.text())


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/login").status_code == 200
    except httpx.HTTPError:
        return False


def first_password(daemon: Daemon) -> str:
    return (daemon.data_dir / "admin-password").read_text().strip()


async def test_the_first_start_makes_admin_once(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, elements=[])
    path = daemon.data_dir / "admin-password"
    passwords = set()
    for _ in range(2):
        async with browsing(daemon) as client:
            passwords.add(first_password(daemon))
            assert sign_in(client, "admin", first_password(daemon)).status_code == 303
            session = client.get("/api/v1/session").json()
            assert (session["operator"], session["role"]) == ("admin", "admin")
    [password] = passwords
    assert len(password) == 20
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert daemon.text().count(str(path)) == 1
    assert password not in daemon.text()
    # Who removed the accounts gets the same one again: the file is never overwritten.
    daemon.netmon("user", "remove", "admin")
    async with browsing(daemon) as client:
        assert sign_in(client, "admin", password).status_code == 303
    assert first_password(daemon) == password


async def test_an_account_that_is_there_is_enough(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, elements=[])
    add = ("user", "add", "ann", "--role", "operator", "--password-file", str(tmp_path / "password"))
    (tmp_path / "password").write_text("correct horse battery\n")
    daemon.netmon(*add)
    async with browsing(daemon) as client:

        def ended() -> bool:
            return client.get("/api/v1/session").status_code == 401

        assert not (daemon.data_dir / "admin-password").exists()
        assert sign_in(client, "ann", "correct horse battery").status_code == 303
        (tmp_path / "password").write_text("another horse battery\n")
        daemon.netmon(*add)
        await until(ended, what="the session to end")
        assert sign_in(client, "ann", "another horse battery").status_code == 303
        daemon.netmon("user", "add", "ann", "--role", "viewer")
        await until(lambda: client.get("/api/v1/session").json()["role"] == "viewer", what="the role")
        daemon.netmon("user", "remove", "ann")
        await until(ended, what="the session to end")


async def test_tls_and_a_renewed_certificate(tmp_path: Path) -> None:
    first = make_certificate(tmp_path, "first.example")
    tls = {"certificate": "web.pem", "key": "web.key"}
    daemon = Daemon(tmp_path, elements=[], web={"listen": "127.0.0.1:0", "tls": tls})
    async with browsing(daemon, scheme="https") as client:
        address = addresses(daemon)[-1]
        page = client.get("/login")
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Secure" in page.headers["Set-Cookie"]
        signed_in = sign_in(client, "admin", first_password(daemon))
        assert "__Host-netmon=" in "".join(signed_in.headers.get_list("Set-Cookie"))
        assert client.get("/api/v1/session").status_code == 200
        assert shown(address) == first
        second = make_certificate(tmp_path, "second.example")
        daemon.netmon("reload")
        await until(lambda: shown(address) == second, what="the new certificate")
        assert client.get("/api/v1/session").status_code == 200


def shown(address: str) -> bytes:
    """Return the certificate that a server shows, DER."""
    host, _, port = address.rpartition(":")
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, int(port))))


def make_certificate(folder: Path, name: str) -> bytes:
    """Write ``web.pem`` and ``web.key``, signed by itself; return it as DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "web.key").write_bytes(private)
    (folder / "web.pem").write_bytes(made.public_bytes(pem))
    return made.public_bytes(serialization.Encoding.DER)


async def test_reads_go_on_while_the_engine_is_gone_and_writes_say_so(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, elements=[], web={"listen": "127.0.0.1:0", "workers": 2})
    async with browsing(daemon) as client:
        sign_in(client, "admin", first_password(daemon))
        csrf = client.get("/api/v1/session").json()["csrf"]
        assert client.get("/api/v1/status").json()["engine_up"] is True
        # Not the end of the engine, which would take its web processes along, but its door.
        (daemon.data_dir / "engine.sock").unlink()
        status = client.get("/api/v1/status").json()
        assert (status["engine_up"], status["engine"], status["web"]["workers"]) == (False, None, 2)
        act = {"action": "acknowledge", "alarms": [{"id": "x"}]}
        answer = client.post("/api/v1/alarms/actions", json=act, headers={"X-Netmon-CSRF": csrf})
        assert answer.status_code == 503
        assert answer.json()["detail"] == "engine is not answering; nothing was changed"
        assert client.get("/api/v1/alarms").status_code == 200
        # specs/dashboard.md 2.1: the base without alarms.
        assert status["web"]["memory_bytes"] < 80 << 20
