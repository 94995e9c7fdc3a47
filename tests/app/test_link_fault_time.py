"""How soon one alarm stands for a link that is cut, and what hangs on it is hidden, with a clock that stands.

Each end tells by a trap; where the trap of one is lost, polls find it, after the minute that the rule wants to see.
"""

import msgspec
import pytest

from netmon.config.rules import Judged
from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Link
from netmon.domain.observation import PollResult
from netmon.domain.output import Output
from netmon.snmp import ber
from netmon.sources.poller.schedule import PollingConfig, next_slot, offset_ms
from tests.app.test_found import LINK_DOWN, Stage, shipped
from tests.normalize.telling import Rows, interfaces, run

__all__ = ["shipped"]

SECOND = 1_000
POLL_MS = PollingConfig().default_every.ms
SETTLE_MS = 10_000
TRAP_HOLD_MS, HOLD_MS = 3_000, 60_000
"""So long must a trap stand, and so long must polls say that a port is down."""
A, B, LINK = "r1/if:ge1", "r2/if:ge1", "link:l1"
ON_IT = "r2/if:ge8"
"""An interface that lies on B."""


class Cut:
    """A link between two routers that is cut at a moment; r2 is polled at its slots, and ge8 there goes with ge1."""

    def __init__(self, shipped: Judged, *, after: int, lag: int | None) -> None:
        self.stage = stage = Stage(shipped, Link("l1", A, B))
        stage.poll("r2", {"ifStackTable": {"8.1": {"ifStackStatus": 1}}})
        self._poll(stage.at, down=False)
        stage.wait(60)
        self.died = stage.at + after
        self.traps = [(self.died, "r1", 1), (self.died, "r2", 8)]
        if lag is not None:
            self.traps.append((self.died + lag, "r2", 1))
        self.told: dict[tuple[str, str], int] = {}
        """(kind of a change, object) to when it first came, after the cut; ms."""

    def watch(self) -> None:
        """Let time pass, a Tick a second, until polls have shown for long enough what traps may not have told."""
        offset = offset_ms("r2", interval_ms=POLL_MS, billed=False)
        slot = next_slot(self.stage.at, interval_ms=POLL_MS, offset=offset)
        while self.stage.at < self.died + HOLD_MS + 2 * POLL_MS:
            self._note(self.stage.tick())
            while self.traps and self.traps[0][0] <= self.stage.at:
                _, element, index = self.traps.pop(0)
                self._note(self._trap(element, index))
            if slot <= self.stage.at:
                self._note(self._poll(slot, down=slot >= self.died))
                slot = next_slot(slot, interval_ms=POLL_MS, offset=offset)

    def visible(self) -> list[str]:
        """Return the objects with a visible alarm of a link."""
        return [object_ for object_, type_ in self.stage.visible() if type_ == "link-alarm"]

    def _note(self, outputs: list[Output]) -> None:
        for change in outputs:
            if isinstance(change, AlarmChange) and change.after.type == "link-alarm":
                kind = "hidden" if change.after.hidden_by else change.kind
                self.told.setdefault((kind, change.after.object), self.stage.at - self.died)

    def _trap(self, element: str, index: int) -> list[Output]:
        varbinds = (
            (f"1.3.6.1.2.1.2.2.1.{column}.{index}", ber.INTEGER, value) for column, value in ((1, index), (7, 1))
        )
        return self.stage.trap(element, LINK_DOWN, *varbinds)

    def _poll(self, at: int, *, down: bool) -> list[Output]:
        rows: Rows = interfaces()["ifTable"]
        for index, row in rows.items():
            row |= {"ifAdminStatus": 1, "ifOperStatus": 2 if down and index in ("1", "8") else 1}
        polled: PollResult = run("r2", at, {"ifTable": rows})
        return self.stage.step(msgspec.structs.replace(polled, interval_ms=POLL_MS))


@pytest.mark.parametrize("lag", range(0, SETTLE_MS, 3_000))
def test_a_cut_link_is_one_alarm_and_what_hangs_on_it_is_hidden_soon(shipped: Judged, lag: int) -> None:
    for after in range(0, POLL_MS, 20_000):
        cut = Cut(shipped, after=after, lag=lag)
        cut.watch()
        assert cut.visible() == [LINK]
        root = cut.told["raised", A]
        assert root <= TRAP_HOLD_MS + SECOND
        hidden = {object_: cut.told["hidden", object_] for object_ in (A, B, ON_IT)}
        assert max(hidden.values()) <= lag + TRAP_HOLD_MS + SECOND
        assert max(hidden.values()) - root <= SETTLE_MS


def test_a_trap_that_is_lost_is_made_up_for_by_polls(shipped: Judged) -> None:
    took = []
    for after in range(0, POLL_MS, 10_000):
        cut = Cut(shipped, after=after, lag=None)
        cut.watch()
        assert cut.visible() == [LINK]
        took.append(cut.told["raised", LINK])
        # What a poll finds is hidden in the step that finds it.
        assert {cut.told["hidden", object_] for object_ in (A, B, ON_IT)} == {took[-1]}
    assert max(took) <= HOLD_MS + POLL_MS
    # The hold counts from the first poll that says so, whenever that comes.
    assert min(took) <= HOLD_MS + POLL_MS // 4
