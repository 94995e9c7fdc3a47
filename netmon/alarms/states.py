"""The state tables of alarms, as data: `book` and `operator` do what stands here, and nothing else.

An event that has no row is ignored and counted.
"""

from typing import Literal

State = Literal["none", "pending", "active", "cleared"]

ConditionEvent = Literal["raise_newer", "raise_older", "clear_newer", "clear_older", "for_due", "after_due"]
"""A raise is newer or older than ``last_clear``, a clear newer or older than ``last_raise``; equal orders: a clear."""

ConditionEffect = Literal[
    "begin",
    "record_cleared",
    "bury",
    "count",
    "withdraw",
    "remember",
    "shorten",
    "activate",
    "repeat",
    "clear",
    "time_out",
    "begin_again",
    "count_late",
]

CONDITION: dict[State, dict[ConditionEvent, ConditionEffect]] = {
    "none": {
        "raise_newer": "begin",  # for > 0: pending, else active
        "raise_older": "record_cleared",  # a tombstone knows a newer clear
        "clear_newer": "bury",  # tombstone for 60 s
        "clear_older": "bury",
    },
    "pending": {
        "raise_newer": "count",  # `for` is not restarted
        "raise_older": "count",
        "clear_newer": "withdraw",  # held off
        "clear_older": "shorten",  # it came late: the hold begins with the first raise after it
        "for_due": "activate",
    },
    "active": {
        "raise_newer": "repeat",  # count, and text and severity if newer than the last raise
        "raise_older": "repeat",
        "clear_newer": "clear",
        "clear_older": "remember",
        "after_due": "time_out",
    },
    "cleared": {
        "raise_newer": "begin_again",  # a new occurrence: pending or active
        "raise_older": "count_late",
        "clear_newer": "remember",  # the register moves
        "clear_older": "remember",
    },
}
"""specs/rules.md 2.4."""

OperatorState = Literal["none", "ack", "closed"]

Result = Literal["done", "unchanged", "refused", "gone"]

FLAPPING = "flapping"
"""Flag of an active alarm that comes and goes too often to be told each time."""

STALE = "stale"
"""Flag of an alarm whose element does not answer: nobody can tell whether it still holds."""

REGRESSED: dict[str, object] = {"ack": False, "ack_user": "", "ack_at": None, "ack_system": "", "closed": False}
"""What operator state ``none`` is in the fields of an alarm: a rise of severity leads back to it."""

OPERATOR: dict[str, dict[OperatorState, OperatorState]] = {
    "acknowledge": {"none": "ack"},
    "unacknowledge": {"ack": "none"},
    "close": {"none": "closed", "ack": "closed"},
    "severity_rise": {"ack": "none", "closed": "none"},
}
"""specs/alarms.md section 2: request to (state before, state after); a state without a row stays as it is."""

ANY_STATE = ("comment", "assign", "shelve", "unshelve")
"""Requests that any operator state takes and that leave it as it is."""

FAMILY = ("group", "ungroup")
"""Requests that leave the operator state as it is, too: they give an active alarm a parent, or take it away."""

OVERWRITES = ("assign", "clear")
"""Requests that are refused when the alarm changed since the operator saw it: what they do, nobody sees coming."""

LONGEST_COMMENT = 2_000
"""Characters; at least one where the request is ``comment``."""
