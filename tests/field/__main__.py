"""Runs all scores over a folder: ``python -m tests.field DATA``; ``--only recordings.bgp traps``: some of them.

It prints ``name: passed/total`` for each score in a fixed order, 0/0 where the folder has no such part, and writes the
same to build/field.json::

    {"scores": [{"name": "recordings.port", "passed": 16000, "total": 16716}, ...]}

``traps.severity`` is for information and no score. ``walks.*`` come last: every row of every recording, served by
netmon's agents and by snmpsim, as netmon's walker reads it; and series of 20 recordings beside those of snmp_exporter.
With ``FIELD_REPORT=<file>`` each row that did not
pass is written there as one JSON line: ``score``, the row, and ``had``, what netmon had instead.

Scores below those of floor.json are told on stderr.

Exit status: 0 when the run came to its end, whatever the scores, with ``--floor`` 1 when one fell below its floor; 2
when the folder cannot be read.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from netmon.telemetry.log import LogConfig, configure_log
from tests.field.choice import Choice
from tests.field.definitions import score_definitions
from tests.field.exporter import score_exporter
from tests.field.exporter_series import score_exporter_series
from tests.field.floor import missed
from tests.field.mibs import score_mibs
from tests.field.pcap import score_pcap
from tests.field.recordings import score_recordings
from tests.field.sheet import INFORMATION, SCORES, WALKS, Sheet, progress
from tests.field.shipped import Shipped
from tests.field.traps import score_traps
from tests.field.usage import score_usage
from tests.field.walks import score_walks

_BUILD = Path("build")


def main(arguments: Sequence[str], build: Path = _BUILD) -> int:
    """Score a folder; ``build`` takes field.json and the cache of MIB modules."""
    try:
        asked = _asked().parse_args(arguments)
    except SystemExit:
        return 2
    folder, choice = Path(asked.folder), Choice(asked.only)
    try:
        list(folder.iterdir())
    except OSError as error:
        progress(f"{folder}: {error.strerror}")
        return 2
    if choice.unknown:
        progress(f"no such score: {', '.join(choice.unknown)}")
        return 2
    sheet = Sheet()
    _score(folder, Shipped(folder / "mibs", build / "field-cache"), sheet, choice)
    _tell(sheet, choice.of((*SCORES, *INFORMATION)), build)
    if choice.any("walks"):
        score_walks(folder / "recordings", sheet)
        score_exporter_series(folder, sheet)
        _tell(sheet, choice.of(WALKS), build)
    fallen = list(missed(sheet))
    for line in fallen:
        progress(line)
    return int(bool(fallen) and asked.floor)


def _asked() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.field")
    parser.add_argument("folder")
    parser.add_argument("--only", nargs="*", default=(), help="scores, or the part before the dot; default: all")
    parser.add_argument("--floor", action="store_true", help="exit 1 when a score fell below its floor")
    return parser


def _tell(sheet: Sheet, names: Sequence[str], build: Path) -> None:
    sys.stdout.writelines(f"{line}\n" for line in sheet.lines(names))
    sys.stdout.flush()
    sheet.write(build / "field.json")
    sheet.report()


def _score(folder: Path, shipped: Shipped, sheet: Sheet, choice: Choice) -> None:
    wanted = choice.any
    if wanted("recordings"):
        score_recordings(folder / "recordings", shipped, sheet, choice.of(SCORES))
    if wanted("traps"):
        score_traps(folder / "traps" / "traps.jsonl", shipped, sheet)
    if wanted("definitions"):
        score_definitions(folder / "trap-definitions" / "alarm_events.jsonl.gz", shipped, sheet)
    if wanted("profiles"):
        score_exporter(folder / "snmp_exporter" / "snmp.yml", sheet)
    if wanted("mibs"):
        score_mibs(folder / "mibs", shipped, sheet)
    if wanted("pcap"):
        score_pcap(folder / "pcap", sheet)
    if wanted("usage"):
        score_usage(folder / "usage-vectors.json", sheet)


if __name__ == "__main__":
    configure_log(LogConfig(level="error"))
    sys.exit(main(sys.argv[1:]))
