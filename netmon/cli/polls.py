"""The lines of ``netmon inventory show --poll``: who takes most of its time, what was learned, what fails."""

from netmon.cli.frame import span
from netmon.domain.element import PollState, Run

TITLES = ("element", "state", "budget", "took", "every", "cells", "round trip", "learned", "failures", "reason")


def by_share(polls: dict[str, PollState]) -> list[tuple[str, PollState]]:
    """Return elements in the order of the share of their time that polls take."""
    return sorted(polls.items(), key=lambda one: (-share(one[1]), one[0]))


def share(poll: PollState) -> float:
    """Return the greatest share of its time that the newest run of a group has taken."""
    runs = [(group.run, group.budget_ms) for group in poll.groups if group.run.at] or [(poll.last, poll.budget_ms)]
    return max(run.elapsed_ms / budget_ms if budget_ms else 0.0 for run, budget_ms in runs)


def line(id_: str, poll: PollState) -> tuple[str, ...]:
    """Return the cells of one element."""
    return (
        id_,
        poll.state or "not polled",
        f"{share(poll):.0%}",
        span(poll.last.elapsed_ms),
        span(poll.every_ms),
        cells(poll.last),
        "" if poll.rtt_ms is None else f"{poll.rtt_ms:.1f} ms",
        learned(poll),
        str(poll.failures),
        reason(poll),
    )


def cells(run: Run) -> str:
    """Return how many cells a run brought, and how many of those that came were no value."""
    return f"{run.cells}, {run.dropped} dropped" if run.dropped else str(run.cells)


def learned(poll: PollState) -> str:
    """Return what was learned of an element, in words."""
    if not poll.state:
        return ""
    words = [f"timeout {span(poll.timeout_ms)}", f"{poll.varbinds} per GETBULK", f"{poll.get_varbinds} per GET"]
    if poll.manner:
        words.append(poll.manner)
    if poll.left_out:
        words.append(f"{len(poll.left_out)} left out")
    if poll.late:
        words.append(f"{poll.late} late")
    if poll.address:
        words.append(f"at {poll.address}")
    return ", ".join(words)


def reason(poll: PollState) -> str:
    """Return why the newest runs brought not everything: of each group that fails, or of the newest probe."""
    if poll.refused:
        return poll.refused
    failing = [f"{group.name}: {group.run.reason}" for group in poll.groups if group.run.reason]
    if poll.failures and poll.last.reason:
        return poll.last.reason
    return "; ".join(failing) or poll.last.reason
