"""``netmon mib``: vendor modules, names and OIDs."""

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
    read_loosely,
)
from netmon.config.data_dir import mib_cache
from netmon.mib.compile import Compiled, compile_all
from netmon.mib.names import MibView, UnknownName

mib = typer.Typer(no_args_is_help=True, help="MIB modules: compile them, look names up, see why one does not load.")


class Named(msgspec.Struct, frozen=True):
    """What ``netmon mib lookup`` tells of a name or an OID."""

    asked: str
    name: str
    oid: str
    module: str
    kind: str


@mib.command("compile", epilog=examples(("netmon mib compile", "reads the folders of `mibs` and fills the cache")))
def compile_(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Compile the modules of all folders into the cache and tell the root cause of every one that fails.

    Exit code 1: some module cannot be used.
    """
    compiled = _compiled(config)
    broken = [status for status in compiled.statuses if status.state in ("failed", "blocked", "timeout")]
    if json:
        print_json(broken)
    else:
        for status in broken:
            typer.echo(str(status))
        typer.echo(f"{count(len(compiled.modules), 'module')} compiled, {len(broken)} not")
    if broken:
        raise typer.Exit(PROBLEM)


@mib.command("status", epilog=examples(("netmon mib status --json", "every module with its state, for programs")))
def status(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List every module found, its state, and the root cause where it cannot be used."""
    statuses = _compiled(config).statuses
    if json:
        print_json(statuses)
    else:
        print_table(
            ("module", "state", "root", "cause"),
            ((status.module, status.state, status.root, status.cause) for status in statuses),
        )


@mib.command(
    "lookup",
    epilog=examples(
        ("netmon mib lookup IF-MIB::ifDescr.7", "a name to its OID"),
        ("netmon mib lookup 1.3.6.1.6.3.1.1.5.3", "an OID to its name"),
    ),
)
def lookup(
    names: Annotated[list[str], typer.Argument(metavar="NAME|OID...", help="Names, with or without module, or OIDs.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Resolve names to OIDs and OIDs to names.

    Exit code 1: a name is unknown.
    """
    view = MibView(_compiled(config).modules)
    found = [_named(view, name) for name in names]
    if json:
        print_json(found)
    else:
        print_table(("name", "oid", "kind"), ((named.name, named.oid, named.kind) for named in found))


def _named(view: MibView, asked: str) -> Named:
    try:
        oid = view.oid_of(asked)
    except UnknownName as unknown:
        fail(str(unknown), code=PROBLEM)
    node = view.resolve(oid).node
    name = view.name_of(oid)
    full = f"{node.module}::{name}" if node.module and name != oid else name
    return Named(asked=asked, name=full, oid=oid, module=node.module, kind=node.kind)


def _compiled(config: "ConfigOption") -> Compiled:
    loaded = read_loosely(config)
    try:
        return compile_all(loaded.mibs, mib_cache(loaded.data_dir))
    except OSError as error:
        fail(f"{error.filename or 'MIBs'}: {(error.strerror or str(error)).lower()}")
