"""What the poller tells of one element: how its runs go, what was learned, what is planned (specs/snmp.md 4.8)."""

from netmon.domain.element import PollGroup, PollState, Run
from netmon.sources.poller.addresses import Addresses
from netmon.sources.poller.blocks import Gathered
from netmon.sources.poller.element import Group, Polled
from netmon.sources.poller.limits import BULK, NEXT, ONE_COLUMN
from netmon.sources.poller.run import Failed
from netmon.sources.poller.schedule import PollingConfig
from netmon.sources.realm import is_numeric

_MANNERS = {BULK: "", ONE_COLUMN: "one column at a time", NEXT: "GETNEXT"}


def run_of(outcome: Gathered | Failed, *, began: int, ended: int) -> Run:
    """Return how a run went; the reason of one that is not complete is the first thing that was missed."""
    if isinstance(outcome, Failed):
        return Run(ended, ended - began, reason=outcome.reason, complete=False)
    cells = sum(len(block.index) * len(block.columns) for block in outcome.blocks)
    more = f" and {len(outcome.errors) - 1} more" if len(outcome.errors) > 1 else ""
    reason = ": ".join(outcome.errors[0]) + more if outcome.errors else ""
    dropped = outcome.dropped.total() - outcome.dropped["no_such_instance"]
    return Run(ended, ended - began, cells, reason, outcome.complete, dropped)


def state_of(polled: Polled, config: PollingConfig, addresses: Addresses, now_ms: int) -> PollState:
    """Return everything there is to tell of an element."""
    limits, first = polled.limits, polled.element.addresses[0]
    return PollState(
        every_ms=polled.every_ms,
        state=_word(polled),
        last=polled.last,
        failures=polled.lane.failures,
        rtt_ms=limits.round_trip.smoothed_ms,
        timeout_ms=limits.round_trip.timeout_ms,
        varbinds=limits.response.varbinds,
        get_varbinds=limits.request.varbinds,
        manner=_MANNERS[limits.manner.now(now_ms)],
        late=limits.late,
        budget_ms=config.run_budget_ms(polled.every_ms),
        profiles=polled.chosen,
        left_out=tuple(oid for oid in limits.left_out.dump() if limits.left_out.reason(oid, now_ms)),
        address="" if is_numeric(first) else addresses.last(first, realm=polled.element.realm),
        refused=addresses.refused(first, realm=polled.element.realm),
        groups=tuple(_group(group, config) for one in polled.everywhere for group in one.groups.values()),
    )


def _group(group: Group, config: PollingConfig) -> PollGroup:
    tables = tuple(f"{part.profile}:{part.table.name}" for part in group.parts)
    budget_ms = config.run_budget_ms(group.interval_ms)
    return PollGroup(
        f"{group.name} {group.polled.context}".rstrip(), group.interval_ms, tables, group.billed, group.last, budget_ms
    )


def _word(polled: Polled) -> str:
    if polled.lane.slow:
        return "slow_lane"
    if not polled.last.at:
        return "waiting"
    if polled.lane.failures:
        return "failed"
    return "ok" if polled.last.complete else "partial"
