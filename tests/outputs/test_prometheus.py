"""The text that Prometheus scrapes."""

import asyncio
import math
from pathlib import Path

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from netmon.outputs.output import Surroundings
from netmon.outputs.prometheus import Prometheus, PrometheusConfig
from netmon.storage.series import SeriesStore
from netmon.storage.sqlite.store import open_store
from netmon.telemetry.metrics import Metrics
from tests.outputs.samples import block


def output(path: Path) -> Prometheus:
    store = open_store(path / "netmon.db")
    around = Surroundings("prometheus", store, SeriesStore(path), Metrics(), path, "node", lambda _: "")
    store.close()
    return Prometheus(PrometheusConfig(), around)


async def text_of(made: Prometheus) -> str:
    return "".join([piece async for piece in made.render()])


async def scraped(made: Prometheus) -> dict[tuple[str, str, str], float]:
    families = text_string_to_metric_families(await text_of(made))
    return {
        (sample.name.removesuffix("_total"), sample.labels["element"], sample.labels["ifName"]): sample.value
        for family in families
        for sample in family.samples
    }


async def test_newest_value_of_every_series(tmp_path):
    made = output(tmp_path)
    made.samples([block(1, 60_000, {"xe-1": (5, 1, "a"), "xe-2": (6, 2, "b")})], 1)
    made.samples([block(2, 120_000, {"xe-1": (7, 1, "a"), "xe-2": (8, 1, "b")})], 2)
    found = await scraped(made)
    assert found == {
        ("ifHCInOctets", "r1", "xe-1"): 7,
        ("ifHCInOctets", "r1", "xe-2"): 8,
        ("ifOperStatus", "r1", "xe-1"): 1,
        ("ifOperStatus", "r1", "xe-2"): 1,
    }


async def test_each_family_has_one_type_line_over_all_elements(tmp_path):
    made = output(tmp_path)
    for element in ("r1", "r2"):
        made.samples([block(1, 1, {"xe-1": (5, 1, "a")}, element=element)], 1)
    text = await text_of(made)
    assert text.count("# TYPE ifHCInOctets counter\n") == 1
    assert text.index("# TYPE ifHCInOctets") < text.index('element="r1"') < text.index('element="r2"')


async def test_a_large_family_comes_in_pieces_and_the_loop_goes_on_between_them(tmp_path):
    made = output(tmp_path)
    ports = {f"xe-{port}": (port, 1, "a") for port in range(700)}
    for element in ("r1", "r2", "r3"):
        made.samples([block(1, 1, ports, element=element)], 1)
    pieces: list[str] = []
    turns: list[int] = []
    async for piece in made.render():
        pieces.append(piece)
        asyncio.get_running_loop().call_soon(turns.append, len(pieces))
        if len(pieces) == 1:
            # What is forgotten meanwhile does no harm.
            made.samples([block(2, 86_400_000, {"xe-1": (1, 1, "a")}, element="r4")], 2)
    assert len(pieces) == 4
    assert turns == [1, 2, 3, 4]
    assert "".join(pieces).count("# TYPE ") == 2


async def test_columns_of_one_element_may_change(tmp_path):
    made = output(tmp_path)
    now = block(2, 120_000, {"xe-1": (7, 1, "a")})
    made.samples([block(1, 60_000, {"xe-1": (5, 1, "a"), "xe-2": (6, 2, "b")})], 1)
    fewer = msgspec.structs.replace(now, **{name: getattr(now, name)[1:] for name in ("names", "kinds", "columns")})
    made.samples([fewer], 2)
    assert await scraped(made) == {
        ("ifHCInOctets", "r1", "xe-2"): 6,
        ("ifOperStatus", "r1", "xe-1"): 1,
        ("ifOperStatus", "r1", "xe-2"): 2,
    }


async def test_value_that_is_missing_now_is_not_shown(tmp_path):
    made = output(tmp_path)
    made.samples([block(1, 60_000, {"xe-1": (5, 1, "a")})], 1)
    made.samples([block(2, 120_000, {"xe-1": (None, 1, "a")})], 2)
    assert set(await scraped(made)) == {("ifOperStatus", "r1", "xe-1")}


async def test_element_that_went_silent_fades_and_another_stays(tmp_path):
    made = output(tmp_path)
    made.samples([block(1, 0, {"xe-1": (5, 1, "a")}, element="gone")], 1)
    made.samples([block(2, 301_000, {"xe-1": (5, 1, "a")}, element="here")], 2)
    assert {element for _, element, _ in await scraped(made)} == {"here"}


async def test_renamed_row_leaves_no_old_series(tmp_path):
    made = output(tmp_path)
    made.samples([block(1, 60_000, {"xe-1": (5, 1, "a")})], 1)
    made.samples([block(2, 120_000, {"xe-9": (6, 1, "a")})], 2)
    assert {name for _, _, name in await scraped(made)} == {"xe-9"}


async def test_labels_are_escaped_and_large_counters_kept(tmp_path):
    made = output(tmp_path)
    made.samples([block(1, 60_000, {'a"b\\c\nd': (2**63, 1, "")})], 1)
    found = await scraped(made)
    assert math.isclose(found["ifHCInOctets", "r1", 'a"b\\c\nd'], 2**63)


async def test_what_does_not_come_any_more_is_forgotten(tmp_path):
    made = output(tmp_path)
    day = 86_400_000
    made.samples([block(1, 60_000, {"xe-1": (5, 1, "a"), "xe-2": (6, 1, "b")})], 1)
    made.samples([block(1, 60_000, {"ge-1": (5, 1, "a")}, element="gone")], 1)
    assert ("ifHCInOctets", "gone", "ge-1") in await scraped(made)
    made.samples([block(2, day, {"xe-1": (7, 1, "a")})], 2)
    made.samples([block(3, 2 * day, {"xe-1": (8, 1, "a")})], 3)
    assert set(await scraped(made)) == {("ifHCInOctets", "r1", "xe-1"), ("ifOperStatus", "r1", "xe-1")}
    assert sum(map(len, made._rows.values())) == len(made._seen) == 1
    # What comes again is shown again.
    made.samples([block(4, 2 * day, {"ge-1": (9, 1, "a")}, element="gone")], 4)
    assert ("ifHCInOctets", "gone", "ge-1") in await scraped(made)
