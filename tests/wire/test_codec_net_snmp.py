"""The codec beside net-snmp, field by field: each reads what the other writes."""

import asyncio
import os
import random
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME, Varbind
from netmon.snmp import ber
from netmon.snmp.message import V1, V1_TRAP, V2_TRAP, V2C, Message, V1Trap, decode, encode
from tests.fuzz.test_datagrams import random_oid, random_value
from tests.patience import PATIENCE_S
from tests.wire.peers import free_port, program, running, until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

SEED = 20_261_130
MESSAGES, COMMANDS = 1_000, 100
AT_ONCE = 50
FORMATS = r"""
format2 2|%P|%v\n
format1 1|%P|%N|%w|%q|%T|%a|%v\n
"""
TAGS = {
    "INTEGER": ber.INTEGER,
    "Hex-STRING": ber.OCTET_STRING,
    "OID": ber.OBJECT_IDENTIFIER,
    "IpAddress": ber.IP_ADDRESS,
    "Counter32": ber.COUNTER32,
    "Gauge32": ber.GAUGE32,
    "OPAQUE": ber.OPAQUE,
    "Counter64": ber.COUNTER64,
}


def generated(rng: random.Random, number: int) -> Message:
    """Return a trap that has the number of its turn as uptime, so that it is found again."""
    v1 = number % 2 == 1
    varbinds: list[Varbind] = []
    while len(varbinds) < 1 + number % 9:
        tag, value = random_value(rng)
        if not (v1 and tag == ber.COUNTER64):
            varbinds.append((random_oid(rng), tag, value))
    community = bytes(rng.choice(b"abcdefghij") for _ in range(rng.randrange(1, 30)))
    if v1:
        generic = rng.randrange(7)
        specific = rng.randrange(1, 2**31) if generic == 6 else 0
        trap = V1Trap(random_oid(rng), "192.0.2.9", generic, specific, number)
        return Message(V1, community, V1_TRAP, 0, 0, 0, tuple(varbinds), v1_trap=trap)
    head = ((SYS_UPTIME, ber.TIME_TICKS, number), (SNMP_TRAP_OID, ber.OBJECT_IDENTIFIER, random_oid(rng)))
    return Message(V2C, community, V2_TRAP, rng.randrange(2**31), 0, 0, (*head, *varbinds))


def read_varbind(text: str) -> Varbind:
    name, _, told = text.partition(" = ")
    kind, colon, value = told.partition(":")
    if not colon:
        known: dict[str, tuple[int, Any]] = {'""': (ber.OCTET_STRING, b""), "NULL": (ber.NULL, None)}
        return (name[1:], *known.get(told, (ber.TIME_TICKS, int(told) if told.isdigit() else None)))
    tag, value = TAGS[kind], value.strip()
    match tag:
        case ber.OCTET_STRING | ber.OPAQUE:
            return name[1:], tag, bytes.fromhex(value)
        case ber.OBJECT_IDENTIFIER:
            return name[1:], tag, value[1:]
        case ber.IP_ADDRESS:
            return name[1:], tag, value
    return name[1:], tag, int(value)


def read_line(line: str) -> Message:
    """Return what net-snmp understood, in our terms; it tells no request-id."""
    version, said, *head, told = line.split("|")
    community = said.rpartition("community ")[2].encode()
    varbinds = tuple(map(read_varbind, filter(None, told.rstrip("\n").split("\t"))))
    if version == "2":
        return Message(V2C, community, V2_TRAP, 0, 0, 0, varbinds)
    enterprise, generic, specific, uptime, address = head
    trap = V1Trap(enterprise[1:], address, int(generic), int(specific.strip(".") or 0), int(uptime))
    return Message(V1, community, V1_TRAP, 0, 0, 0, varbinds, v1_trap=trap)


def number_of(message: Message) -> int:
    return message.v1_trap.timestamp if message.v1_trap is not None else int(message.varbinds[0][2])


def fields(message: Message) -> tuple[Any, ...]:
    return message.version, message.community, message.pdu_type, message.v1_trap, message.varbinds


async def test_net_snmp_reads_what_netmon_writes(tmp_path: Path) -> None:
    port, log, config = free_port(socket.SOCK_DGRAM), tmp_path / "log", tmp_path / "conf"
    config.write_text(f"disableAuthorization yes\n[snmp] hexOutputLength 0\n{FORMATS}")
    command = (program("snmptrapd"), "-f", "-O", "nxet", "-Lf", str(log), "-n", "-C", "-c", str(config),
               "-x", str(tmp_path / "agentx"), "-p", str(tmp_path / "pid"), f"udp:127.0.0.1:{port}")  # fmt: skip
    surroundings = {"SNMP_PERSISTENT_DIR": str(tmp_path), "MIBS": "", "PATH": "/usr/sbin:/usr/bin:/bin"}
    rng = random.Random(SEED)
    sent = [generated(rng, number) for number in range(1, MESSAGES + 1)]

    def lines() -> list[str]:
        text = log.read_text(errors="replace") if log.exists() else ""
        return [line for line in text.splitlines() if re.match(r"[12]\|", line)]

    with running(*command, log=tmp_path / "out", env=surroundings), socket.socket(type=socket.SOCK_DGRAM) as out:
        await until(lambda: log.exists() and "NET-SNMP" in log.read_text(), what="snmptrapd to listen")
        out.connect(("127.0.0.1", port))
        for first in range(0, MESSAGES, AT_ONCE):
            for message in sent[first : first + AT_ONCE]:
                out.send(encode(message))
            goal = first + AT_ONCE
            await until(lambda goal=goal: len(lines()) >= goal, what="snmptrapd to log")  # type: ignore[misc]
    read = {number_of(message): message for message in map(read_line, lines())}
    assert len(read) == MESSAGES
    for message in sent:
        assert fields(read[number_of(message)]) == fields(message)


def command_values(rng: random.Random) -> Iterator[tuple[str, str, Varbind]]:
    """Yield (type, value) as the command line has them, and the varbind they mean."""
    for _ in range(rng.randrange(1, 12)):
        oid, number = random_oid(rng), rng.randrange(2**32)
        octets = rng.randbytes(rng.randrange(1, 200))
        address = ".".join(str(rng.randrange(256)) for _ in range(4))
        other = random_oid(rng)
        yield rng.choice(
            (
                ("i", str(number - 2**31), (oid, ber.INTEGER, number - 2**31)),
                ("u", str(number), (oid, ber.GAUGE32, number)),
                ("c", str(number), (oid, ber.COUNTER32, number)),
                ("C", str(number << 31), (oid, ber.COUNTER64, number << 31)),
                ("t", str(number), (oid, ber.TIME_TICKS, number)),
                ("x", octets.hex(), (oid, ber.OCTET_STRING, octets)),
                ("a", address, (oid, ber.IP_ADDRESS, address)),
                ("o", other, (oid, ber.OBJECT_IDENTIFIER, other)),
            )
        )


async def test_netmon_reads_what_net_snmp_writes(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    surroundings = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(tmp_path)}
    with socket.socket(type=socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.settimeout(PATIENCE_S)
        to = f"127.0.0.1:{ours.getsockname()[1]}"
        for number in range(COMMANDS):
            name, values = random_oid(rng), list(command_values(rng))
            words = [word for kind, value, (oid, _, _) in values for word in (oid, kind, value)]
            head: tuple[str, ...]
            if number % 2:
                head = ("-v1", "-c", "secret", to, name, "192.0.2.9", "6", "17", str(number))
            else:
                head = ("-v2c", "-c", "secret", to, str(number), name)
            await asyncio.to_thread(subprocess.run, [program("snmptrap"), *head, *words], check=True, env=surroundings)
            found = decode(ours.recv(65_535))
            told = tuple(varbind for _, _, varbind in values)
            if number % 2:
                trap = V1Trap(name, "192.0.2.9", 6, 17, number)
                assert fields(found) == (V1, b"secret", V1_TRAP, trap, told)
            else:
                extra = ((SYS_UPTIME, ber.TIME_TICKS, number), (SNMP_TRAP_OID, ber.OBJECT_IDENTIFIER, name))
                assert fields(found) == (V2C, b"secret", V2_TRAP, None, (*extra, *told))
