"""``netmon mib``: vendor modules, names and OIDs."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from netmon.cli.frame import (
    PROBLEM,
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    print_json,
    print_table,
    read_settings,
    without_empty,
)
from netmon.cli.help import Commands
from netmon.config.data_dir import mib_cache
from netmon.mib.compile import Compiled, Status, compile_all
from netmon.mib.names import MibView, UnknownName

mib = Commands(no_args_is_help=True, help="MIB modules: compile them, look names up, see why one does not load.")


_ROOTS = {"0": "ccitt", "1": "iso", "2": "joint-iso-ccitt"}
"""No module defines them (RFC 2578 section 2)."""


class Named(msgspec.Struct, frozen=True):
    """What ``netmon mib lookup`` tells of a name or an OID."""

    asked: str
    name: str
    oid: str
    module: str
    kind: str
    path: str
    """Names from the root to the object."""
    syntax: str
    units: str
    enums: dict[str, int]
    """Values of an INTEGER, positions of BITS."""


@mib.command("compile", epilog=examples(("netmon mib compile", "reads the folders of `mibs` and fills the cache")))
def compile_(
    config: ConfigOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Take a repaired module for one that cannot be used.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Compile the modules of all folders into the cache and tell the root cause of every one that fails.

    A module with defects is repaired: the definitions at fault are left out. `netmon mib status` tells them.

    Exit code 1: some module cannot be used.
    """
    compiled = _compiled(config)
    broken = compiled.broken
    repaired = [status for status in compiled.statuses if status.state == "repaired"]
    told = sorted([*broken, *repaired]) if strict else broken
    if json:
        print_json(told)
    else:
        for status in told:
            typer.echo(str(status))
        typer.echo(_summary(compiled))
    if told:
        raise typer.Exit(PROBLEM)


@mib.command("status", epilog=examples(("netmon mib status --json", "every module with its state, for programs")))
def status(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List every module found, its state, and the root cause where it cannot be used or was repaired.

    Root causes come last, each once, with the modules that fail because of it. A file without a module stands under its
    name.
    """
    compiled = _compiled(config)
    if json:
        print_json(compiled.statuses)
        return
    rows = (row for status in compiled.statuses for row in _rows(status))
    print_table(*without_empty(("module", "state", "root", "cause"), rows))
    causes = compiled.by_cause()
    if causes:
        typer.echo()
        print_table(
            ("fail", "root cause", "modules"),
            ((str(len(of)), cause, ", ".join(one.module for one in of)) for cause, of in causes.items()),
        )
    typer.echo(f"\n{_summary(compiled)}")


@mib.command(
    "lookup",
    epilog=examples(
        ("netmon mib lookup IF-MIB::ifDescr.7", "a name to its OID"),
        ("netmon mib lookup 1.3.6.1.6.3.1.1.5.3", "an OID to its name"),
    ),
)
def lookup(
    names: Annotated[list[str], typer.Argument(metavar="NAME|OID", help="Names, with or without module, or OIDs.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Resolve names to OIDs and OIDs to names, with module, path, syntax and enumerated values.

    Exit code 1: a name is unknown.
    """
    view = MibView(_compiled(config).modules)
    found, unknown = list[Named](), list[UnknownName]()
    for name in names:
        try:
            found.append(_named(view, name))
        except UnknownName as error:
            unknown.append(error)
    if json:
        print_json(found)
    elif found:
        print_table(
            ("name", "oid", "kind", "syntax", "path"),
            ((named.name, named.oid, named.kind, _syntax(named), named.path) for named in found),
        )
    if unknown:
        fail("; ".join(map(str, unknown)), code=PROBLEM)


def _summary(compiled: Compiled) -> str:
    """Return how many modules there are, by what became of them."""
    by_state = Counter(status.state for status in compiled.statuses)
    mended = f", {by_state['repaired']} of them repaired" if by_state["repaired"] else ""
    shadowed = f", {by_state['shadowed']} shadowed by another copy" if by_state["shadowed"] else ""
    foreign = f"; {count(by_state['ignored'], 'file')} without a module" if by_state["ignored"] else ""
    return f"{count(len(compiled.modules), 'module')} compiled{mended}, {len(compiled.broken)} not{shadowed}{foreign}"


def _rows(status: Status) -> Iterator[tuple[str, str, str, str]]:
    """Yield the row of a module; each further repair of it has one of its own."""
    yield status.module, status.state, status.root, status.cause
    for repair in status.repairs[1:]:
        yield "", "", "", repair


def _named(view: MibView, asked: str) -> Named:
    oid = view.oid_of(asked)
    node = view.resolve(oid).node
    name = view.name_of(oid)
    full = f"{node.module}::{name}" if node.module and name != oid else name
    return Named(
        asked=asked,
        name=full,
        oid=oid,
        module=node.module,
        kind=node.kind,
        path=_path(view, node.oid),
        syntax=node.syntax,
        units=node.units,
        enums={value: number for number, value in node.enums},
    )


def _path(view: MibView, oid: str) -> str:
    arcs = oid.split(".")
    found = [view.resolve(".".join(arcs[:end])) for end in range(1, len(arcs) + 1)]
    names = [arc if one.index else one.node.symbol for arc, one in zip(arcs, found, strict=True)]
    return ".".join([_ROOTS.get(names[0], names[0]), *names[1:]])


def _syntax(named: Named) -> str:
    values = ", ".join(f"{value}({number})" for value, number in named.enums.items())
    return " ".join(filter(None, (named.syntax, f"{{ {values} }}" if values else "", named.units)))


def _compiled(config: "ConfigOption") -> Compiled:
    loaded = read_settings(config)
    try:
        return compile_all(loaded.mibs, mib_cache(loaded.data_dir))
    except OSError as error:
        fail(f"{error.filename or 'MIBs'}: {(error.strerror or str(error)).lower()}")
