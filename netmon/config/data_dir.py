"""The folder of an engine's state: which one by default, and whether it can be used."""

import os
import tempfile
from pathlib import Path

_SYSTEM = Path("/var/lib/netmon")


def default_data_dir() -> Path:
    """Return what systemd gives (``StateDirectory=``), /var/lib/netmon for root, else ~/.local/share/netmon."""
    given = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given)
    if os.geteuid() == 0 and os.access(_SYSTEM if _SYSTEM.exists() else _SYSTEM.parent, os.W_OK):
        return _SYSTEM
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "netmon"


def prepare_data_dir(path: Path) -> None:
    """Make the folder where it is missing and prove that it can be written.

    Raises:
        OSError: it cannot; ``filename`` is the folder.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o750)
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"netmon")
            file.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror or "cannot be written", str(path)) from None


def mib_cache(data_dir: Path) -> Path:
    """Return where compiled MIB modules lie: in the engine's folder, or in the user's cache if that cannot be written.

    So ``netmon check`` works for everyone and makes no folder of the engine.
    """
    if os.access(data_dir, os.W_OK):
        return data_dir / "mib-cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "netmon" / "mib-cache"
