"""What differs between two configurations, and what of it may change while netmon runs (DESIGN section 5)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from netmon.config.load import Loaded
from netmon.domain.place import Path, Problem, path_text

RELOADABLE: tuple[Path, ...] = (
    ("inventory",),
    ("credentials",),
    ("mibs",),
    ("rules",),
    ("polling",),
    ("retention",),
    ("log",),
    ("traps", "communities"),
    ("traps", "limits"),
    ("traps", "proxies"),
)
"""A change of any other key needs a restart."""


def changed_keys(old: msgspec.Struct, new: msgspec.Struct, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every key that differs, as deep as both sides have the same Struct."""
    for field in msgspec.structs.fields(type(old)):
        before: Any = getattr(old, field.name)
        after: Any = getattr(new, field.name)
        here = (*path, field.encode_name)
        if isinstance(before, msgspec.Struct) and type(before) is type(after):
            yield from changed_keys(before, after, here)
        elif before != after:
            yield here


def is_reloadable(path: Path) -> bool:
    """Tell whether a key may change while netmon runs."""
    return any(path[: len(known)] == known for known in RELOADABLE)


def refused(old: Loaded, new: Loaded) -> list[Problem]:
    """Return one problem for each change that a reload cannot make."""
    paths = [path for path in changed_keys(old.config, new.config) if not is_reloadable(path)]
    problems = [Problem(new.document.place(path), f"{path_text(path)}: needs a restart") for path in paths]
    derived = {"node_id": old.node_id != new.node_id, "data_dir": old.data_dir != new.data_dir}
    for key, differs in derived.items():
        if differs and (key,) not in paths:
            problems.append(Problem(new.document.place((key,)), f"{key}: needs a restart"))
    return sorted(problems)
