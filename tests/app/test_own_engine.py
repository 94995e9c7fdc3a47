"""netmon as an SNMP engine: one id for ever, boots that rise with every start and are committed before it is used."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from netmon.app.own_engine import boot
from netmon.snmp.engines import LAST_BOOTS
from netmon.sources.clock import Clock
from netmon.storage.sqlite.store import open_store

KEY = "snmp-engine"


async def test_each_start_is_one_boot_more_and_on_disk(tmp_path: Path) -> None:
    ids = set()
    for number in range(1, 4):
        store = open_store(tmp_path / "netmon.db")
        own = await boot(store, "", Clock())
        ids.add(own.engine_id)
        assert own.boots == number
        # Killed here, the next start knows of it.
        with_nobody_writing = open_store(tmp_path / "netmon.db", read_only=True)
        assert with_nobody_writing.source_state(KEY)["boots"] == number.to_bytes(4, "big")
        with_nobody_writing.close()
        store.close()
    [engine_id] = ids
    # RFC 3411 SnmpEngineID: the form of an enterprise, format 5, eight octets.
    assert (engine_id[0] & 0x80, engine_id[4], len(engine_id)) == (0x80, 5, 13)


async def test_another_engine_begins_with_its_own_boots(tmp_path: Path) -> None:
    store = open_store(tmp_path / "netmon.db")
    await boot(store, "", Clock())
    for boots in (1, 2):
        own = await boot(store, "0x80007ed9050102030405060708", Clock())
        assert (own.engine_id.hex(), own.boots) == ("80007ed9050102030405060708", boots)
    store.close()


@pytest.mark.parametrize("kept", [LAST_BOOTS - 1, LAST_BOOTS])
async def test_at_the_last_boots_nothing_authenticated_is_taken_and_it_says_so(tmp_path: Path, kept: int) -> None:
    store = open_store(tmp_path / "netmon.db")
    first = await boot(store, "", Clock())
    await store.set_source_state(KEY, "boots", kept.to_bytes(4, "big"), 0)
    with capture_logs() as logs:
        own = await boot(store, "", Clock())
    assert (own.engine_id, own.boots) == (first.engine_id, LAST_BOOTS)
    assert not own.is_in_time(LAST_BOOTS, 0, 0)
    assert [line["log_level"] for line in logs] == ["error", "info"]
    store.close()
