"""The worker process of the MIB compiler: pysmi reads one module at a time, away from the daemon; files only.

It reads requests from its standard input and answers each with the key of the cache entry on its standard
output. It alone writes the cache.
"""

from netmon.mib import offline  # noqa: F401  before pysmi

# isort: split
import os
import re
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from pysmi import error
from pysmi.codegen.intermediate import IntermediateCodeGen
from pysmi.codegen.symtable import SymtableCodeGen
from pysmi.parser.dialect import smi_v1_relaxed
from pysmi.parser.smi import parserFactory

from netmon.mib.node import Failure, Module, Syntax
from netmon.mib.nodes import Scope, module_of
from netmon.mib.process import Part, Request
from netmon.mib.sources import Source

MEMORY_OCTETS = 1 << 30

_QUOTED = re.compile(r'"([A-Za-z][A-Za-z0-9-]*)"|symbols?: ([A-Za-z][A-Za-z0-9-]*)')


class Compiler:
    """Keeps what it has parsed, so that a module many others import is read once."""

    def __init__(self) -> None:
        self._parser = parserFactory(**smi_v1_relaxed)()
        self._trees: dict[str, Any] = {}
        self._tables: dict[str, dict[str, Any]] = {}
        self._types: dict[str, dict[str, Syntax]] = {}
        self._held: dict[str, str] = {}

    def compile(self, parts: tuple[Part, ...]) -> Module | Failure:
        """Return the compiled last part, or why it cannot be had."""
        wanted = [part for part in parts[:-1] if self._held.get(part.source.name) != part.key] + [parts[-1]]
        try:
            # All are parsed before one is generated: imports may go in a circle.
            for part in wanted:
                self._parse(part.source)
            return [self._generate(part) for part in wanted][-1]
        except error.PySmiError as problem:
            source = parts[-1].source
            line, column, message = _explained(problem, source.text)
            return Failure(source.name, parts[-1].key, line, column, message)

    def _parse(self, source: Source) -> None:
        trees = self._parser.parse(source.text)
        if not trees:
            raise error.PySmiParserError("no declarations", lineno=1)
        maker = SymtableCodeGen()
        maker.convertImportv2 = self._successors(maker.convertImportv2)
        _, table = maker.gen_code(trees[0], self._tables)
        self._trees[source.name] = trees[0]
        self._tables[source.name] = table

    def _generate(self, part: Part) -> Module:
        name = part.source.name
        maker = IntermediateCodeGen()
        maker.convertImportv2 = self._successors(maker.convertImportv2)
        _, symbols = maker.gen_code(self._trees[name], self._tables, genTexts=False)
        module = module_of(name, part.key, symbols, Scope(name, symbols, self._types))
        self._types[name] = module.types
        self._held[name] = part.key
        return module

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


def _explained(problem: error.PySmiError, text: str) -> tuple[int, int, str]:
    """Return line and column in the module's text, and what is wrong there."""
    cause = problem.__cause__
    line = getattr(problem, "lineno", "?")
    if isinstance(line, int):
        token = getattr(cause, "token", None) or getattr(cause, "char", "")
        column = getattr(cause, "column", 1)
        message = f'bad grammar near "{str(token)[:40]}"' if token else str(problem.msg)
        return line, max(column, 1), message
    named = _QUOTED.search(str(problem.msg))
    line, column = _position(named[1] or named[2], text) if named else (1, 1)
    return line, column, _lower(str(problem.msg))


def _position(symbol: str, text: str) -> tuple[int, int]:
    """Return where a symbol is defined, else where it is named first."""
    word = re.escape(symbol)
    found = re.search(rf"^[ \t]*({word})\s+(?:[A-Z]|::=)", text, re.MULTILINE) or re.search(rf"\b({word})\b", text)
    if found is None:
        return 1, 1
    return text.count("\n", 0, found.start(1)) + 1, found.start(1) - text.rfind("\n", 0, found.start(1))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


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
