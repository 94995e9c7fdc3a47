"""All outputs of an engine: what is configured, and the two that are always on."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from netmon.config.load import Loaded
from netmon.domain.observation import HealthRow, Observation
from netmon.outputs import OutputConfig, named
from netmon.outputs.output import EMBEDDED, Output, Surroundings
from netmon.outputs.parquet import ParquetConfig
from netmon.outputs.prometheus import PrometheusConfig
from netmon.outputs.usage.feed import UsageFeed, UsageFeedConfig
from netmon.storage.store import Store
from netmon.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from netmon.storage.series import SeriesStore

PROMETHEUS = "prometheus"


def build_outputs(
    loaded: Loaded,
    *,
    store: Store,
    series: "SeriesStore",
    metrics: Metrics,
    observe: Callable[[Observation], Awaitable[None]],
) -> dict[str, Output]:
    """Build every output by its name; nothing is opened."""
    outputs: dict[str, Output] = {}
    for name, config in _named(loaded):
        around = Surroundings(
            name=name,
            store=store,
            series=series,
            metrics=metrics,
            data_dir=loaded.data_dir,
            node_id=loaded.node_id,
            secret=loaded.secret,
            folder=loaded.folder,
            feeds=tuple(feed.id for feed in loaded.config.usage.feeds),
            observe=observe,
        )
        outputs[name] = config.build(around)
    return outputs


def feeds_health(outputs: Iterable[Output]) -> tuple[HealthRow, ...]:
    """Return what the usage feeds report."""
    return tuple(row for output in outputs if isinstance(output, UsageFeed) for row in output.health())


def _named(loaded: Loaded) -> Iterator[tuple[str, OutputConfig | UsageFeedConfig]]:
    """Yield (name, config) of all."""
    always: dict[str, OutputConfig] = {EMBEDDED: ParquetConfig(), PROMETHEUS: PrometheusConfig()}
    for name, config in named(loaded.config.outputs):
        always.pop(str(config.__struct_config__.tag), None)
        yield name, config
    yield from always.items()
    for feed in loaded.config.usage.feeds:
        yield f"usage-{feed.id}", feed
