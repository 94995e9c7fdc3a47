"""All rules of a configuration, compiled with MIBs and inventory: what the daemon runs and ``netmon check`` judges."""

from collections.abc import Collection, Iterable, Iterator
from zoneinfo import available_timezones

import msgspec

from netmon.config.backdated import backdated
from netmon.config.collected import uncollected
from netmon.config.exporter import ExporterFiles, read_exporter_files
from netmon.config.load import Loaded
from netmon.config.metered import unpolled
from netmon.config.mibs import mibs_of
from netmon.config.rule_files import RuleFiles
from netmon.config.site_rules import as_they_count
from netmon.config.unverified import unverified
from netmon.domain.pause import Pause, no_pause
from netmon.domain.place import Document, Path, Place, Problem, path_text, suggestion
from netmon.domain.usage import Assignment
from netmon.mib.compile import Status
from netmon.mib.names import MibView
from netmon.outputs import acting
from netmon.rulebook.compile import Compiled, compile_rules
from netmon.rulebook.exporter_profile import profile_of
from netmon.rulebook.memory import Memory
from netmon.rulebook.metering import InventoryPlaces, Metering, compile_metering
from netmon.rulebook.profile import compile_profiles
from netmon.rulebook.profile_values import Profile


class Judged(msgspec.Struct, frozen=True):
    """A configuration with its rules compiled, and all that is wrong with any of it."""

    loaded: Loaded
    names: MibView
    compiled: Compiled
    profiles: tuple[Profile, ...]
    metering: Metering
    exporter: ExporterFiles
    problems: tuple[Problem, ...]
    """Of configuration, inventory, MIBs and rules; sorted by place."""
    memory: Memory
    """With it the next configuration costs what has changed."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that forbid a start or a reload."""
        return tuple(problem for problem in self.problems if not problem.warning)

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """Which series is metered for which feed."""
        return self.metering.assignments


def judge(loaded: Loaded, *, memory: Memory | None = None, pause: Pause = no_pause) -> Judged:
    """Compile MIBs (through the cache), rules, profiles and metering; blocks for a while when the cache is empty.

    Args:
        loaded: the configuration.
        memory: of the configuration before this one.
        pause: is called again and again, so that other threads have their turns.

    Raises:
        OSError: the MIB cache cannot be written.
    """
    memory = memory or Memory()
    mibs = mibs_of(loaded, memory)
    broken = [_warning(status) for status in mibs.broken]
    exporter = read_exporter_files(loaded.exporter)
    known = [*loaded.problems, *broken, *exporter.problems]
    pause()
    judged = _judge(loaded, mibs.names, known, exporter=exporter, memory=memory, pause=pause)
    return msgspec.structs.replace(judged, problems=tuple(sorted({*judged.problems, *unverified(judged.compiled)})))


def judge_files(loaded: Loaded, files: RuleFiles, *, beside: Iterable[Document] = ()) -> Judged:
    """Compile other rule files with the MIBs and the inventory of a configuration, whose own are not judged.

    Its profiles and those ``beside`` are known, too; those of the files may extend them.

    Raises:
        OSError: the MIB cache cannot be written.
    """
    known = {document.data["profile"] for document in files.metrics}
    others: list[Document] = []
    for document in (*beside, *loaded.files.metrics):
        if document.data["profile"] not in known:
            known.add(document.data["profile"])
            others.append(document)
    memory, exporter = Memory(), read_exporter_files(loaded.exporter)
    names = mibs_of(loaded, memory).names
    loaded = msgspec.structs.replace(loaded, files=files)
    return _judge(loaded, names, files.problems, memory=memory, more_profiles=others, exporter=exporter)


def names_of(loaded: Loaded) -> MibView:
    """Compile the MIBs alone, through the cache.

    Raises:
        OSError: the MIB cache cannot be written.
    """
    return mibs_of(loaded, Memory()).names


def metering_of(loaded: Loaded, *, zones: Collection[str] | None = None) -> Metering:
    """Compile the metering alone, which no MIB has a say in; ``zones`` are those there are, where that is known."""
    return compile_metering(
        loaded.files.usage,
        InventoryPlaces(loaded.inventory, loaded.inventory_document, loaded.inventory_path),
        settings=loaded.config.usage.settings(loaded.node_id),
        zones=available_timezones() if zones is None else zones,
    )


def _judge(
    loaded: Loaded,
    names: MibView,
    known: Iterable[Problem],
    *,
    exporter: ExporterFiles,
    more_profiles: Iterable[Document] = (),
    memory: Memory,
    pause: Pause = no_pause,
) -> Judged:
    zones = available_timezones()
    compiled = compile_rules(
        as_they_count(loaded.files.rules),
        names,
        zones=zones,
        # Rules that are checked without a configuration may name any.
        outputs=frozenset(acting(loaded.config.outputs)) if loaded.path is not None else None,
        memory=memory,
        pause=pause,
    )
    profiles = compile_profiles((*loaded.files.metrics, *more_profiles), names, memory=memory, pause=pause)
    memory.turn()
    metering = metering_of(loaded, zones=zones)
    files = (*loaded.files.metrics, *more_profiles)
    known_profiles = {*exporter.modules, *(str(one.data["profile"]) for one in files)}
    polled = (*profiles.profiles, *_polled_modules(loaded, profiles.profiles, exporter))
    unread = uncollected(compiled.pieces, polled)
    problems = {*known, *compiled.problems, *profiles.problems, *unread, *metering.problems}
    metered = (*metering.assignments, *(one.assignment for one in metering.followed))
    problems.update(backdated(loaded, metering), unpolled(loaded, metered))
    problems.update(_unknown_profiles(loaded, known_profiles))
    return Judged(
        loaded=loaded,
        names=names,
        compiled=compiled,
        profiles=polled,
        metering=metering,
        exporter=exporter,
        problems=tuple(sorted(problems)),
        memory=memory,
    )


def _polled_modules(loaded: Loaded, profiles: Iterable[Profile], exporter: ExporterFiles) -> list[Profile]:
    """Return the profiles of the modules that elements name; where a profile has the name it is meant."""
    native = {profile.name for profile in profiles}
    named = dict.fromkeys(name for element in loaded.inventory.elements.values() for name in element.profiles)
    return [profile_of(name, exporter.modules[name]) for name in named if name in exporter.modules.keys() - native]


def _unknown_profiles(loaded: Loaded, known: Collection[str]) -> Iterator[Problem]:
    """Yield each name of ``profiles`` in the inventory that nothing has."""
    document, path = loaded.inventory_document, (*loaded.inventory_path, "elements")
    places = {id_: at for at, id_ in enumerate(_ids(document, path))} if loaded.inventory.elements else {}
    for element in loaded.inventory.elements.values():
        for position, name in enumerate(element.profiles):
            if name not in known:
                where = (*path, places.get(element.id, 0), "profiles", position)
                near = suggestion(name, known)
                yield Problem(document.place(where), f'{path_text(where)}: unknown profile "{name}"{near}')


def _ids(document: Document, path: Path) -> Iterator[object]:
    found = document.data
    for part in path:
        found = found[part]
    return (one.get("id") if isinstance(one, dict) else None for one in found)


def _warning(status: Status) -> Problem:
    """A module that does not compile stops nothing: rules that need it say so at their place."""
    return Problem(Place(status.path, 1, 1), f"MIB module {status}", warning=True)
