"""Live streams and lists as browsers ask for them: ``python -m benchmarks.web_clients ADDRESS TOKEN STREAMS LISTS``.

Prints a line when all streams are open, then reads until its input ends, and prints octets of a stream and lists taken.
"""

import asyncio
import sys


def main() -> None:
    """Run until stdin ends."""
    address, token, streams, lists_per_s = sys.argv[1:]
    asyncio.run(_run(address, token, streams=int(streams), lists_per_s=float(lists_per_s)))


async def _run(address: str, token: str, *, streams: int, lists_per_s: float) -> None:
    head = f"Host: {address}\r\nAuthorization: Bearer {token}\r\nAccept-Encoding: gzip\r\n"
    readers = [_Reader() for _ in range(streams)]
    tasks = [asyncio.ensure_future(one.read(address, f"GET /api/v1/live HTTP/1.1\r\n{head}\r\n")) for one in readers]
    for one in readers:
        await one.open.wait()
    lists = asyncio.ensure_future(_lists(address, f"GET /api/v1/alarms HTTP/1.1\r\n{head}\r\n", lists_per_s))
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in (*tasks, lists):
        task.cancel()
    await asyncio.gather(*tasks, lists, return_exceptions=True)
    print(min(one.octets for one in readers), flush=True)


class _Reader:
    def __init__(self) -> None:
        self.octets = 0
        self.open = asyncio.Event()

    async def read(self, address: str, request: str) -> None:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request.encode())
        while taken := await reader.read(1 << 16):
            self.octets += len(taken)
            self.open.set()


async def _lists(address: str, request: str, per_s: float) -> None:
    if not per_s:
        return
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        writer.write(request.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(line for line in head.split("\r\n") if line.startswith("content-length:"))
        await reader.readexactly(int(length.partition(":")[2]))
        due = max(due + 1 / per_s, loop.time())
        await asyncio.sleep(max(0, due - loop.time()))


if __name__ == "__main__":
    main()
