"""Decoding alone: one six-varbind trap through netmon's codec and through pyasn1, as pysnmp uses it."""

import time
from collections.abc import Callable
from pathlib import Path

from pyasn1.codec.ber import decoder
from pysnmp.proto import api

from benchmarks.measure import Row, median, row
from benchmarks.traffic import packet
from netmon.snmp.message import decode

_RUNS = 5


def decoding(_: Path) -> list[Row]:
    """Return microseconds per trap, all varbinds as values of Python."""
    trap = packet(17, "down", number=1)
    assert len(_pysnmp(trap)) == len(decode(trap).varbinds)
    ours, theirs = list[float](), list[float]()
    for _run in range(_RUNS):
        ours.append(_each_us(lambda: decode(trap), 20_000))
        theirs.append(_each_us(lambda: _pysnmp(trap), 300))
    return [row("decode a 6-varbind trap", "us", netmon=median(ours), peer=median(theirs), peer_name="pysnmp, pyasn1",
                target="<= 0.02")]  # fmt: skip


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
