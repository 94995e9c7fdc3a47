"""``/snmp``: scrapes of one target as prometheus snmp_exporter answers them (specs/snmp.md 6.3)."""

from netmon.outputs.exporter.answers import ExporterAnswers, Scraper
from netmon.outputs.exporter.query import Query

__all__ = ["ExporterAnswers", "Query", "Scraper"]
