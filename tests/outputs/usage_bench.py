"""A published feed for tests: a store, a folder and an interface that is polled."""

import gzip
import json

import msgspec

from netmon.domain.observation import Tick
from netmon.outputs.usage.ack import Acknowledgments
from netmon.outputs.usage.archive import Archive, Watch
from netmon.outputs.usage.folder import Folder
from netmon.outputs.usage.publish import Feed, Publisher
from netmon.outputs.usage.render import MANIFEST
from netmon.storage.store import Batch
from tests.usage.metered import QUARTER, START, Daemon, sample

HOUR = 4 * QUARTER
STEP = 300_000


class Published:
    """The feed ``main`` with a file for each hour."""

    def __init__(self, store, folder, *, compress=True, key=None):
        self.store, self.path = store, folder / "main"
        self.folder = Folder(self.path)
        self.daemon = Daemon()
        self.publisher = Publisher(
            Feed("main", "n1", open_ms=HOUR, compress=compress, key=key), store=store, folder=folder
        )
        self.acks = Acknowledgments("main", store=store, folder=self.folder, observe=self.observe)
        self.archive = Archive("main", store=store, folder=self.folder)
        self.watch = Watch("main", store=store, folder=self.folder)
        self.observed = []
        self._committed = self._stated = self._batches = 0

    async def observe(self, observation):
        """Step and commit, as the pipeline does."""
        self.observed.append(observation)
        self.daemon.meter.reject(observation.rejections)
        self.daemon.tick(self.daemon.meter.now)
        await self.commit()

    async def commit(self):
        records = tuple(self.daemon.records[self._committed :])
        settled = tuple(self.daemon.settled[self._stated :])
        self._committed += len(records)
        self._stated += len(settled)
        self._batches += 1
        at = self.daemon.meter.now
        await self.store.commit(Batch(self._batches, self._batches, at, (Tick(at),), records=records, settled=settled))

    async def hours(self, many, *, first=0):
        """Poll for some hours, and publish a file for each."""
        await self.publisher.prepare()
        for hour in range(first, first + many):
            since = START + hour * HOUR
            for t in range(since + STEP if hour else since, since + HOUR + 1, STEP):
                self.daemon.tick(t)
                self.daemon.take(sample(t, t - START))
            self.daemon.tick(since + HOUR + 1_000)
            await self.commit()
            await self.publisher.publish_due(since + HOUR + 2_000)
        return self.names()

    def names(self, part="out"):
        return sorted(path.name for path in (self.path / part).iterdir() if not path.name.endswith(MANIFEST))

    def trailers(self):
        """Return the last line of each file."""
        return [gzip.decompress((self.path / "out" / name).read_bytes()).splitlines()[-1] for name in self.names()]

    def manifest(self, name):
        return json.loads((self.path / "out" / (name + MANIFEST)).read_bytes())

    def say(self, name, said=b""):
        """Put a file into ``ack/``, as a consumer does."""
        octets = said if isinstance(said, bytes) else msgspec.json.encode(said)
        (self.path / "ack" / name).write_bytes(octets)

    def acknowledged(self):
        return [file.file_seq for file in self.store.usage_files("main") if file.acknowledged is not None]
