"""Asks ``netmon rules explain`` in a process of its own, so that nobody else waits (docs/adr/0019)."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import msgspec
import structlog

from netmon.domain.explained import Unexplained
from netmon.web.error import Refusal

log = structlog.get_logger("netmon.web")

_PATIENCE_S = 30.0
"""For one answer: stepping the log since the last kept snapshot may take longer."""
_MOST = 4
"""Who asks and waits; one is answered at a time."""
_NICE = 19
_REFUSED = {"unknown": (404, "notFound"), "gone": (410, "gone")}
"""Status and code by why there is no answer."""


class Explainer:
    """One answer at a time, in a process that yields to all others.

    Args:
        config: file of the configuration; None: the one that commands find themselves, or none.
        patience_s: for one answer.
    """

    def __init__(self, config: Path | None, *, patience_s: float = _PATIENCE_S) -> None:
        self._config = () if config is None else ("--config", str(config))
        self._patience_s = patience_s
        self._turn = asyncio.Lock()
        self._asking = 0

    async def ask(self, *words: str) -> bytes:
        """Return the JSON that the command prints.

        Raises:
            Refusal: 404 there is no such thing, 410 it is kept no longer, 500 the command failed, 503 too many ask,
                504 it takes too long.
        """
        if self._asking >= _MOST:
            raise Refusal(503, "busy", message="others have asked, too; try again in a minute")
        self._asking += 1
        try:
            async with self._turn:
                return await self._answer(words)
        finally:
            self._asking -= 1

    async def _answer(self, words: tuple[str, ...]) -> bytes:
        command = ("-m", "netmon", "rules", "explain", "--json", *self._config, *words)
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
        try:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
            out, error = await asyncio.wait_for(process.communicate(), self._patience_s)
        except TimeoutError:
            command_line = f"netmon rules explain {' '.join(words)}"
            told = f"it takes longer than {self._patience_s:.0f} s; ask on the host: {command_line}"
            raise Refusal(504, "tooMuch", message=told) from None
        finally:
            await _end(process)
        if process.returncode:
            raise _refusal(words, out, error)
        return out


async def _end(process: Process) -> None:
    """Let nothing of it be left, also when nobody waits for the answer any more."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _refusal(words: tuple[str, ...], out: bytes, error: bytes) -> Refusal:
    """Return why there is no answer; what is broken on the host, and where, is for the log alone."""
    try:
        told = msgspec.json.decode(out, type=Unexplained)
    except msgspec.DecodeError:
        log.error("rules explain failed", asked=" ".join(words), error=error.decode(errors="replace").strip())
        return Refusal(500, "failed", message="it cannot be explained now; the log of netmon tells why")
    status, code = _REFUSED[told.reason]
    return Refusal(status, code, message=told.message)
