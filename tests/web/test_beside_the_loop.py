"""Whatever looks at all alarms there are does so in a thread: the event loop serves the live feed meanwhile."""

import threading
from typing import Any

import pytest

from netmon.web.rows import Row
from tests.web.site import Site
from tests.web.test_elements_api import fill

pytestmark = pytest.mark.slow

ASKED: tuple[tuple[str, dict[str, str]], ...] = (
    ("sites", {}),
    ("elements", {}),
    ("elements/r1", {}),
    ("elements/r1/objects", {}),
    ("services", {}),
    ("query", {"metric": "netmon_cpu_percent", "element": "r1"}),
    ("alarms", {"q": "severity:major"}),
    ("alarms", {"scope": "all"}),
)


class Beside:
    """An alarm that the event loop may not look at."""

    def __init__(self, entry: Any) -> None:
        self._entry = entry
        self.json = entry.json

    @property
    def row(self) -> Row:
        assert threading.current_thread() is not threading.main_thread()
        row: Row = self._entry.row
        return row


@pytest.fixture
async def filled(site: Site) -> Site:
    await site.web.network.network()
    fill(site)
    site.web.network._networks._values.clear()
    return site


@pytest.mark.parametrize(("path", "params"), ASKED)
async def test_all_alarms_are_looked_at_in_a_thread(filled: Site, path: str, params: dict[str, str]) -> None:
    await filled.engine.raised(1, 2)
    await filled.seen()
    entries: dict[str, Any] = filled.web.view.entries
    entries.update({id_: Beside(one) for id_, one in entries.items()})
    assert await filled.get(path, **params)


async def test_what_an_alarm_explains_is_looked_for_in_a_thread(filled: Site) -> None:
    parent, child = await filled.engine.raised(1, 2)
    answer = await filled.act("group", child, parent=parent)
    assert answer.status_code == 200, answer.text
    await filled.seen()
    entries: dict[str, Any] = filled.web.view.entries
    entries.update({id_: Beside(one) for id_, one in entries.items()})
    assert (await filled.get(f"alarms/{parent}"))["children"] == [child]
