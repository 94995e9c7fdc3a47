"""Why and why not by the API: the answers of the command, in a process of its own, and what becomes of too many."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from netmon.domain.observation import Observation
from netmon.storage.sqlite.retention import Limits
from netmon.web.explain import Explainer
from netmon.web.server import build
from tests.app.engines import START, Recorded, beginning, linkdown
from tests.mibs import shipped_names, user_cache
from tests.web.served import Served, served

pytestmark = pytest.mark.slow

DAY = 86_400_000


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Served]:
    """A web process that asks by a configuration."""
    (tmp_path / "config.yaml").write_text("version: 1\ndata_dir: .\n")
    (tmp_path / "mib-cache").symlink_to(user_cache())
    async with served(tmp_path) as made:
        ask_of(made, tmp_path / "config.yaml")
        yield made


@pytest.fixture
async def recorded(asked: Served) -> Recorded:
    """One alarm, raised by observation 5 after a hold that began with 4."""
    made = Recorded(asked.store, shipped_names())
    await made.take([*beginning(made.view), linkdown(START + 1_000, 7)])
    await made.take([tick(made, 5_000)])
    return made


@pytest.fixture
def web(asked: Served, recorded: Recorded) -> Served:
    """A web process on a store with that alarm."""
    return asked


def tick(recorded: Recorded, at: int) -> Observation:
    return msgspec.structs.replace(beginning(recorded.view)[0], at=START + at)


def ask_of(made: Served, config: Path, *, patience_s: float = 120.0) -> None:
    """Let the web process ask for answers with a configuration."""
    made.app = build(msgspec.structs.replace(made.web, explainer=Explainer(config, patience_s=patience_s)))


async def get(web: Served, path: str) -> httpx.Response:
    async with web.client(token=await web.token("viewer", "read")) as client:
        return await client.get(path)


async def test_the_life_of_an_alarm(web: Served) -> None:
    [alarm] = web.store.alarms()
    told = (await get(web, f"/api/v1/explain/alarm/{alarm.alarm_id}")).json()
    assert told["key"] == "r1/if:#7|link-alarm|"
    assert [(one["seq"], one["what"], one["effect"]) for one in told["events"]] == [
        (4, "trap linkDown", "pending 3s"),
        (5, "tick, for 3s due", "raised"),
    ]
    assert told["events"][0]["at"] == "2025-06-15T15:06:41.000Z"


async def test_what_became_of_an_observation(web: Served) -> None:
    told = (await get(web, "/api/v1/explain/event/4")).json()
    assert (told["observation"], told["candidates"], told["without_samples"]) == ("trap linkDown from r1", 1, False)
    assert told["findings"][-1] == {
        "subject": "link-down",
        "what": "raise: pending 3s, due 15:06:44.000",
        "outcome": "pending",
    }


async def test_what_is_not_there_is_404_with_the_reason(web: Served) -> None:
    for path, why in (
        ("alarm/ffffffff", "there is no alarm ffffffff (an id, its first digits, or object|type|qualifier)"),
        ("alarm/--help", "there is no alarm --help"),
        ("event/99", "the log ends at observation 5"),
        ("event/x", "there is no observation x"),
    ):
        answer = await get(web, f"/api/v1/explain/{path}")
        assert (answer.status_code, answer.json()["detail"]) == (404, why)


async def test_what_is_kept_no_longer_is_410(web: Served, recorded: Recorded) -> None:
    for at in (6_000, 7_000):
        await recorded.take([tick(recorded, at)], snapshot=True)
    while await web.store.retire(START + 8 * DAY, Limits()):
        pass
    answer = await get(web, "/api/v1/explain/event/1")
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert answer.json()["detail"] == "observation 1 is kept no longer"


@pytest.mark.parametrize("broken", ["configuration", "store"])
async def test_what_is_broken_on_the_host_is_500_and_told_in_the_log_alone(
    web: Served, tmp_path: Path, broken: str
) -> None:
    if broken == "configuration":
        config = tmp_path / "broken.yaml"
        config.write_text("version: [1\n")
    else:
        config = tmp_path / "elsewhere" / "config.yaml"
        config.parent.mkdir()
        config.write_text("version: 1\ndata_dir: .\n")
        (config.parent / "netmon.db").write_text("this is no database")
        (config.parent / "mib-cache").symlink_to(user_cache())
    ask_of(web, config)
    with capture_logs() as logged:
        answer = await get(web, "/api/v1/explain/event/4")
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert answer.json()["detail"] == "it cannot be explained now; the log of netmon tells why"
    [line] = [one for one in logged if one["event"] == "rules explain failed"]
    assert line["asked"] == "--event 4"
    assert "netmon: " in line["error"]


async def test_what_takes_too_long_ends_and_says_where_to_ask(web: Served, tmp_path: Path) -> None:
    ask_of(web, tmp_path / "config.yaml", patience_s=0.001)
    answer = await get(web, "/api/v1/explain/event/4")
    assert (answer.status_code, answer.json()["code"]) == (504, "tooMuch")
    assert answer.json()["detail"].endswith("ask on the host: netmon rules explain --event 4")


async def test_of_many_who_ask_at_once_four_wait(web: Served) -> None:
    answers = await asyncio.gather(*(get(web, "/api/v1/explain/event/4") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [503] * 2
