"""``netmon demo`` as its first user meets it: until something is painted, and what its processes hold."""

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

from playwright.async_api import Browser

from benchmarks.engine_process import wait_for
from benchmarks.measure import Row, median, memory_mib, row, say
from tests.browser.desk import chromium
from tests.wire.peers import end, get, netmon_command

_RUNS = 3
_STORY_S = 60
_MOST_S = 5.0
_MOST_MB = 300.0
_MB_PER_MIB = 1.048576
_WITH_BYTE_CODE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def demo(folder: Path) -> list[Row]:
    """Return when the sign-in page is painted, and the memory of engine and web process once faults have begun."""
    painted, memory = asyncio.run(_measure(folder))
    return [
        row(
            "demo, from its start to the painted sign-in page",
            "s",
            netmon=median(painted),
            peer=_MOST_S,
            peer_name="budget",
            target="<= 1",
        ),
        row(
            f"demo, engine and web process after {_STORY_S} s",
            "MB",
            netmon=median(memory),
            peer=_MOST_MB,
            peer_name="budget",
            target="<= 1",
        ),
    ]


async def _measure(folder: Path) -> tuple[list[float], list[float]]:
    painted, memory = [], []
    async with chromium() as browser:
        for number in range(_RUNS):
            at, held = await _one(browser, folder / f"demo-{number}")
            say(f"painted after {at:.1f} s, {held:.0f} MB")
            painted.append(at)
            memory.append(held)
    return painted, memory


async def _one(browser: Browser, folder: Path) -> tuple[float, float]:
    context = await browser.new_context()
    page = await context.new_page()
    began = time.perf_counter()
    process = subprocess.Popen(
        netmon_command("demo", "--port", "0", "--data-dir", str(folder)),
        stdout=subprocess.DEVNULL,
        env=_WITH_BYTE_CODE,
        start_new_session=True,
    )
    try:
        url = await asyncio.to_thread(_served, folder / "access.json")
        await page.goto(f"{url}/login")
        await page.wait_for_selector("input[name=password]")
        painted = time.perf_counter() - began
        await asyncio.sleep(_STORY_S)
        return painted, sum(memory_mib(pid) for pid in _daemon(process.pid)) * _MB_PER_MIB
    finally:
        await context.close()
        end(process)


def _served(access: Path) -> str:
    wait_for(access.exists, what="access.json")
    url = str(json.loads(access.read_text())["url"])
    wait_for(lambda: get(f"{url}/login") is not None, what="the sign-in page")
    return url


def _daemon(demo: int) -> list[int]:
    """Return the engine and its web process; who wrote the past and is gone has no command line any more."""
    found = [demo]
    for pid in found:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        found += [int(child) for child in children.read_text().split()] if children.exists() else []
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in found[1:]}
    return [pid for pid, command in commands.items() if "netmon" in command and "demo_history" not in command]
