"""From a trap on the wire to its row in Chromium, among 200 other changes a second (specs/dashboard.md 11)."""

import asyncio
import math
import socket
import time
from pathlib import Path

from playwright.async_api import Page, ViewportSize

from benchmarks.engine_process import free_ports
from benchmarks.measure import Row, median, row, say
from benchmarks.traffic import packet
from benchmarks.traps import start_traffic
from benchmarks.web import with_web
from tests.browser.desk import Desk, chromium
from tests.wire.peers import free_port

_CHANGES_PER_S = 200
_SECONDS = 60
_EVERY_S = 0.1
_BUDGET_MS = 300
_FIRST = 900_000
"""Interfaces from here on are those that are looked for."""
_WARM_S, _LAST_S = 5, 10
_VIEW = ViewportSize(width=1600, height=900)

_LOOK = """() => {
  window.seen = {};
  const look = () => {
    const at = performance.timeOrigin + performance.now();
    for (const row of document.querySelectorAll('.tr[data-id]')) {
      const found = /(9\\d{5})(?!\\d)/.exec(row.textContent);
      if (found) window.seen[found[1]] ??= at;
    }
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def trap_to_screen(folder: Path) -> list[Row]:
    """Return how long it takes until a person can see what a trap said."""
    ports, web = free_ports(), f"127.0.0.1:{free_port()}"
    with with_web(folder, ports, web) as (started, _):
        password = (folder / "data" / "admin-password").read_text().strip()
        count = _CHANGES_PER_S * (_WARM_S + _SECONDS + _LAST_S)
        sender = start_traffic("transitions", started.traps, count=count, rate=_CHANGES_PER_S)
        try:
            late = asyncio.run(_late_ms(started.traps, f"http://{web}", password))
        finally:
            sender.kill()
            sender.wait()
    late.sort()
    p99 = late[math.ceil(0.99 * len(late)) - 1]
    say(f"trap to row: median {median(late):.0f} ms, p99 {p99:.0f} ms, worst {late[-1]:.0f} ms of {len(late)}")
    name = f"trap to its row in Chromium, p99 over {_SECONDS} s at {_CHANGES_PER_S} changes/s"
    return [row(name, "ms", netmon=p99, peer=_BUDGET_MS, peer_name="budget", target="<= 1")]


async def _late_ms(port: int, base: str, password: str) -> list[float]:
    async with chromium() as browser:
        context = await browser.new_context(viewport=_VIEW)
        try:
            operator = await Desk(context, base).signed_in("admin", password)
            # The page takes all changes and shows those that are looked for, the newest on top: always in view.
            page = await operator.tab("/alarms?q=0/0/900&sort=-raised&group=none", wait=".tr[data-id], .empty")
            await page.evaluate(_LOOK)
            await asyncio.sleep(_WARM_S)
            sent = await _send(port)
            return await _seen(page, sent)
        finally:
            await context.close()


async def _send(port: int) -> dict[str, float]:
    """Send a trap every 100 ms and return when each was sent, UTC ms."""
    sent: dict[str, float] = {}
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for number in range(int(_SECONDS / _EVERY_S)):
            await asyncio.sleep(max(0.0, began + number * _EVERY_S - time.monotonic()))
            trap = packet(_FIRST + number, "down", number=_FIRST + number)
            sent[str(_FIRST + number)] = time.time() * 1000
            out.sendto(trap, ("127.0.0.1", port))
    return sent


async def _seen(page: Page, sent: dict[str, float]) -> list[float]:
    await asyncio.sleep(_LAST_S)
    seen: dict[str, float] = await page.evaluate("seen")
    lost = sorted(sent.keys() - seen.keys())
    assert not lost, f"{len(lost)} traps never came to the screen: {lost[:5]}"
    return [seen[number] - at for number, at in sent.items()]
