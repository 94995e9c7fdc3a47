"""What ``netmon simulate`` shows: a line for each thing that happens, and on a terminal one that counts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from netmon.cli.simulate.endpoint import SocketAddress

_LISTED = 20
"""More agents than this are not listed one by one."""
_PER_SECOND = 4
_PLURAL = ("requests", "traps", "informs")


class SimulationScreen:
    """Prints progress.

    Args:
        now: the time of the scenario in milliseconds.
        counts: what was done up to now.
    """

    def __init__(self, now: Callable[[], int], counts: Callable[[], Counter[str]]) -> None:
        self._now = now
        self._counts = counts
        self._console = Console()

    def say(self, text: str) -> None:
        """Print one line."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def happened(self, text: str) -> None:
        """Print one line with its time."""
        self.say(f"{self._now() / 1000:9.3f} s  {text}")

    def welcome(self, addresses: Mapping[str, SocketAddress], script: int) -> None:
        """Say where the agents answer."""
        for number, (id_, (host, port)) in enumerate(addresses.items()):
            if number == _LISTED:
                self.say(f"... and {len(addresses) - _LISTED} more")
                break
            self.say(f"{id_}  {f'[{host}]' if ':' in host else host}:{port}")
        agents = f"{len(addresses)} agents answer" if len(addresses) != 1 else "1 agent answers"
        self.say(f"{agents}; {script} action{'s' if script != 1 else ''} in the script; Ctrl-C ends it.")

    @contextmanager
    def live(self) -> Iterator[None]:
        """On a terminal, keep the counting line below the others as long as the block lasts."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._line, console=self._console, refresh_per_second=_PER_SECOND, transient=True):
            yield

    def summary(self) -> None:
        """Print what was done in all."""
        self.say(f"{self._now() / 1000:.1f} s: {_told(self._counts())}")

    def _line(self) -> Text:
        return Text(f"{self._now() / 1000:9.1f} s  {_told(self._counts())}", style="dim")


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{number:,} {_name(name, number)}" for name, number in counts.items())


def _name(name: str, number: int) -> str:
    """Return ``traps``, and ``trap`` of one."""
    first, space, rest = name.partition(" ")
    return f"{first[:-1]}{space}{rest}" if number == 1 and first in _PLURAL else name
