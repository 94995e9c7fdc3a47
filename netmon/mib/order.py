"""In which order modules are compiled: those that are imported first."""

from collections.abc import Mapping

from netmon.mib.sources import Source

_BASES = ("SNMPv2-SMI", "SNMPv2-TC", "SNMPv2-CONF")
"""Given by the compiler to every module, imported or not."""

_SPLIT_UP = ("RFC1213-MIB", "RFC1158-MIB")
_SUCCESSORS = ("SNMPv2-MIB", "IF-MIB", "IP-MIB", "TCP-MIB", "UDP-MIB")
"""Where the objects of MIB-II went; who imports the old module is given the new ones."""


def requirements(source: Source, known: Mapping[str, Source]) -> tuple[str, ...]:
    """Return the known modules that a module needs, by import or because the compiler wants them, sorted."""
    imports = {name for name, _ in source.imports}
    wanted = set(imports)
    if source.name not in _BASES:
        wanted.update(_BASES)
    if imports.intersection(_SPLIT_UP):
        wanted.update(_SUCCESSORS)
    return tuple(sorted(name for name in wanted if name in known and name != source.name))


def in_order(known: Mapping[str, Source]) -> tuple[Source, ...]:
    """Return all modules, each after those it needs; a circle of imports is cut where it closes."""
    done: dict[str, Source] = {}
    for name in sorted(known):
        _visit(known[name], known, done)
    return tuple(done.values())


def closure(source: Source, known: Mapping[str, Source]) -> tuple[Source, ...]:
    """Return a module and all it needs, itself last."""
    done: dict[str, Source] = {}
    _visit(source, known, done)
    return tuple(done.values())


def _visit(source: Source, known: Mapping[str, Source], done: dict[str, Source]) -> None:
    """Add what a module needs, then the module; without recursion, for imports may go as deep as there are files."""
    if source.name in done:
        return
    above = {source.name: iter(requirements(source, known))}
    while above:
        name, below = next(reversed(above.items()))
        wanted = next((one for one in below if one not in done and one not in above), "")
        if wanted:
            above[wanted] = iter(requirements(known[wanted], known))
        else:
            done[name] = known[name]
            del above[name]
