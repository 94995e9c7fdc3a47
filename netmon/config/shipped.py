"""Where the MIBs and rules that come with netmon are: inside the installed package, or beside it in the source tree."""

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(what: Literal["mibs", "rules"]) -> Path:
    """Return the folder of the shipped ``mibs`` or ``rules``."""
    installed = _PACKAGE / "shipped" / what
    return installed if installed.is_dir() else _PACKAGE.parent / what


def shipped_mibs() -> tuple[Path, ...]:
    """Return the folders of shipped modules: standard ones, netmon's own, in a source tree what was dropped there."""
    folders = (shipped("mibs") / name for name in ("standard", "NETMON-MIB", "vendors"))
    return tuple(folder for folder in folders if folder.is_dir())


def condensed_mibs() -> tuple[Path, ...]:
    """Return the folder of condensed editions of others' modules; it stands last, so that a full one is preferred."""
    folder = shipped("mibs") / "condensed"
    return (folder,) if folder.is_dir() else ()
