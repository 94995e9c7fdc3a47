"""The system page says in words how netmon itself does."""

import pytest
from playwright.async_api import expect

from tests.browser.desk import Desk
from tests.browser.look import SOON_MS
from tests.browser.town import Town

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]


async def test_engine_feed_store_and_outputs_have_words(noc: Desk, watched: Town) -> None:
    page = await noc.tab("/system", wait=".card dl")
    shown = page.locator(".scroll")
    for words in ("Engine", f"Traps at127.0.0.1:{watched.daemon.traps}", "1 web process", "Write-ahead log"):
        await expect(shown).to_contain_text(words)
    text = str(await shown.text_content())
    assert "[object" not in text
    assert "_" not in text
    await expect(page.locator("tr", has_text="parquet")).to_contain_text("observations", timeout=SOON_MS)
