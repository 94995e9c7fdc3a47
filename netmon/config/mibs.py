"""The MIBs of a configuration: read and compiled again only where a file of them stands otherwise."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from netmon.config.data_dir import mib_cache
from netmon.config.load import Loaded
from netmon.mib.compile import Status, compile_all
from netmon.mib.names import MibView
from netmon.rulebook.memory import Memory

_Stamp = tuple[str, int, int, int, int]
"""Path, inode, size, and when content and entry of a file changed, in ns."""


class Mibs(msgspec.Struct, frozen=True):
    """What can be used of them, and the modules that cannot."""

    names: MibView
    broken: tuple[Status, ...] = ()


def mibs_of(loaded: Loaded, memory: Memory) -> Mibs:
    """Return the MIBs; those without a broken module are remembered, so that what rests on them is, too.

    Raises:
        OSError: the cache cannot be written.
    """
    key = ("mibs", *_stamps(loaded.mibs))
    known: Mibs | None = memory.find(key)
    if known is not None:
        return known
    compiled = compile_all(loaded.mibs, mib_cache(loaded.data_dir))
    found = Mibs(MibView(compiled.modules), compiled.broken)
    return found if found.broken else memory.keep(key, found)


def _stamps(folders: Iterable[Path]) -> Iterator[_Stamp]:
    for folder in folders:
        for path in filter(Path.is_file, sorted(folder.rglob("*"))):
            stat = path.stat()
            yield str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
