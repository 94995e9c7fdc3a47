"""Files that a consumer puts into ``ack/``: what it has, and what it refuses (specs/usage.md section 7)."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

ACK, NACK = ".ack", ".nack"
_LONGEST = 4 << 20

Code = Literal["unknown_service", "out_of_period", "duplicate", "schema", "checksum", "other"]


class Ack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Billing has a file, and all before it."""

    sha256: Annotated[str, msgspec.Meta(pattern="^([0-9a-fA-F]{64})?$")] = ""
    """Of the file as it was taken; empty: not told."""


class Complaint(msgspec.Struct, frozen=True):
    """Billing refuses a record."""

    id: str
    code: Code
    text: Annotated[str, msgspec.Meta(max_length=2_000)] = ""


class Taken(msgspec.Struct, frozen=True):
    """A file in ``ack/``."""

    path: Path
    name: str
    """Of the usage file that it is about."""
    said: Ack | list[Complaint] | str
    """What it says; text: why that cannot be told."""
    age_s: float
    """Since it was changed."""


_COMPLAINTS = msgspec.json.Decoder(list[Complaint])
_ACK = msgspec.json.Decoder(Ack)


def taken(folder: Path, now_s: float) -> Iterator[Taken]:
    """Yield what lies in ``ack/``, acknowledgments in order of their names first.

    Raises:
        OSError: the folder cannot be read.
    """
    names = sorted(name for name in os.listdir(folder) if name.endswith((ACK, NACK)))
    for name in sorted(names, key=lambda name: name.endswith(NACK)):
        kind = NACK if name.endswith(NACK) else ACK
        try:
            octets, changed_s = _read(folder / name)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            yield Taken(folder / name, name.removesuffix(kind), f"cannot be read ({error})", now_s)
            continue
        yield Taken(folder / name, name.removesuffix(kind), _said(octets, kind), now_s - changed_s)


def _said(octets: bytes, kind: str) -> Ack | list[Complaint] | str:
    try:
        if kind == NACK:
            return _COMPLAINTS.decode(octets)
        return _ACK.decode(octets) if octets.strip() else Ack()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"is not what the usage feed takes ({error})"


def _read(path: Path) -> tuple[bytes, float]:
    """Return what a file holds and when it was changed; consumers may write here, so no link is followed."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("no regular file")
        octets = file.read(_LONGEST + 1)
    if len(octets) > _LONGEST:
        raise ValueError(f"more than {_LONGEST} octets")
    return octets, about.st_mtime
