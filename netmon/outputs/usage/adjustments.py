"""Whether the changes of intervals are complete and add up (check R10 of specs/usage.md section 9)."""

from collections.abc import Iterator
from typing import Any

import msgspec


class _Line(msgspec.Struct, frozen=True):
    file: str
    line: int
    item: dict[str, Any]


class Adjustments:
    """Gathers the records of each interval in order of the feed."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str, str], list[_Line]] = {}

    def add(self, item: dict[str, Any], file: str, line: int) -> None:
        """Take a record; exceptions take no part in sums."""
        if item.get("kind") in ("usage", "adjustment"):
            key = (item["series"], item["start"], item["end"])
            self._records.setdefault(key, []).append(_Line(file, line, item))

    def problems(self) -> Iterator[tuple[str, str, int, dict[str, Any]]]:
        """Yield (what is wrong, file, line, record). Records before the first file are taken as right."""
        for lines in self._records.values():
            for before, now in zip([None, *lines], lines, strict=False):
                text = _wrong(before.item if before else None, now.item)
                if text:
                    yield text, now.file, now.line, now.item


def _wrong(before: dict[str, Any] | None, now: dict[str, Any]) -> str:
    if before is None:
        return ""
    if now["revision"] != before["revision"] + 1:
        return f"revision {now['revision']} after {before['revision']}"
    if before["revision"] == 0 and now["adjusts"] != before["id"]:
        return f"adjusts {now['adjusts']}, revision 0 is {before['id']}"
    for side in ("octets_in", "octets_out"):
        if (before[side] or 0) + now[f"delta_{side}"] != (now[side] or 0):
            return f"{side} {before[side]} and delta {now[f'delta_{side}']} do not make {now[side]}"
    return ""
