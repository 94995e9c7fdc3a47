"""Decoding alone: one six-varbind trap through netmon's codec and through pyasn1, as pysnmp uses it."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyasn1.codec.ber import decoder
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import ntfrcv
from pysnmp.proto import api
from pysnmp.proto.rfc1902 import OctetString

from benchmarks.measure import Row, median, row
from benchmarks.traffic import packet
from benchmarks.version3 import AUTH, ENGINE_ID, KEYS, NAME, PRIV
from netmon.snmp import secured
from netmon.snmp.message import accept, decode

_RUNS = 5


def decoding(_: Path) -> list[Row]:
    """Return microseconds per trap, all varbinds as values of Python: of version 2c, and of version 3."""
    return [*_plain(), _secured()]


def _plain() -> list[Row]:
    trap = packet(17, "down", number=1)
    assert len(_pysnmp(trap)) == len(decode(trap).varbinds)
    accept()
    ours, theirs = list[float](), list[float]()
    for _run in range(_RUNS):
        ours.append(_each_us(lambda: decode(trap), 20_000))
        theirs.append(_each_us(lambda: _pysnmp(trap), 300))
    return [row("decode a 6-varbind trap", "us", netmon=median(ours), peer=median(theirs), peer_name="pysnmp, pyasn1",
                target="<= 0.02")]  # fmt: skip


def _secured() -> Row:
    """Return the same of a trap that must be verified and decrypted first."""
    trap, got = packet(17, "down", number=1, secured=True), list[int]()
    theirs_take = _pysnmp_engine(lambda varbinds: got.append(len(varbinds)))
    theirs_take(trap)
    assert got == [len(_opened(trap).message.varbinds)]
    accept()
    ours, theirs = list[float](), list[float]()
    for _ in range(_RUNS):
        ours.append(_each_us(lambda: _opened(trap), 5_000))
        theirs.append(_each_us(lambda: theirs_take(trap), 200))
    return row("verify, decrypt, decode a v3 authPriv trap", "us", netmon=median(ours), peer=median(theirs),
               peer_name="pysnmp", target="<= 0.033")  # fmt: skip


def _opened(trap: bytes) -> secured.Opened:
    found = secured.read(trap)
    opened = secured.open_pdu(found, KEYS) if secured.verify(found, KEYS) else None
    assert opened is not None
    return opened


def _pysnmp_engine(told: Callable[[Sequence[Any]], None]) -> Callable[[bytes], object]:
    """Return pysnmp's way from a datagram to the varbinds of its application."""
    snmp = engine.SnmpEngine()
    config.add_v3_user(
        snmp, NAME, config.USM_AUTH_HMAC192_SHA256, AUTH, config.USM_PRIV_CFB128_AES, PRIV, OctetString(ENGINE_ID)
    )
    ntfrcv.NotificationReceiver(snmp, lambda *args: told(args[4]))
    return lambda trap: snmp.message_dispatcher.receive_message(snmp, udp.DOMAIN_NAME, ("127.0.0.1", 162), trap)


def _pysnmp(trap: bytes) -> list[tuple[str, object]]:
    module = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
    message, _ = decoder.decode(trap, asn1Spec=module.Message())
    pdu = module.apiMessage.get_pdu(message)
    return [(str(name), value) for name, value in module.apiPDU.get_varbinds(pdu)]


def _each_us(call: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) / times * 1e6
