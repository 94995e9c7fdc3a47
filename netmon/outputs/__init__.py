"""Where samples and alarms go after the commit; each output in a file of its own, joined in one union."""

from collections.abc import Iterable, Iterator

from netmon.outputs.influxdb import InfluxDBConfig
from netmon.outputs.influxdb1 import InfluxDB1Config
from netmon.outputs.mqtt import MqttConfig
from netmon.outputs.parquet import ParquetConfig
from netmon.outputs.prometheus import PrometheusConfig
from netmon.outputs.remote_write import RemoteWriteConfig

OutputConfig = InfluxDBConfig | InfluxDB1Config | MqttConfig | ParquetConfig | PrometheusConfig | RemoteWriteConfig


def named(configs: Iterable[OutputConfig]) -> Iterator[tuple[str, OutputConfig]]:
    """Yield (name, config): a second output of one type is ``influxdb-2``; cursor, metrics and actions go by it."""
    counts: dict[str, int] = {}
    for config in configs:
        type_ = str(config.__struct_config__.tag)
        counts[type_] = counts.get(type_, 0) + 1
        yield type_ if counts[type_] == 1 else f"{type_}-{counts[type_]}", config


def acting(configs: Iterable[OutputConfig]) -> list[str]:
    """Return the names of the outputs that take actions of rules."""
    return [name for name, config in named(configs) if isinstance(config, MqttConfig)]
