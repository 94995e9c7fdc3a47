"""Recorded cases: observations of a real run and what the core made of them, as lines of JSON.

``python -m tests.replay.recorded record CASE DB`` makes a case of the log in a netmon.db,
``... expect CASE CACHE`` writes anew what comes of it, ``... digest CASE CACHE`` prints the digest.
"""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from netmon.app.ruleset import compile_change
from netmon.config.shipped import shipped_mibs
from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Inventory
from netmon.domain.observation import Observation, RulesChange
from netmon.domain.output import Output
from netmon.domain.usage import UsageRecord
from netmon.mib.compile import compile_all
from netmon.mib.names import MibView
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.sqlite.store import open_store

FOLDER = Path(__file__).parent


def cases() -> list[str]:
    """Return the names of all cases."""
    return sorted(path.parent.name for path in FOLDER.glob("*/observations.jsonl"))


def read(case: str) -> list[Observation]:
    """Return the observations of a case."""
    lines = (FOLDER / case / "observations.jsonl").read_text().splitlines()
    return [msgspec.convert(_octets(json.loads(line)), Observation) for line in lines]


def expected(case: str) -> list[Any]:
    """Return what must come of them."""
    return [json.loads(line) for line in (FOLDER / case / "expected.jsonl").read_text().splitlines()]


def told(outputs: list[Output]) -> Iterator[list[Any]]:
    """Yield what the world learns: changes of alarms and usage records."""
    for output in outputs:
        match output:
            case AlarmChange(seq, alarm_id, kind, at, cause):
                yield ["change", seq, kind, output.after.object, output.after.type, at, cause, alarm_id]
            case UsageRecord():
                yield ["record", output.feed, output.rec_seq, output.kind, output.start, output.end, output.hash]


class Cores:
    """Makes cores that share what is compiled."""

    def __init__(self, cache: Path) -> None:
        self._view = MibView(compile_all(shipped_mibs(), cache).modules)
        self._compiled: dict[tuple[str, bytes], Ruleset] = {}

    def core(self) -> Core:
        """Return a core that knows nothing yet."""
        return Core(self._compile, self._view)

    def _compile(self, change: RulesChange, inventory: Inventory) -> Ruleset:
        key = (change.hash, msgspec.msgpack.encode(inventory))
        if key not in self._compiled:
            self._compiled[key] = compile_change(change, inventory, self._view)
        return self._compiled[key]


def _octets(data: Any) -> Any:
    """Make octets again of what JSON cannot hold."""
    if isinstance(data, dict):
        return bytes.fromhex(data["octets"]) if data.keys() == {"octets"} else {k: _octets(v) for k, v in data.items()}
    return [_octets(item) for item in data] if isinstance(data, list) else data


def _no_octets(data: Any) -> Any:
    if isinstance(data, bytes):
        return {"octets": data.hex()}
    if isinstance(data, dict):
        return {key: _no_octets(value) for key, value in data.items()}
    return [_no_octets(item) for item in data] if isinstance(data, list | tuple) else data


def _lines(path: Path, items: list[Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(item, separators=(",", ":")) + "\n" for item in items))


def _record(case: str, database: str) -> None:
    with contextlib.closing(open_store(Path(database), read_only=True)) as store:
        log = [msgspec.to_builtins(one, builtin_types=(bytes,)) for _, one in store.log.read(0)]
    _lines(FOLDER / case / "observations.jsonl", [_no_octets(one) for one in log])


def _step_all(case: str, cache: Path, found: Callable[[list[Output]], None]) -> Core:
    core = Cores(cache).core()
    for observation in read(case):
        found(core.step(observation))
    return core


def main() -> None:
    """Do what the command line says."""
    match sys.argv[1:]:
        case ["record", case, database]:
            _record(case, database)
        case ["expect", case, cache]:
            made: list[Any] = []
            _step_all(case, Path(cache), lambda outputs: made.extend(told(outputs)))
            _lines(FOLDER / case / "expected.jsonl", made)
        case ["digest", case, cache]:
            sys.stdout.write(_step_all(case, Path(cache), lambda _: None).digest())
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
