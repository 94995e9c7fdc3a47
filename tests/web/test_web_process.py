"""The web process as the engine starts it: on a socket that is bound already, gone when the engine is gone."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from netmon.control.listen import address_of, listen
from netmon.storage.sqlite.store import open_store
from netmon.web.config import WebSetup
from netmon.web.process import serve

_ENGINE = """
import multiprocessing, sys, time
from pathlib import Path
from netmon.control.listen import address_of, listen
from netmon.web.config import WebSetup
from netmon.web.process import serve

if __name__ == "__main__":
    bound = listen("127.0.0.1:0")
    args = (WebSetup(Path(sys.argv[1]), "n"), [bound])
    web = multiprocessing.get_context("spawn").Process(target=serve, args=args)
    web.start()
    print(address_of(bound), flush=True)
    bound.close()
    web.join()
"""


def test_serves_and_ends_on_sigterm(tmp_path: Path) -> None:
    open_store(tmp_path / "netmon.db").close()
    bound = listen("127.0.0.1:0")
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(WebSetup(tmp_path, "nm1"), [bound]))
    process.start()
    answer = httpx.get(f"http://{address_of(bound)}/tmf-api/alarm/v4/alarm", timeout=30)
    bound.close()
    assert answer.status_code == 401
    process.terminate()
    process.join(10)
    assert process.exitcode in (0, -signal.SIGTERM)


def test_frees_the_address_when_the_engine_is_killed(tmp_path: Path) -> None:
    open_store(tmp_path / "netmon.db").close()
    script = tmp_path / "engine.py"
    script.write_text(_ENGINE)
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    engine = subprocess.Popen([sys.executable, script, tmp_path], stdout=subprocess.PIPE, text=True, env=env)
    assert engine.stdout is not None
    host, _, port = engine.stdout.readline().strip().rpartition(":")
    assert httpx.get(f"http://{host}:{port}/tmf-api/alarm/v4/alarm", timeout=30).status_code == 401
    client = socket.create_connection((host, int(port)))
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    # The open connection is told the end, and then nobody listens any more.
    client.settimeout(10)
    assert client.recv(1) == b""
    client.close()
    engine.stdout.close()
    listen(f"{host}:{port}").close()
