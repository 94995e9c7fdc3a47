"""What an operator asks in a rule test, as the request that the core takes (specs/rules.md 10.1)."""

from collections.abc import Iterable

import msgspec

from netmon.alarms.operator import Answer as Answered
from netmon.domain.alarm import Alarm
from netmon.domain.duration import Duration
from netmon.domain.observation import OperatorRequest
from netmon.domain.output import Answer
from netmon.rulebook.feeds import Feed

_USER = "operator"


def request_of(feed: Feed, alarms: Iterable[Alarm], *, at: int, seq: int) -> OperatorRequest:
    """Return the request of a line of kind ``op``; of an alarm that is not there, it names none that is."""
    known, given = list(alarms), dict(feed.fields)
    parent = given.get("parent", "")
    return OperatorRequest(
        at,
        f"request {seq + 1}",
        given.get("user", _USER),
        feed.name,
        (_named(known, feed.object or feed.element, given.get("type", ""), given.get("qualifier", "")),),
        comment=given.get("comment", ""),
        until=at + Duration(given["for"]).ms if "for" in given else 0,
        owner=given.get("owner", ""),
        parent=_named(known, *parent.partition("|")[::2], "") if parent else "",
    )


def result_of(answer: Answer) -> str:
    """Return what became of a request for the one alarm that it names."""
    [reply] = msgspec.json.decode(answer.body, type=Answered).results
    return reply.result


def _named(alarms: Iterable[Alarm], object_: str, type_: str, qualifier: str) -> str:
    """Return the id of the newest alarm of an object, of a type and with a qualifier if they are given."""
    found = [
        alarm
        for alarm in alarms
        if alarm.object == object_ and type_ in ("", alarm.type) and qualifier in ("", alarm.qualifier)
    ]
    return max(found, key=lambda alarm: alarm.version).alarm_id if found else f"no alarm of {object_}"
