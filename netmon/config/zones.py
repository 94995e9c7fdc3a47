"""Time zones as this host has them, in the form of RFC 9636 (TZif)."""

from collections.abc import Iterable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from zoneinfo import TZPATH


def zone_data(names: Iterable[str]) -> tuple[tuple[str, bytes], ...]:
    """Return (name, content of its file) of each zone but UTC, which needs none.

    Raises:
        OSError: this host has no such zone, which a check of the rules has found before.
    """
    return tuple((name, _read(name)) for name in names if name != "UTC")


def zones_version() -> str:
    """Return which release of the IANA data this host has, e.g. 2026a."""
    for folder in TZPATH:
        path = Path(folder, "tzdata.zi")
        if path.is_file():
            with path.open(encoding="utf-8") as file:
                return file.readline().removeprefix("# version ").strip()
    return version("tzdata")


def _read(name: str) -> bytes:
    for folder in TZPATH:
        path = Path(folder, name)
        if path.is_file():
            return path.read_bytes()
    # A host without zone files has those of the package ``tzdata``, where the standard library looks, too.
    return files("tzdata").joinpath("zoneinfo", name).read_bytes()
