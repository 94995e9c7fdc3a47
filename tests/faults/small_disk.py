"""A feed whose folder is on a disk of its own, which fills up and has room again: prints what became of its files."""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

from netmon.outputs.usage.verify import verify
from netmon.storage.sqlite.store import open_store
from tests.outputs.usage_bench import Published

_MOST = 4_096
"""Blocks of 512 octets that are more than the disk has."""


async def main(folder: Path) -> None:
    with contextlib.closing(open_store(folder / "netmon.db", gather_s=0)) as store:
        feed = Published(store, folder / "usage")
        await feed.hours(1)
        ballast = feed.path / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            for _ in range(_MOST):
                file.write(b"x" * 512)
        refused = []
        for hour in (1, 2):
            try:
                await feed.hours(1, first=hour)
            except OSError as error:
                refused.append(error.errno)
        before = feed.names()
        ballast.unlink()
        await feed.hours(1, first=3)
        told = {
            "errors": refused,
            "before": len(before),
            "after": len(feed.names()),
            "same": feed.names()[0] == before[0],
            "closed": [json.loads(line)["closure_reason"] for line in feed.trailers()],
            "findings": [one.text for one in verify([feed.path / "out"])],
            "left": [path.name for path in (feed.path / ".tmp").iterdir()],
        }
        sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
