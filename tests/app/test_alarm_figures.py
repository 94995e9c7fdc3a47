"""Active alarms as ``/metrics`` counts them: by severity, and whether they are seen (specs/rules.md 7)."""

from typing import Any

from netmon.app.gauges import Gauges
from netmon.mib.names import MibView
from netmon.step import Core
from netmon.telemetry.metrics import Metrics
from tests.app.test_usage_figures import no_rules
from tests.storage.batches import alarm, change

HIDDEN: dict[str, Any] = {"hidden_by": ("alarm:r1|node-unreachable|",)}
MAJOR_SEEN, MAJOR_HIDDEN = ("major", "true"), ("major", "false")


class Figures:
    """The metric after each change."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.gauges = Gauges(Core(no_rules, MibView(())), self.metrics)
        self.seq = 0

    async def after(self, number: int, kind: str, **fields: Any) -> dict[tuple[str, str], float]:
        self.seq += 1
        self.gauges.committed([change(self.seq, alarm(number, version=self.seq, **fields), kind)], ())
        self.gauges.refresh()
        [family] = [one for one in self.metrics.registry.collect() if one.name == "netmon_alarms"]
        return {(one.labels["severity"], one.labels["visible"]): one.value for one in family.samples}


async def test_what_is_hidden_is_counted_apart_and_active_is_both_together() -> None:
    figures = Figures()
    assert await figures.after(1, "raised") == {MAJOR_SEEN: 1}
    assert await figures.after(2, "raised", **HIDDEN) == {MAJOR_SEEN: 1, MAJOR_HIDDEN: 1}
    assert await figures.after(3, "raised", severity="minor", **HIDDEN) == {
        MAJOR_SEEN: 1,
        MAJOR_HIDDEN: 1,
        ("minor", "false"): 1,
    }
    assert await figures.after(1, "hidden", **HIDDEN) == {MAJOR_HIDDEN: 2, ("minor", "false"): 1}
    assert await figures.after(3, "severity", **HIDDEN) == {MAJOR_HIDDEN: 3}
    assert await figures.after(2, "shown") == {MAJOR_SEEN: 1, MAJOR_HIDDEN: 2}
    assert await figures.after(1, "cleared", state="cleared", **HIDDEN) == {MAJOR_SEEN: 1, MAJOR_HIDDEN: 1}
    assert await figures.after(3, "purged", state="cleared", **HIDDEN) == {MAJOR_SEEN: 1}
