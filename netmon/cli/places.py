"""Places in the log as they are written on a command line: a number, or a time."""

import re
from datetime import UTC, datetime

from netmon.app.history import At, Place
from netmon.cli.frame import fail

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z")
_NUMBER = re.compile(r"[0-9]{1,18}")


def place_of(text: str, option: str) -> Place | None:
    """Return the place that an option names, None where it is not given; say what is wrong with it and leave.

    Args:
        text: ``5120338``, or ``2026-11-21T04:00Z``, with seconds or without.
        option: its name, for the message.
    """
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return int(text)
    if not _TIME.fullmatch(text):
        fail(f"{option}: '{text}' is neither a number nor a UTC time (write 2026-11-21T04:00Z)")
    try:
        return At(int(datetime.fromisoformat(text).timestamp()) * 1000)
    except ValueError:
        fail(f"{option}: '{text}' is not a time of any day")


def moment(ms: int) -> str:
    """Return a time as commands print it."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
