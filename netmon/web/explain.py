"""Asks ``netmon rules explain`` in a process of its own, so that nobody else waits (docs/adr/0019)."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from netmon.web.error import Refusal

_PATIENCE_S = 30.0
"""For one answer: stepping the log since the last kept snapshot may take longer."""
_MOST = 4
"""Who asks and waits; one is answered at a time."""
_NICE = 19


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
            Refusal: 404 what was asked for is not there any more, 503 too many ask, 504 it takes too long.
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
            raise Refusal(404, "notFound", message=_reason(error))
        return out


async def _end(process: Process) -> None:
    """Let nothing of it be left, also when nobody waits for the answer any more."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _reason(error: bytes) -> str:
    """Return why the command failed: its last line."""
    lines = error.decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("netmon: ") if lines else "it gave no answer"
