"""The feeds of an engine for tests that have no engine: the real answers over a real store and folder."""

from typing import Any

import msgspec

from netmon.app.feeds import Feeds
from netmon.config.load import load
from netmon.outputs.output import Surroundings
from netmon.outputs.usage.feed import UsageFeed, UsageFeedConfig
from netmon.storage.series import SeriesStore
from netmon.telemetry.metrics import Metrics


class _Judged(msgspec.Struct):
    loaded: object


class Standing:
    """What ``Feeds`` asks of an engine: a configuration, a store, the feed ``main``."""

    def __init__(self, store, folder, *, now, config="version: 1\n"):
        self.store = store
        self._path, self._config = folder / "feeds.yaml", f"{config}data_dir: {folder}\n"
        around = Surroundings(
            "usage-main", store, SeriesStore(folder / "series"), Metrics(), folder, "nm1", lambda secret: ""
        )
        self.feed = UsageFeed(UsageFeedConfig(id="main", compress=False), around, wall=lambda: now)
        self.outputs = {"usage-main": self.feed}

    @property
    def judged(self) -> Any:
        self._path.write_text(self._config)
        return _Judged(load(self._path))


def feeds_of(store, folder, *, now=0, config="version: 1\n"):
    """Return what answers for the feeds."""
    return Feeds(Standing(store, folder, now=now, config=config))
