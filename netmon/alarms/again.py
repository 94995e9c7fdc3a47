"""The wish of an operator to have elements looked at again, soon."""

import msgspec

from netmon.alarms.operator import Answer as Told
from netmon.alarms.operator import Reply
from netmon.domain.inventory import Inventory
from netmon.domain.observation import OperatorRequest
from netmon.domain.output import ALL, Answer, Output, PollRequest

POLL = "poll"
"""The action."""

_DEADLINE_MS = 60_000


def poll_again(request: OperatorRequest, inventory: Inventory) -> list[Output]:
    """Return a ``PollRequest`` for each element that can be polled, and the answer that tells which ones."""
    replies = [_reply(element, inventory) for element in dict.fromkeys(request.elements)]
    wishes = [
        PollRequest(reply.id, ALL, f"operator {request.user}", request.at + _DEADLINE_MS)
        for reply in replies
        if reply.result == "done"
    ]
    body = msgspec.json.encode(Told(request.request_id, request.action, replies))
    return [*wishes, Answer(request.request_id, body)]


def _reply(id_: str, inventory: Inventory) -> Reply:
    element = inventory.elements.get(id_)
    if element is None:
        return Reply(id_, "gone", reason="notFound", status=404, evidence=f'there is no element "{id_}"')
    if not element.credential:
        evidence = f'element "{id_}" has no credential, so it is not polled'
        return Reply(id_, "refused", reason="badValue", status=409, evidence=evidence)
    return Reply(id_, "done")
