"""The worker process of the MIB compiler: pysmi reads one module at a time, away from the daemon; files only.

It reads requests from its standard input and answers each with the key of the cache entry on its standard
output. It alone writes the cache.
"""

from netmon.mib import offline  # noqa: F401  before pysmi

# isort: split
import os
import resource
import sys
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from pysmi import error
from pysmi.codegen.intermediate import IntermediateCodeGen
from pysmi.codegen.symtable import SymtableCodeGen
from pysmi.parser.dialect import smi_v1, smi_v1_relaxed
from pysmi.parser.smi import parserFactory

from netmon.mib.diagnosis import explained, mend
from netmon.mib.node import Failure, Module, Repair, Syntax
from netmon.mib.nodes import Scope, module_of
from netmon.mib.process import Part, Request
from netmon.mib.repair import Mending

MEMORY_OCTETS = 1 << 30

Made = TypeVar("Made")


class Compiler:
    """Keeps what it has parsed, so that a module many others import is read once."""

    def __init__(self) -> None:
        self._strict = parserFactory(**smi_v1)()
        self._trees: dict[str, Any] = {}
        self._tables: dict[str, dict[str, Any]] = {}
        self._types: dict[str, dict[str, Syntax]] = {}
        self._held: dict[str, str] = {}

    def compile(self, parts: tuple[Part, ...]) -> Module | Failure:
        """Return the compiled last part, or why it cannot be had."""
        wanted = [part for part in parts[:-1] if self._held.get(part.source.name) != part.key] + [parts[-1]]
        mendings = [Mending(part.source.text) for part in wanted]
        try:
            # All are parsed before one is generated: imports may go in a circle.
            for part, mending in zip(wanted, mendings, strict=True):
                _mended(mending, partial(self._parse, part.source.name, mending))
            made = [self._made(part, mending) for part, mending in zip(wanted, mendings, strict=True)]
        except error.PySmiError as problem:
            # Where repairs leave nothing to use, the first of them is the cause.
            first = mendings[-1].repairs[:1] or [Repair(*explained(problem, parts[-1].source.text))]
            return Failure(parts[-1].source.name, parts[-1].key, first[0].line, first[0].column, first[0].message)
        return made[-1]

    @cached_property
    def _relaxed(self) -> Any:
        return parserFactory(**smi_v1_relaxed)()

    def _parse(self, name: str, mending: Mending) -> None:
        trees = self._read(mending)
        if not trees or mending.is_empty:
            raise error.PySmiParserError("no declarations", lineno=1)
        maker = SymtableCodeGen()
        maker.convertImportv2 = self._successors(maker.convertImportv2)
        _, table = maker.gen_code(trees[0], self._tables)
        self._trees[name], self._tables[name], mending.parsed = trees[0], table, mending.text

    def _read(self, mending: Mending) -> Any:
        """Return the syntax trees of a text; where the grammar must be relaxed for that, it is noted."""
        if mending.is_relaxed:
            return self._relaxed.parse(mending.text)
        try:
            return self._strict.parse(mending.text)
        except error.PySmiError as problem:
            line, column, message = explained(problem, mending.text)
            trees = self._relaxed.parse(mending.text)
            mending.relax(line, column, message)
            return trees

    def _generate(self, name: str, mending: Mending) -> Any:
        if mending.parsed is not mending.text:
            self._parse(name, mending)
        maker = IntermediateCodeGen()
        maker.convertImportv2 = self._successors(maker.convertImportv2)
        return maker.gen_code(self._trees[name], self._tables, genTexts=False)[1]

    def _made(self, part: Part, mending: Mending) -> Module:
        name = part.source.name
        symbols = _mended(mending, partial(self._generate, name, mending))
        module = module_of(name, part.key, symbols, Scope(name, symbols, self._types))
        self._types[name] = module.types
        self._held[name] = part.key
        return msgspec.structs.replace(module, repairs=tuple(sorted(mending.repairs, key=msgspec.structs.astuple)))

    def _successors(self, moved: Mapping[str, Any]) -> dict[str, Any]:
        """Return pysmi's table of symbols that moved out of SMIv1 modules, without targets that are not here."""
        return {
            old: {
                symbol: targets
                for symbol, targets in symbols.items()
                if all(module in self._tables for module, _ in targets)
            }
            for old, symbols in moved.items()
        }


def _mended(mending: Mending, step: Callable[[], Made]) -> Made:
    """Do a step of compiling; what stands in its way is cut out as long as that is known."""
    while True:
        try:
            return step()
        except error.PySmiError as problem:
            if not mend(mending, problem):
                raise


def write_entry(cache_dir: Path, entry: Module | Failure) -> None:
    """File an entry in the cache: whole or not at all."""
    path = cache_dir / f"{entry.key}.json"
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(msgspec.json.encode(entry))
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)


def main() -> None:
    """Answer requests until the standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_OCTETS, MEMORY_OCTETS))
    compiler = Compiler()
    decoder = msgspec.json.Decoder(Request)
    for line in sys.stdin.buffer:
        request = decoder.decode(line)
        entry = compiler.compile(request.parts)
        write_entry(Path(request.cache_dir), entry)
        sys.stdout.buffer.write(entry.key.encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
