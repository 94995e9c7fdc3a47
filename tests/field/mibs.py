"""``mibs.*``: the modules of the index, loaded from the folder alone plus netmon's own."""

import re
from collections import defaultdict
from pathlib import Path

from netmon.mib.compile import Status
from tests.field.sheet import Sheet, progress
from tests.field.shipped import Shipped

_LINE = re.compile(r":(\d+)")


def score_mibs(folder: Path, shipped: Shipped, sheet: Sheet) -> None:
    """Count each file of the index; one with several modules loads when all of them do."""
    index = folder / "index.txt"
    if not index.is_file():
        return
    names = [line.strip() for line in index.read_text(errors="replace").splitlines() if line.strip()]
    progress(f"{len(names)} MIB modules")
    by_path: dict[Path, list[Status]] = defaultdict(list)
    for status in shipped.compiled.statuses:
        by_path[Path(status.path).absolute()].append(status)
    files = {status.path for status in shipped.compiled.statuses}
    usable = {module.name for module in shipped.compiled.modules}
    for name in names:
        # A module that netmon has in a better copy is loaded, too.
        found = by_path[(folder / name).absolute()]
        failed = [status for status in found if status.module not in usable]
        loaded = bool(found) and not failed
        sheet.row("mibs.loaded", loaded, row=name, had=[str(status) for status in failed] or "no module found")
        if not loaded:
            explained = bool(failed) and all(_names_a_place(status, files) for status in failed)
            sheet.row("mibs.explained", explained, row=name, had=[status.cause for status in failed])


def _names_a_place(status: Status, files: set[str]) -> bool:
    """Tell whether the cause names a line that there is, of a file that was read."""
    for found in _LINE.finditer(status.cause):
        before = status.cause[: found.start()]
        if any(before.endswith(file) and _has_line(Path(file), int(found[1])) for file in files):
            return True
    return False


def _has_line(path: Path, line: int) -> bool:
    return path.is_file() and 1 <= line <= path.read_bytes().count(b"\n") + 1
