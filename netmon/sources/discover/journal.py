"""What a discovery has done so far, in a file: after a kill it goes on where it was.

One JSON object per line: first what is looked for, then each credential before it is tried, and each address that is
done with what was found there; at the end that all is done.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from netmon.sources.discover.asking import Agent


class _Line(msgspec.Struct, omit_defaults=True):
    began: int = 0
    looked: str = ""
    tried: str = ""
    at: str = ""
    done: str = ""
    agent: Agent | None = None
    ended: int = 0


class Journal:
    """The file of one discovery; use it as a context.

    Args:
        path: of the file.
        looked: what is looked for; a journal of something else is begun anew.
        began: the time now, UTC ms.
    """

    def __init__(self, path: Path, looked: str, began: int) -> None:
        self.began = began
        self.ended = 0
        self.done: dict[str, Agent | None] = {}
        """Address to what was found there."""
        self.tried: dict[str, list[str]] = {}
        """Credentials that were tried at addresses that are not done."""
        self._path = path
        self._cut_short = False
        self._read(looked)
        self._fresh = not self.began_before
        self._looked = looked

    @property
    def began_before(self) -> bool:
        """Tell whether there was something done already."""
        return bool(self.done or self.tried or self.ended)

    @property
    def agents(self) -> list[Agent]:
        """What was found."""
        return [agent for agent in self.done.values() if agent is not None]

    def anew(self) -> None:
        """Forget what was done."""
        self.done, self.tried, self.ended, self._fresh = {}, {}, 0, True

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("wb" if self._fresh else "ab", buffering=0)
        if self._cut_short:
            self._file.write(b"\n")
        if self._fresh:
            self._write(_Line(began=self.began, looked=self._looked))
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def trying(self, address: str, credential: str) -> None:
        """Note a credential that is tried next."""
        self._write(_Line(tried=credential, at=address))

    def finished(self, address: str, agent: Agent | None) -> None:
        """Note what was found at an address."""
        self.done[address] = agent
        self.tried.pop(address, None)
        self._write(_Line(done=address, agent=agent))

    def end(self, at: int) -> None:
        """Note that all addresses are done."""
        self.ended = at
        self._write(_Line(ended=at))

    def _write(self, line: _Line) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")

    def _read(self, looked: str) -> None:
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        self._cut_short = bool(lines[-1])
        decoder = msgspec.json.Decoder(_Line)
        for number, octets in enumerate(lines):
            try:
                line = decoder.decode(octets)
            except msgspec.MsgspecError:
                # The last line of one that was killed may be cut short.
                continue
            if number == 0 and line.looked != looked:
                return
            self._take(line)

    def _take(self, line: _Line) -> None:
        self.began = line.began or self.began
        self.ended = line.ended or self.ended
        if line.tried:
            self.tried.setdefault(line.at, []).append(line.tried)
        if line.done:
            self.done[line.done] = line.agent
            self.tried.pop(line.done, None)


def journal_path(data_dir: Path, looked: str) -> Path:
    """Return the file of a discovery."""
    return data_dir / "discover" / f"{hashlib.sha256(looked.encode()).hexdigest()[:16]}.jsonl"


def looked_for(ranges: Sequence[str], credentials: Sequence[str], **more: Any) -> str:
    """Return what is looked for as text: the same text, the same journal."""
    return msgspec.json.encode([list(ranges), list(credentials), dict(sorted(more.items()))]).decode()
