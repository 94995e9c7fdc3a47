"""netmon's own metrics: one set per engine, made by ``app/engine.py`` and handed to every part."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The metrics of one engine; every name here has a line in docs/reference/metrics.md."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._of_sources()
        self._of_outputs()
        self._of_live_feeds()
        self._of_core()
        self._of_usage()

    def render(self) -> bytes:
        """Return the text exposition of all metrics."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, *, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, meaning, buckets=buckets, registry=self.registry)

    def _of_core(self) -> None:
        self.observations = self._counter("netmon_observations", "Observations committed, by kind", "kind")
        self.rule_outcomes = self._counter("netmon_rule_outcomes", "What became of events and edges", "outcome")
        self.rule_events = Counter(
            "netmon_rule_events",
            "What became of the events and edges of a rule, while it is there; no rule: what is of none alone",
            ("rule", "outcome"),
            # Rendered apart, for there may be many rules.
            registry=None,
        )
        self.rule_actions = self._counter("netmon_rule_actions", "Actions of rules: written or throttled", "result")
        self.dropped = self._counter("netmon_dropped", "What the core gave up, by reason", "reason")
        self.unknown_traps = self._counter("netmon_traps_unknown", "Traps that no rule names", "trap")
        self.alarm_changes = self._counter("netmon_alarm_changes", "Changes of alarms, by kind", "kind")
        self.alarms = self._gauge("netmon_alarms", "Active alarms", "severity", "visible")
        self.batch_seconds = self._histogram(
            "netmon_batch_seconds",
            "From the first observation of a batch to its commit",
            buckets=(0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.3, 1.0, 5.0),
        )
        self.batch_observations = self._histogram(
            "netmon_batch_observations", "Observations per batch", buckets=(1, 3, 10, 30, 100, 300, 1000, 3000)
        )
        self.store_wal_bytes = self._gauge(
            "netmon_store_wal_bytes", "Size of the database's write-ahead log; long reads make it grow"
        )
        self.bugs = self._counter("netmon_observations_failed", "Observations lost to a bug; the log says where")
        self.part_failures = self._counter(
            "netmon_part_failures", "Times a part of the engine failed; what runs is started again", "part"
        )
        self.tasks = self._gauge("netmon_tasks", "Tasks of the engine; more and more of them are a leak")

    def _of_usage(self) -> None:
        self.usage_records = self._counter(
            "netmon_usage_records", "Usage records written; an exception has no quality", "feed", "kind", "quality"
        )
        self.usage_dropped_pairs = self._counter(
            "netmon_usage_dropped_pairs",
            "Differences between two readings that were left out, by reason: what they counted is not billed",
            "feed",
            "reason",
        )
        self.usage_quarantined = self._counter(
            "netmon_usage_quarantined_octets",
            "Octets that are in no sum: they cannot be right or came after late_horizon; exception records keep them",
            "feed",
        )
        self.usage_octets = self._counter(
            "netmon_usage_octets", "Octets of usage records; what adjustments change is not in it", "feed", "direction"
        )
        self.usage_adjustments = self._counter(
            "netmon_usage_adjustments", "Adjustments of closed intervals, by reason", "feed", "reason"
        )
        self.usage_missing = self._gauge(
            "netmon_usage_intervals_missing", "Intervals whose grace is over and that have no record yet", "feed"
        )
        self.usage_coverage = self._gauge(
            "netmon_usage_coverage_ratio", "Share of the newest recorded interval that readings cover", "feed"
        )
        self.usage_unbillable = self._gauge(
            "netmon_usage_unbillable_series", "Metered ports of which nothing can be billed, by why", "reason"
        )
        self.usage_last_file = self._gauge(
            "netmon_usage_feed_last_file_seq", "Number of the newest published file of a usage feed", "feed"
        )
        self.usage_unacked = self._gauge(
            "netmon_usage_feed_unacked_files", "Published files that billing has not acknowledged", "feed"
        )
        self.usage_oldest_unacked = self._gauge(
            "netmon_usage_feed_oldest_unacked_seconds", "Time since the first of them was published; 0: none", "feed"
        )

    def _of_sources(self) -> None:
        self.source_received = self._counter("netmon_source_received", "What a source took in", "source")
        self.source_errors = self._counter("netmon_source_errors", "Failures of a source", "source", "reason")
        self.source_dropped = self._counter(
            "netmon_source_dropped", "What a source gave up, by reason", "source", "reason"
        )
        self.source_processed = self._counter(
            "netmon_source_processed",
            "What became of what a source took in and did not drop: committed, duplicate or discovery",
            "source",
            "outcome",
        )
        self.source_unaccounted = self._gauge(
            "netmon_source_unaccounted",
            "What a source took in and its books cannot explain: received - processed - dropped - waiting; never but 0",
            "source",
        )
        self.kernel_drops = self._counter(
            "netmon_traps_kernel_drops", "Datagrams that the kernel dropped before netmon could read them", "listener"
        )
        self.trailing_octets = self._counter(
            "netmon_traps_trailing_octets",
            "Traps and informs that were taken although octets followed in the datagram; these were cut off",
        )
        self.receive_buffer = self._gauge(
            "netmon_traps_receive_buffer_bytes", "Receive buffer that the kernel gave a trap listener", "listener"
        )
        self.source_depth = self._gauge("netmon_source_depth", "Observations waiting in a source", "source")
        self.source_last_success = self._gauge(
            "netmon_source_last_success_timestamp_seconds", "When a source last took something in", "source"
        )
        self.poll_cells_dropped = self._counter(
            "netmon_poll_cells_dropped", "Cells of polled tables that are no value", "reason"
        )
        self.snmp_reports = self._counter(
            "netmon_snmp_reports",
            "Reports of SNMP version 3, received from agents and sent to senders of traps",
            "direction",
            "reason",
        )
        self.snmp_usm_resyncs = self._counter(
            "netmon_snmp_usm_resyncs",
            "Requests repeated because the time of an agent's engine had moved: no failed poll",
        )
        self.poll_lateness = self._histogram(
            "netmon_poll_lateness_seconds",
            "How late runs of poll groups began",
            buckets=(0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0),
        )

    def _of_outputs(self) -> None:
        self.usage_set_aside = self._counter(
            "netmon_usage_feed_set_aside",
            "Files in ack/ that could not be used, or not wholly, by reason",
            "feed",
            "reason",
        )
        self.output_received = self._counter("netmon_output_received", "What an output was given", "output")
        self.output_sent = self._counter("netmon_output_sent", "What the peer of an output has taken", "output")
        self.output_errors = self._counter("netmon_output_errors", "Failed tries of an output", "output", "reason")
        self.output_dropped = self._counter(
            "netmon_output_dropped", "What an output gave up, by reason", "output", "reason"
        )
        self.output_lag = self._gauge(
            "netmon_output_lag_seconds", "Age of the oldest thing an output has not delivered", "output"
        )
        self.output_lag_changes = self._gauge(
            "netmon_output_lag_changes", "Alarm changes an output has not delivered", "output"
        )
        self.output_holes = self._counter(
            "netmon_output_holes",
            "Times an output found changes gone that it had not read; it went on from the alarms as they stood",
            "output",
        )
        self.series = self._gauge(
            "netmon_series", "Time series that came within a day; retention.max_series limits them"
        )
        self.series_refused = self._counter(
            "netmon_series_refused", "Samples of series beyond retention.max_series: they are in no output"
        )
        self.output_last_success = self._gauge(
            "netmon_output_last_success_timestamp_seconds", "When the peer last took something", "output"
        )

    def _of_live_feeds(self) -> None:
        self.live_clients = self._gauge("netmon_web_live_clients", "Open live streams of a web process", "worker")
        self.live_refused = self._counter(
            "netmon_web_live_clients_refused", "Live streams refused: `web.live_max_clients` were open", "worker"
        )
        self.live_events = self._counter(
            "netmon_web_live_events", "Events handed to live streams, once per stream", "worker"
        )
        self.live_bytes = self._counter("netmon_web_live_bytes", "Octets handed to live streams", "worker")
        self.live_resyncs = self._counter(
            "netmon_web_live_resyncs",
            "Times a page was told to load the list anew: slow, burst, too-old or reloaded",
            "worker",
            "reason",
        )
        self.live_lag = self._gauge(
            "netmon_web_live_lag_seconds",
            "From the time of the newest change to its hand-over to the live streams",
            "worker",
        )
