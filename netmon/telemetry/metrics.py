"""netmon's own metrics: one set per engine, made by ``app.py`` and handed to every part."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The metrics of one engine; every name here has a line in docs/reference/metrics.md."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._of_sources(registry)
        self._of_outputs(registry)
        self._of_live_feeds(registry)
        self.observations = Counter(
            "netmon_observations", "Observations committed, by kind", ("kind",), registry=registry
        )
        self.rule_outcomes = Counter(
            "netmon_rule_outcomes", "What became of events and edges", ("outcome",), registry=registry
        )
        self.dropped = Counter("netmon_dropped", "What the core gave up, by reason", ("reason",), registry=registry)
        self.unknown_traps = Counter("netmon_traps_unknown", "Traps that no rule names", ("trap",), registry=registry)
        self.alarm_changes = Counter("netmon_alarm_changes", "Changes of alarms, by kind", ("kind",), registry=registry)
        self.alarms = Gauge("netmon_alarms", "Active alarms", ("severity", "visible"), registry=registry)
        self.usage_records = Counter(
            "netmon_usage_records",
            "Usage records written; an exception has no quality",
            ("feed", "kind", "quality"),
            registry=registry,
        )
        self.usage_dropped_pairs = Counter(
            "netmon_usage_dropped_pairs",
            "Differences between two readings that were left out, by reason: what they counted is not billed",
            ("feed", "reason"),
            registry=registry,
        )
        self.usage_quarantined = Counter(
            "netmon_usage_quarantined_octets",
            "Octets that were counted, but left out because they cannot be right; exception records keep the numbers",
            ("feed",),
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "netmon_batch_seconds",
            "From the first observation of a batch to its commit",
            buckets=(0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.3, 1.0, 5.0),
            registry=registry,
        )
        self.batch_observations = Histogram(
            "netmon_batch_observations",
            "Observations per batch",
            buckets=(1, 3, 10, 30, 100, 300, 1000, 3000),
            registry=registry,
        )
        self.store_wal_bytes = Gauge(
            "netmon_store_wal_bytes",
            "Size of the database's write-ahead log; long reads make it grow",
            registry=registry,
        )
        self.bugs = Counter(
            "netmon_observations_failed", "Observations lost to a bug; the log says where", registry=registry
        )

        self.part_failures = Counter(
            "netmon_part_failures",
            "Times a part of the engine failed and was started again",
            ("part",),
            registry=registry,
        )
        self.tasks = Gauge("netmon_tasks", "Tasks of the engine; more and more of them are a leak", registry=registry)

    def _of_live_feeds(self, registry: CollectorRegistry) -> None:
        worker = ("worker",)
        self.live_clients = Gauge(
            "netmon_web_live_clients", "Open live streams of a web process", worker, registry=registry
        )
        self.live_refused = Counter(
            "netmon_web_live_clients_refused",
            "Live streams refused: `web.live_max_clients` were open",
            worker,
            registry=registry,
        )
        self.live_events = Counter(
            "netmon_web_live_events", "Events handed to live streams, once per stream", worker, registry=registry
        )
        self.live_bytes = Counter("netmon_web_live_bytes", "Octets handed to live streams", worker, registry=registry)
        self.live_resyncs = Counter(
            "netmon_web_live_resyncs",
            "Times a page was told to load the list anew: slow, burst, too-old or reloaded",
            (*worker, "reason"),
            registry=registry,
        )
        self.live_lag = Gauge(
            "netmon_web_live_lag_seconds",
            "From the time of the newest change to its hand-over to the live streams",
            worker,
            registry=registry,
        )

    def _of_sources(self, registry: CollectorRegistry) -> None:
        source = ("source",)
        self.source_received = Counter("netmon_source_received", "What a source took in", source, registry=registry)
        self.source_errors = Counter(
            "netmon_source_errors", "Failures of a source", (*source, "reason"), registry=registry
        )
        self.source_dropped = Counter(
            "netmon_source_dropped", "What a source gave up, by reason", (*source, "reason"), registry=registry
        )
        self.source_processed = Counter(
            "netmon_source_processed",
            "What became of what a source took in and did not drop: committed, duplicate or discovery",
            (*source, "outcome"),
            registry=registry,
        )
        self.source_unaccounted = Gauge(
            "netmon_source_unaccounted",
            "What a source took in and its books cannot explain: received - processed - dropped - waiting; never but 0",
            source,
            registry=registry,
        )
        self.kernel_drops = Counter(
            "netmon_traps_kernel_drops",
            "Datagrams that the kernel dropped before netmon could read them",
            ("listener",),
            registry=registry,
        )
        self.trailing_octets = Counter(
            "netmon_traps_trailing_octets",
            "Traps and informs that were taken although octets followed in the datagram; these were cut off",
            registry=registry,
        )
        self.receive_buffer = Gauge(
            "netmon_traps_receive_buffer_bytes",
            "Receive buffer that the kernel gave a trap listener",
            ("listener",),
            registry=registry,
        )
        self.source_depth = Gauge("netmon_source_depth", "Observations waiting in a source", source, registry=registry)
        self.source_last_success = Gauge(
            "netmon_source_last_success_timestamp_seconds",
            "When a source last took something in",
            source,
            registry=registry,
        )
        self.poll_cells_dropped = Counter(
            "netmon_poll_cells_dropped", "Cells of polled tables that are no value", ("reason",), registry=registry
        )
        self.snmp_reports = Counter(
            "netmon_snmp_reports",
            "Reports of SNMP version 3, received from agents and sent to senders of traps",
            ("direction", "reason"),
            registry=registry,
        )
        self.snmp_usm_resyncs = Counter(
            "netmon_snmp_usm_resyncs",
            "Requests repeated because the time of an agent's engine had moved: no failed poll",
            registry=registry,
        )
        self.poll_lateness = Histogram(
            "netmon_poll_lateness_seconds",
            "How late runs of poll groups began",
            buckets=(0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0),
            registry=registry,
        )

    def _of_outputs(self, registry: CollectorRegistry) -> None:
        output = ("output",)
        self.output_received = Counter("netmon_output_received", "What an output was given", output, registry=registry)
        self.output_sent = Counter(
            "netmon_output_sent", "What the peer of an output has taken", output, registry=registry
        )
        self.output_errors = Counter(
            "netmon_output_errors", "Failed tries of an output", (*output, "reason"), registry=registry
        )
        self.output_dropped = Counter(
            "netmon_output_dropped", "What an output gave up, by reason", (*output, "reason"), registry=registry
        )
        self.output_lag = Gauge(
            "netmon_output_lag_seconds",
            "Age of the oldest thing an output has not delivered",
            output,
            registry=registry,
        )
        self.output_lag_changes = Gauge(
            "netmon_output_lag_changes", "Alarm changes an output has not delivered", output, registry=registry
        )
        self.output_holes = Counter(
            "netmon_output_holes",
            "Times an output found changes gone that it had not read; it went on from the alarms as they stood",
            output,
            registry=registry,
        )
        self.output_last_success = Gauge(
            "netmon_output_last_success_timestamp_seconds",
            "When the peer last took something",
            output,
            registry=registry,
        )

    def render(self) -> bytes:
        """Return the text exposition of all metrics."""
        return generate_latest(self.registry)
