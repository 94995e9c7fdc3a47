"""Where samples and alarms go after the commit; each output in a file of its own, joined in one union."""

from netmon.outputs.influxdb import InfluxDBConfig
from netmon.outputs.mqtt import MqttConfig
from netmon.outputs.parquet import ParquetConfig
from netmon.outputs.prometheus import PrometheusConfig

OutputConfig = InfluxDBConfig | MqttConfig | ParquetConfig | PrometheusConfig
