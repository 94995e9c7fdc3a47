"""Samples as frozen column blocks; a sample is one cell, never an object of its own (DESIGN section 1)."""

from typing import Any, Literal

import msgspec

SampleKind = Literal["counter", "gauge", "state", "info", "text"]

Labels = tuple[tuple[str, str], ...]


class SampleBlock(msgspec.Struct, frozen=True, array_like=True):
    """One table of one run: ``columns[c][r]`` is metric ``names[c]`` of managed object ``objects[r]``."""

    seq: int
    time: int
    """UTC ms, midpoint of request and response."""
    sent: int
    """UTC ms when the request was sent: a clear may not be newer than this."""
    element: str
    table: str
    names: tuple[str, ...]
    kinds: tuple[SampleKind, ...]
    units: tuple[str, ...]
    oids: tuple[str, ...]
    """Column OID a metric was read from; of a computed one that of the first column its expression names, or empty."""
    objects: tuple[str, ...]
    labels: tuple[Labels, ...]
    index: tuple[str, ...]
    columns: tuple[tuple[Any, ...], ...]
    """int, float or text; None: no sample."""
    interval_ms: int
    trusted: bool = True
    context: str = ""
    """Of version 3 beside that of the element's credential; its parts have names of their own."""
