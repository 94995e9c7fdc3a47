"""The system page says in words how netmon itself does."""

import socket

import pytest
from playwright.async_api import expect

from netmon.snmp.message import V2_TRAP, V2C, Message, encode
from tests.browser.desk import Desk
from tests.browser.town import Town

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]


async def test_engine_feed_store_and_outputs_have_words(noc: Desk, watched: Town) -> None:
    page = await noc.tab("/system", wait=".card dl")
    shown = page.locator(".scroll")
    for words in ("Engine", f"Traps at127.0.0.1:{watched.daemon.traps}", "1 web process", "Write-ahead log"):
        await expect(shown).to_contain_text(words)
    text = str(await shown.text_content())
    assert "[object" not in text
    assert "_" not in text.partition("Traps what became")[0]
    await expect(page.locator("tr", has_text="parquet")).to_contain_text("observations")


async def test_what_was_turned_away_is_told_with_its_reason(noc: Desk, watched: Town) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(encode(Message(V2C, b"hush-hush", V2_TRAP, 1, 0, 0, ())), ("127.0.0.1", watched.daemon.traps))
    page = await noc.tab("/system", wait=".rejected")
    shown = page.locator(".scroll")
    await expect(shown).to_contain_text("no credential in traps.communities has this community")
    await expect(shown).to_contain_text("127.0.0.1: bad_community: no credential")
    await expect(shown).to_contain_text("The books balance.")
    assert "hush" not in await page.content()
