"""Series as the text that Prometheus reads: families in order of their names."""

from collections.abc import Iterable

from netmon.normalize.exporter.series import Labels, Series

_LABEL = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})

_OWN = {
    "snmp_scrape_walk_duration_seconds": "Time that reading the agent took",
    "snmp_scrape_packets_sent": "Requests sent, those sent again included",
    "snmp_scrape_packets_retried": "Requests sent again",
    "snmp_scrape_pdus_returned": "Values that the agent gave",
    "snmp_scrape_duration_seconds": "Time that reading the agent and making series took",
}


class Page:
    """Gathers series; one that is there already is dropped."""

    def __init__(self) -> None:
        self._families: dict[str, tuple[str, list[str]]] = {}
        self._seen: set[tuple[str, Labels]] = set()
        self.duplicates = 0
        """Series that came once more."""

    def add(self, series: Iterable[Series]) -> None:
        """Take the series of one module."""
        for one in series:
            if (one.name, one.labels) in self._seen:
                self.duplicates += 1
                continue
            self._seen.add((one.name, one.labels))
            family = self._families.get(one.name)
            if family is None:
                help_ = one.metric.help.translate(_HELP)
                head = f"# HELP {one.name} {help_}\n# TYPE {one.name} {one.kind}\n"
                family = self._families[one.name] = (head, [])
            family[1].append(f"{one.name}{_labels(one.labels)} {one.value!r}\n")

    def own(self, name: str, module: str, value: float) -> None:
        """Take a series about the scrape itself."""
        head = f"# HELP {name} {_OWN[name]}\n# TYPE {name} gauge\n"
        lines = self._families.setdefault(name, (head, []))[1]
        lines.append(f"{name}{_labels((('module', module),))} {value!r}\n")

    def text(self) -> str:
        """Return the whole exposition."""
        return "".join(head + "".join(lines) for _, (head, lines) in sorted(self._families.items()))


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{text.translate(_LABEL)}"' for name, text in labels) + "}"
