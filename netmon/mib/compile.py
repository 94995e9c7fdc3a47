"""Compile folders of MIB modules through a cache, and say of every module that failed why."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from netmon.mib.node import Failure, Module
from netmon.mib.order import closure, in_order, requirements
from netmon.mib.process import Part, Request, Worker, WorkerDied, WorkerTimeout
from netmon.mib.sources import Foreign, Found, Source, Unreadable, find_sources

LIMIT_S = 60.0
"""For one module; measured: 24 s for the worst vendor module, 0.1 s in the median."""

_FORM = "2"
"""Of the cache entries and of the repairs; another form is compiled anew."""

State = Literal["compiled", "repaired", "failed", "blocked", "shadowed", "timeout", "ignored"]


class Status(msgspec.Struct, frozen=True, order=True):
    """What became of one module."""

    module: str
    state: State
    path: str
    cause: str = ""
    """Root cause with file and line; of a repaired module the first repair; empty when compiled."""
    root: str = ""
    """Module where the root cause lies: the module itself unless it is blocked."""
    repairs: tuple[str, ...] = ()
    """What was done so that it can be used, each with its place."""

    @property
    def is_usable(self) -> bool:
        """Whether the module, or what is left of it, can be used."""
        return self.state in ("compiled", "repaired")

    def __str__(self) -> str:
        match self.state:
            case "compiled":
                return f"{self.module}: compiled"
            case "repaired":
                return f"{self.module}: repaired ({len(self.repairs)}): {self.cause}"
            case "blocked":
                return f"{self.module}: blocked by {self.root}: {self.cause}"
            case state:
                return f"{self.module}: {state}: {self.cause}"


class Compiled(msgspec.Struct, frozen=True):
    """All modules that can be used, and the status of each one found, in order of their names."""

    modules: tuple[Module, ...]
    statuses: tuple[Status, ...]

    @property
    def broken(self) -> tuple[Status, ...]:
        """The modules that cannot be used, although no other one stands for them."""
        return tuple(status for status in self.statuses if status.state in ("failed", "blocked", "timeout"))

    def by_cause(self) -> Mapping[str, tuple[Status, ...]]:
        """Return the modules that cannot be used, grouped by the line that says why; first where the cause lies."""
        groups: dict[str, tuple[Status, ...]] = {}
        for status in sorted(self.broken, key=lambda status: status.state == "blocked"):
            groups[status.cause] = (*groups.get(status.cause, ()), status)
        return groups


def compile_all(folders: Sequence[Path], cache_dir: Path, *, limit_s: float = LIMIT_S) -> Compiled:
    """Compile every module below the folders; blocks, so a daemon calls it in a thread.

    Args:
        folders: the first one is protected: a module that it has is taken from no other folder.
        cache_dir: where compiled modules lie; made when missing.
        limit_s: time for one module.

    Raises:
        OSError: the cache cannot be written.
    """
    cache_dir.mkdir(parents=True, exist_ok=True)
    protected, others = find_sources(folders[:1]), find_sources(folders[1:])
    chosen, shadowed = _choose(_readable(protected), _readable(others))
    with Worker(limit_s) as worker:
        run = _Run(chosen, cache_dir, worker)
        for source in in_order(chosen):
            run.take(source)
    return Compiled(
        modules=tuple(run.modules[name] for name in sorted(run.modules)),
        statuses=tuple(sorted([*run.statuses.values(), *shadowed, *_unread((*protected, *others))])),
    )


def _readable(found: Sequence[Found]) -> list[Source]:
    return [source for source in found if isinstance(source, Source)]


def _unread(found: Sequence[Found]) -> Iterator[Status]:
    """Yield the status of files without a module; they stand under the file's name, for want of a module's."""
    for file in found:
        name = Path(file.path).name
        if isinstance(file, Unreadable):
            yield Status(name, "failed", file.path, f"{file.path}:1:1: {file.reason}", name)
        elif isinstance(file, Foreign):
            cause = f"{file.path}:1:1: no module here (no NAME DEFINITIONS ::= BEGIN)"
            yield Status(name, "ignored", file.path, cause, name)


def _choose(protected: Sequence[Source], others: Sequence[Source]) -> tuple[dict[str, Source], list[Status]]:
    chosen: dict[str, Source] = {}
    shadowed = []
    # sorted() is stable: of two with the same date the first path stays in front.
    for source in (*protected, *sorted(others, key=lambda source: source.updated, reverse=True)):
        if source.name in chosen:
            cause = f"{source.place(1)}: {chosen[source.name].path} is used instead"
            shadowed.append(Status(source.name, "shadowed", source.path, cause, source.name))
        else:
            chosen[source.name] = source
    return chosen, shadowed


class _Run:
    """One pass over all modules, imported ones first."""

    def __init__(self, chosen: Mapping[str, Source], cache_dir: Path, worker: Worker) -> None:
        self.modules: dict[str, Module] = {}
        self.statuses: dict[str, Status] = {}
        self._chosen = chosen
        self._cache_dir = cache_dir
        self._worker = worker
        self._keys: dict[str, str] = {}
        self._versions = f"{_FORM} {version('pysmi')}"

    def take(self, source: Source) -> None:
        """Compile one module, or note why it cannot be."""
        self._keys[source.name] = self._key(source)
        self.statuses[source.name] = self._held_up(source) or self._compiled(source)

    def _held_up(self, source: Source) -> Status | None:
        for name, line in source.imports:
            if name not in self._chosen:
                cause = f"missing module {name}, imported by {source.name} ({source.path}:{line})"
                return Status(source.name, "failed", source.path, cause, source.name)
        for name in requirements(source, self._chosen):
            # An import that is not known yet belongs to a circle and is parsed together with this module.
            if name in self.statuses and name not in self.modules:
                why = self.statuses[name]
                return Status(source.name, "blocked", source.path, why.cause, why.root)
        return None

    def _compiled(self, source: Source) -> Status:
        try:
            entry = self._entry(source)
        except WorkerTimeout as late:
            cause = f"{source.place(1)}: {late}"
            return Status(source.name, "timeout", source.path, cause, source.name)
        except WorkerDied as died:
            cause = f"{source.place(1)}: {died}"
            return Status(source.name, "failed", source.path, cause, source.name)
        if isinstance(entry, Failure):
            cause = f"{source.place(entry.line, entry.column)}: {entry.message}"
            return Status(source.name, "failed", source.path, cause, source.name)
        self.modules[source.name] = entry
        if not entry.repairs:
            return Status(source.name, "compiled", source.path)
        repairs = tuple(f"{source.place(one.line, one.column)}: {one.message}" for one in entry.repairs)
        return Status(source.name, "repaired", source.path, repairs[0], source.name, repairs)

    def _entry(self, source: Source) -> Module | Failure:
        path = self._cache_dir / f"{self._keys[source.name]}.json"
        found = _read_entry(path)
        if not found:
            self._worker.ask(Request(self._parts(source), str(self._cache_dir)))
            found = _read_entry(path)
        if not found:
            raise WorkerDied(f"the compiler wrote no readable {path}")
        return found[0]

    def _parts(self, source: Source) -> tuple[Part, ...]:
        sources = closure(source, self._chosen)
        return tuple(Part(part, self._keys.get(part.name) or self._key(part)) for part in sources)

    def _key(self, source: Source) -> str:
        imports = [self._keys.get(name, self._chosen[name].digest) for name in requirements(source, self._chosen)]
        return hashlib.sha256("\n".join([self._versions, source.name, source.digest, *imports]).encode()).hexdigest()


_ENTRY = msgspec.json.Decoder(Module | Failure)


def _read_entry(path: Path) -> tuple[Module | Failure, ...]:
    """Return the entry, or nothing where there is none or it is damaged: then it is compiled anew."""
    try:
        return (_ENTRY.decode(path.read_bytes()),)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return ()
