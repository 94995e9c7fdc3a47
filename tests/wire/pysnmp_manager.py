"""pysnmp as a manager in a process of its own: ``python -m tests.wire.pysnmp_manager``.

It reads a JSON list of questions from stdin and writes a JSON list of answers, each an error or varbinds.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120


async def ask(*questions: dict[str, Any]) -> list[dict[str, Any]]:
    """Return pysnmp's answers to questions."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.wire.pysnmp_manager",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    async with asyncio.timeout(PATIENCE_S):
        out, _ = await process.communicate(json.dumps(questions).encode())
    assert process.returncode == 0
    answers: list[dict[str, Any]] = json.loads(out)
    return answers


async def _answers(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from pysnmp.hlapi.v3arch import asyncio as pysnmp

    # An engine takes seconds to make, and knows one privacy protocol for each name.
    engines: dict[bool, Any] = {}
    answers = []
    for question in questions:
        cisco = "cisco" in question.get("priv", "")
        if cisco not in engines:
            engines[cisco] = pysnmp.SnmpEngine()
        answers.append(await _answer(pysnmp, engines[cisco], **question))
    return answers


async def _answer(
    pysnmp: Any,
    engine: Any,
    *,
    do: str,
    at: list[Any],
    oid: str,
    version: int = 3,
    context: str = "",
    repeat: int = 0,
    **user: Any,
) -> dict[str, Any]:
    auth = pysnmp.CommunityData(user["community"], mpModel=version) if version < 3 else _user(pysnmp, **user)
    target = await pysnmp.UdpTransportTarget.create(tuple(at), timeout=2, retries=2)
    command = {"get": pysnmp.get_cmd, "next": pysnmp.next_cmd, "bulk": pysnmp.bulk_cmd}[do]
    told, status, _, found = await command(
        engine,
        auth,
        target,
        pysnmp.ContextData(contextName=context.encode()),
        *((0, repeat) if do == "bulk" else ()),
        pysnmp.ObjectType(pysnmp.ObjectIdentity(oid)),
        lookupMib=False,
    )
    varbinds = [[str(name), type(value).__name__, _plain(value)] for name, value in found]
    return {"error": str(told or status or ""), "varbinds": varbinds}


def _plain(value: Any) -> Any:
    return value.asOctets().decode() if hasattr(value, "asOctets") else value.prettyPrint()


def _user(pysnmp: Any, *, name: str, auth: str = "", priv: str = "", password: str = "", private: str = "") -> Any:
    protocols = {
        "": pysnmp.usmNoAuthProtocol,
        "md5": pysnmp.usmHMACMD5AuthProtocol,
        "sha": pysnmp.usmHMACSHAAuthProtocol,
        "sha224": pysnmp.usmHMAC128SHA224AuthProtocol,
        "sha256": pysnmp.usmHMAC192SHA256AuthProtocol,
        "sha384": pysnmp.usmHMAC256SHA384AuthProtocol,
        "sha512": pysnmp.usmHMAC384SHA512AuthProtocol,
    }
    ciphers = {
        "": pysnmp.usmNoPrivProtocol,
        "des": pysnmp.usmDESPrivProtocol,
        "aes128": pysnmp.usmAesCfb128Protocol,
        # The plain names are those of Cisco's way to make a short key longer.
        "aes192": pysnmp.usmAesBlumenthalCfb192Protocol,
        "aes256": pysnmp.usmAesBlumenthalCfb256Protocol,
        "aes192 cisco": pysnmp.usmAesCfb192Protocol,
        "aes256 cisco": pysnmp.usmAesCfb256Protocol,
    }
    return pysnmp.UsmUserData(
        name,
        password if auth else None,
        private if priv else None,
        authProtocol=protocols[auth],
        privProtocol=ciphers[priv],
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_answers(json.load(sys.stdin)))))
