"""What is counted: scores in their order, and the rows that did not pass."""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SCORES = (
    "recordings.port",
    "recordings.system",
    "recordings.entity",
    "recordings.sensor",
    "recordings.processor",
    "recordings.mempool",
    "recordings.bgp",
    "traps.decoded",
    "traps.named",
    "traps.raise_clear",
    "definitions.raise_clear",
    "definitions.pairs",
    "profiles.snmp_exporter",
    "mibs.loaded",
    "mibs.explained",
    "pcap.safe",
    "usage.vectors",
    "usage.percentile",
    "usage.outage",
)
INFORMATION = ("traps.severity",)
"""Printed after the scores, and no score: the severities of other systems are opinions."""
WALKS = ("walks.responder", "walks.snmpsim", "walks.snmp_exporter")
"""Printed last, since they take the longest: rows as netmon's walker reads them from two, series beside the third."""


class Sheet:
    """Passed and total of every score, and one object per row that did not pass."""

    def __init__(self) -> None:
        self.counts = {name: [0, 0] for name in (*SCORES, *INFORMATION, *WALKS)}
        self.failed: list[dict[str, Any]] = []

    def row(self, score: str, passed: bool, **told: Any) -> None:
        """Count a row; ``told`` is what a person needs to see why it did not pass."""
        self.counts[score][0] += passed
        self.counts[score][1] += 1
        if not passed:
            self.failed.append({"score": score, **told})

    def lines(self, names: Iterable[str] = (*SCORES, *INFORMATION, *WALKS)) -> list[str]:
        """Return ``name: passed/total`` of scores."""
        return ["{}: {}/{}".format(name, *self.counts[name]) for name in names]

    def write(self, path: Path) -> None:
        """Write the scores as JSON."""
        scores = [{"name": name, "passed": passed, "total": total} for name, (passed, total) in self.counts.items()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"scores": scores}, indent=1) + "\n")

    def report(self) -> None:
        """Write the rows that did not pass to the file that ``FIELD_REPORT`` names."""
        path = os.environ.get("FIELD_REPORT")
        if path:
            with Path(path).open("w") as file:
                file.writelines(json.dumps(row, default=_plain) + "\n" for row in self.failed)


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def progress(text: str) -> None:
    """Tell on stderr what is going on."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
