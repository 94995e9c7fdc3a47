"""How a discovery goes: a bar in a terminal, else a line now and then."""

import sys
import time
from typing import Any, Final, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from netmon.sources.discover.asking import Agent
from netmon.sources.discover.pace import Pace

_LINE_S: Final = 5.0


class Screen:
    """Progress on stderr; use it as a context."""

    def __init__(self, total: int, *, done: int, found: int, pace: Pace) -> None:
        self._total, self._done, self._found, self._pace = total, done, found, pace
        self._began = self._said = time.monotonic()
        self._progress: Progress | None = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=Console(stderr=True))
            self._task = self._progress.add_task(self._words(), total=self._total, completed=self._done)
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()
        else:
            self._line()

    def told(self, address: str, agent: Agent | None) -> None:
        """Take an address that is done."""
        self._done += 1
        self._found += agent is not None
        if self._progress is not None:
            self._progress.update(self._task, completed=self._done, description=self._words())
        elif time.monotonic() - self._said >= _LINE_S:
            self._line()

    def _line(self) -> None:
        self._said = time.monotonic()
        typer.echo(f"{self._done} of {self._total} addresses done, {self._words()}", err=True)

    def _words(self) -> str:
        rate = self._pace.sent / max(time.monotonic() - self._began, 1.0)
        return f"{self._found} found, {rate:.0f} datagrams/s"
