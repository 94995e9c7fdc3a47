"""What became of the inputs of each rule, as a metric: there may be many rules, so it is rendered by us, in pieces."""

from collections.abc import Iterator, Mapping

from prometheus_client import Counter

_LINES = 1_000
"""In one piece."""


def rendered(metric: Counter, *counts: Mapping[tuple[str, str], int]) -> Iterator[bytes]:
    """Yield the text exposition of a counter of rules and outcomes; the counts are added up."""
    (told,) = metric.describe()
    name = f"{told.name}_total"
    lines = [f"# HELP {name} {told.documentation}\n# TYPE {name} counter\n"]
    total = dict(counts[0])
    for more in counts[1:]:
        for key, count in more.items():
            total[key] = total.get(key, 0) + count
    for (rule, outcome), count in total.items():
        # Ids of rules and words for outcomes have no letter that must be escaped.
        lines.append(f'{name}{{outcome="{outcome}",rule="{rule}"}} {count}\n')
        if len(lines) >= _LINES:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()
