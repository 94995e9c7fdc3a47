"""What a dashboard is told: ``python -m benchmarks.watcher URL TOKEN`` prints each alarm of the live feed as it comes.

A process of its own, since the web process it listens to may live in a network namespace.
"""

import asyncio
import json
import sys
import time
from typing import Any

import httpx

_AGAIN_S = 0.5


def main() -> None:
    """Listen until the end of the process."""
    asyncio.run(_watch(*sys.argv[1:]))


async def _watch(url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        while True:
            try:
                await _listen(client)
            except httpx.TransportError:
                # The web process starts after the engine.
                await asyncio.sleep(_AGAIN_S)


async def _listen(client: httpx.AsyncClient) -> None:
    fields: dict[str, str] = {}
    async with client.stream("GET", "/api/v1/live", timeout=None) as answer:
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            else:
                _tell(fields)
                fields = {}


def _tell(fields: dict[str, str]) -> None:
    """Print an event: that the feed has begun, or the alarms that it brings, with the time."""
    at, name = time.time_ns() // 1_000_000, fields.get("event")
    rows = json.loads(fields["data"])["alarms"] if name == "changes" else []
    told: list[dict[str, Any]] = [{"hello": True}] if name == "hello" else []
    told += [{"at": at, "object": row["obj"], "type": row["type"], "hidden": "hidden" in row} for row in rows]
    for one in told:
        sys.stdout.write(json.dumps(one) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
