from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.site import Site, web_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with web_site(tmp_path) as made:
        yield made
