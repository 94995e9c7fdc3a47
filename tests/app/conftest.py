from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.hours import Hours, recorded_hours


@pytest.fixture
def hours(tmp_path: Path) -> Iterator[Hours]:
    with recorded_hours(tmp_path) as made:
        yield made
