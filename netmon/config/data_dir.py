"""The folder of an engine's state: which one by default, and whether it can be used."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

_SYSTEM = Path("/var/lib/netmon")
_WAY, _CLOSED = 0o751, 0o750
"""Consumers of usage files must get through to the folders of their feeds; all else is nobody's business."""


def default_data_dir() -> Path:
    """Return what systemd gives (``StateDirectory=``), /var/lib/netmon for root, else ~/.local/share/netmon."""
    given = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given)
    if os.geteuid() == 0 and os.access(_SYSTEM if _SYSTEM.exists() else _SYSTEM.parent, os.W_OK):
        return _SYSTEM
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "netmon"


def prepare_data_dir(path: Path, *, feeds: Iterable[str] = ()) -> None:
    """Make the folder where it is missing, let consumers of ``feeds`` pass and prove that it can be written.

    Raises:
        OSError: it cannot; ``filename`` is the folder.
    """
    try:
        for folder in (path, path / "usage", *(path / "usage" / feed for feed in feeds)):
            _make(folder, _WAY)
        for name in ("series", "mib-cache"):
            _make(path / name, _CLOSED)
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"netmon")
            file.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror or "cannot be written", str(path)) from None


def _make(folder: Path, mode: int) -> None:
    """Make a folder with this mode, whatever the umask; one that is there only loses or gains what it must."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(mode)
    elif folder.stat().st_uid == os.geteuid():
        now = folder.stat().st_mode & 0o7777
        folder.chmod(now | 0o011 if mode == _WAY else now & ~0o007)


def mib_cache(data_dir: Path) -> Path:
    """Return where compiled MIB modules lie: in the engine's folder, or in the user's cache if that cannot be written.

    So ``netmon check`` works for everyone and makes no folder of the engine.
    """
    if os.access(data_dir, os.W_OK):
        return data_dir / "mib-cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "netmon" / "mib-cache"


def share_mib_cache(data_dir: Path) -> None:
    """Let an engine that does not live long use the modules that this user has compiled before.

    Entries are named by a hash of what they hold, so nobody spoils them for others. Where that cannot be, the engine
    compiles for itself.
    """
    own, shared = data_dir / "mib-cache", mib_cache(default_data_dir())
    try:
        shared.mkdir(parents=True, exist_ok=True)
        if own.is_dir() and not own.is_symlink():
            own.rmdir()
        own.symlink_to(shared)
    except OSError:
        # It has entries of its own, is a link already, or the user's cache cannot be written.
        return
