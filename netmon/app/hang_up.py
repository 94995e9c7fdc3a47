"""SIGHUP while the engine starts: it neither ends the start, as it would by default, nor is it lost."""

import signal
from types import FrameType


class HangUp:
    """Remembers that one came, until whoever can reload listens for them itself."""

    def __init__(self) -> None:
        self.came = False

    def remember(self) -> None:
        """Begin; only the main thread may."""
        signal.signal(signal.SIGHUP, self._note)

    def _note(self, _: int, __: FrameType | None) -> None:
        self.came = True
