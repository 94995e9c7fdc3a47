"""``pcap.safe``: malformed packets through the decoder and through the real listener."""

import asyncio
import time
from pathlib import Path

from netmon.snmp.errors import DecodeError
from netmon.snmp.message import decode
from tests.field.capture import NotACapture, udp_payloads
from tests.field.listening import listening
from tests.field.sheet import Sheet, progress

_STALL_S = 0.1
_LARGEST = 65_507
_TRIES = 3


def score_pcap(folder: Path, sheet: Sheet) -> None:
    """Count the UDP packets of all captures."""
    for file in sorted(folder.glob("*.pcap")):
        progress(f"capture {file.name}")
        try:
            payloads = list(udp_payloads(file.read_bytes()))
        except (NotACapture, OSError) as error:
            progress(f"{file}: {error}")
            continue
        outcomes = asyncio.run(_received(payloads))
        for number, (payload, outcome) in enumerate(zip(payloads, outcomes, strict=True), 1):
            stall_s = min(_decode_s(payload) for _ in range(_TRIES))
            passed = outcome not in ("lost", "unaccounted") and stall_s < _STALL_S
            sheet.row("pcap.safe", passed, capture=file.name, packet=number, had=outcome, stall_s=stall_s)


async def _received(payloads: list[bytes]) -> list[str]:
    async with listening() as listener:
        outcomes = [await listener.send(payload[:_LARGEST]) for payload in payloads]
    return [outcome if isinstance(outcome, str) else "decoded" for outcome in outcomes]


def _decode_s(payload: bytes) -> float:
    began = time.perf_counter()
    try:
        decode(payload)
    except DecodeError:
        return time.perf_counter() - began
    return time.perf_counter() - began
