"""How many of something that takes a while are done, on stderr, where somebody looks."""

import sys
from types import TracebackType


class Counting:
    """A line that counts up, and is gone at the end; use it as a context. Nothing where stderr is no terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._done = 0

    def __enter__(self) -> "Counting":
        return self

    def one(self) -> None:
        """Count one."""
        self._done += 1
        self._write(f"\r{self._done} {self._what}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._done:
            self._write("\r\x1b[K")

    @staticmethod
    def _write(text: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(text)
            sys.stderr.flush()
