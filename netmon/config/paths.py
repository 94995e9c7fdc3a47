"""Paths as a configuration writes them: from its folder on, or from a home."""

from pathlib import Path


def below(folder: Path, text: str) -> Path:
    """Return the path that a text means; ``~`` is the home of a user where there is such a user."""
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:
        return folder / text


def missing(path: Path, text: str, *, what: str = "file or folder") -> str:
    """Return why what a text names cannot be used, empty where something is there."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return f"there is no {what} {text[:200]}"
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return f"{text[:200]} cannot be read: {why.lower()}"
    return ""
