"""What elements say they are, learned from the system group of their polls and kept over restarts."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import structlog

from netmon.domain.element import Facts
from netmon.domain.sample import SampleBlock
from netmon.storage.store import Store, StoreError

log = structlog.get_logger("netmon.elements")

SOURCE = "facts"
"""Of the table ``source_state``."""

_MARK = "sysDescr"
_MOST_LETTERS = 1_000
_PAUSE_S = 1.0
_PER_PAUSE = 50
"""Writes between two pauses, so that a start with many new elements does not fill the batches."""
_FIELDS = {
    "sysDescr": "sys_descr",
    "sysName": "sys_name",
    "sysObjectID": "sys_object_id",
    "snmpEngineID": "engine_id",
    "sysLocation": "location",
    "sysContact": "contact",
}


class FactBook:
    """Facts by element; a changed one is written to the store by ``run``, uptime is not."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._facts = {element: _decoded(value) for element, value in store.source_state(SOURCE).items()}
        self._changed: dict[str, int] = {}
        self._wake = asyncio.Event()

    def of(self, element: str) -> Facts:
        """Return what is known of an element."""
        return self._facts.get(element, _NONE)

    def take(self, blocks: Iterable[SampleBlock], known: Mapping[str, Any]) -> None:
        """Learn from what was committed; only of elements that the inventory knows."""
        for block in blocks:
            if _MARK in block.names and block.element in known and not block.context:
                self._learn(block)

    async def run(self) -> None:
        """Write what changed until cancelled; what cannot be written is learned again by the next poll."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._changed:
                for element in list(self._changed)[:_PER_PAUSE]:
                    await self._write(element, self._changed.pop(element))
                await asyncio.sleep(_PAUSE_S)

    def _learn(self, block: SampleBlock) -> None:
        cells = {name: column[0] for name, column in zip(block.names, block.columns, strict=True)}
        told = {field: _text(cells.get(name)) for name, field in _FIELDS.items()}
        uptime_s = cells.get("sysUpTime")
        booted = block.time - round(uptime_s * 1000) if isinstance(uptime_s, (int, float)) else 0
        facts = Facts(**told, booted=booted)
        if msgspec.structs.replace(facts, booted=0) != msgspec.structs.replace(self.of(block.element), booted=0):
            self._changed[block.element] = block.time
            self._wake.set()
        self._facts[block.element] = facts

    async def _write(self, element: str, at: int) -> None:
        value = msgspec.json.encode(msgspec.structs.replace(self._facts[element], booted=0))
        try:
            await self._store.set_source_state(SOURCE, element, value, at)
        except StoreError as error:
            log.warning("facts not kept", element=element, error=str(error))


_NONE = Facts()


def _decoded(value: bytes) -> Facts:
    try:
        return msgspec.json.decode(value, type=Facts)
    except msgspec.MsgspecError:
        return _NONE


def _text(value: Any) -> str:
    return str(value)[:_MOST_LETTERS].strip() if value is not None else ""
