"""Files of prometheus snmp_exporter that the configuration names: modules and auths (``polling.exporter_modules``)."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from netmon.config import yaml
from netmon.config.exporter_auths import read_auths
from netmon.config.rule_files import shown
from netmon.domain.place import Document, Place, Problem
from netmon.rulebook.exporter import ExporterModule
from netmon.rulebook.exporter_modules import Modules, read_modules
from netmon.sources.credential import Credential

MAX_OCTETS = 64 << 20


class ExporterFiles(msgspec.Struct, frozen=True):
    """Everything in all of these files that is right, by name, and all that is wrong."""

    modules: dict[str, ExporterModule] = {}
    auths: dict[str, Credential] = {}
    problems: tuple[Problem, ...] = ()


def read_exporter_files(paths: Iterable[Path]) -> ExporterFiles:
    """Read files; of two things with one name the first is kept and the other is a problem."""
    modules: dict[str, ExporterModule] = {}
    auths: dict[str, Credential] = {}
    problems: list[Problem] = []
    places: dict[tuple[str, str], Place] = {}
    for path in paths:
        read = yaml.read(path, name=shown(path), most=MAX_OCTETS)
        document, found, users = read.document, read_modules(read.document), read_auths(read.document)
        problems += (*read.problems, *found.problems, *users.problems)
        problems += _taken(document, "modules", found.modules, places)
        problems += _taken(document, "auths", users.auths, places)
        modules = found.modules | modules
        auths = users.auths | auths
    return ExporterFiles(modules, auths, tuple(sorted(problems)))


def read_module_file(path: Path) -> Modules:
    """Read the modules of one file, problems of the file itself among theirs."""
    read = yaml.read(path, name=shown(path), most=MAX_OCTETS)
    found = read_modules(read.document)
    return Modules(found.modules, (*read.problems, *found.problems))


def _taken(
    document: Document, kind: str, names: Iterable[str], places: dict[tuple[str, str], Place]
) -> Iterable[Problem]:
    for name in names:
        place = document.key_place((kind, name))
        first = places.setdefault((kind, name), place)
        if first != place:
            yield Problem(place, f'{kind[:-1]} "{name}" is defined twice (first at {first})')
