"""The scores that must never fall: ``floor.json``, passed/total of the default data."""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from tests.field.sheet import Sheet

FLOOR = Path(__file__).with_name("floor.json")


def missed(sheet: Sheet, floor: Path = FLOOR) -> Iterator[str]:
    """Yield a line for each score below its floor; one that the folder has no rows for is none."""
    for name, least in json.loads(floor.read_text()).items():
        passed, total = sheet.counts[name]
        if total and Fraction(passed, total) < Fraction(least):
            yield f"{name} fell below its floor: {passed}/{total}, floor {least}"
