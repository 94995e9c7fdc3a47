"""What persons and systems ask of alarms: table `states.OPERATOR` applied (specs/alarms.md section 2)."""

from collections.abc import Callable
from typing import Any

import msgspec

from netmon.alarms import grouping, kinship, shelf
from netmon.alarms.evidence import against_clear
from netmon.alarms.kinship import UNACKNOWLEDGED
from netmon.alarms.ledger import Ledger
from netmon.alarms.register import Register
from netmon.alarms.states import ANY_STATE, FAMILY, LONGEST_COMMENT, OPERATOR, OVERWRITES, OperatorState, Result
from netmon.domain.alarm import Alarm, AlarmKey, ChangeKind, Comment, Look, Looks
from netmon.domain.observation import OperatorRequest


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a request for one alarm."""

    id: str
    result: Result
    version: int | None = None
    reason: str = ""
    """A code of specs/alarms.md section 5, with ``refused``."""
    status: int | None = None
    evidence: str = ""
    children: int = 0
    """Alarms below it that were acknowledged with it, apart from those that the request names itself."""


class Answer(msgspec.Struct, frozen=True):
    """What became of a request, alarm by alarm; as JSON this is the answer."""

    request_id: str
    action: str
    results: list[Reply]


class _Nobody:
    def look(self, key: AlarmKey, *, rule: str, now: int) -> Look | None:
        return None


NOBODY_LOOKS: Looks = _Nobody()
"""Where nothing is polled."""


def answer(ledger: Ledger, request: OperatorRequest, looks: Looks) -> Answer:
    """Do what a request asks, as far as it may be done."""
    seen = dict(zip(request.alarms, request.seen, strict=False)) if request.action in OVERWRITES else {}
    asked = dict.fromkeys(request.alarms)
    results = []
    for alarm_id in asked:
        key = ledger.by_id.get(alarm_id)
        register = ledger.registers[key] if key is not None else None
        alarm = register.alarm if register is not None else ledger.past.get(alarm_id)
        if alarm is None:
            reply = Reply(alarm_id, "gone", reason="notFound", status=404)
        else:
            against = _against(ledger, request, alarm, register, looks, seen=seen.get(alarm_id, 0))
            reply = against or _ACTIONS[request.action](ledger, request, alarm, register)
        if reply.result == "done" and register is not None and register.state == "active":
            with_it = _tell_family(ledger, request, register)
            reply = msgspec.structs.replace(reply, children=sum(id_ not in asked for id_ in with_it))
        results.append(reply)
    return Answer(request.request_id, request.action, results)


def refused(request: OperatorRequest, reason: str, *, status: int, evidence: str) -> bytes:
    """Return the answer, as JSON, to a request that had no effect on anything that it names."""
    named = request.alarms or request.elements or request.windows or (("",) if request.where else ())
    results = [
        Reply(_whole(id_), "refused", reason=reason, status=status, evidence=_whole(evidence))
        for id_ in dict.fromkeys(named)
    ]
    return msgspec.json.encode(Answer(_whole(request.request_id), _whole(request.action), results))


def _whole(text: str) -> str:
    """Return a text without halves of characters, which JSON cannot hold either."""
    return text.encode("utf-8", "replace").decode("utf-8")


def operator_state(alarm: Alarm) -> OperatorState:
    """Return the operator state of an alarm."""
    if alarm.closed:
        return "closed"
    return "ack" if alarm.ack else "none"


def _axis(ledger: Ledger, request: OperatorRequest, alarm: Alarm, register: Register | None) -> Reply:
    if operator_state(alarm) not in OPERATOR[request.action]:
        # One that was acknowledged with its parent, by this request, got what was asked for it.
        is_new = request.action == "acknowledge" and ledger.changes and alarm.version >= ledger.changes[0].seq
        return Reply(alarm.alarm_id, "done" if is_new else "unchanged", alarm.version)
    kind, fields = _fields(request)
    return _done(ledger, request, alarm, register, kind=kind, fields=fields)


def _tell_family(ledger: Ledger, request: OperatorRequest, register: Register) -> list[str]:
    """Do what an acknowledgment means for parents and children; return the children that were acknowledged with it."""
    alarm = register.alarm
    if alarm is not None and request.action == "acknowledge":
        return kinship.acknowledged(ledger, alarm, by=_by(request), because=_because(request))
    if alarm is not None and request.action == "unacknowledge":
        kinship.unacknowledged(ledger, alarm, because=_because(request))
    return []


def _fields(request: OperatorRequest) -> tuple[ChangeKind, dict[str, Any]]:
    """Return the change a request makes where the table has a row for it."""
    if request.action == "acknowledge":
        return "acknowledged", {"ack": True, **_by(request)}
    if request.action == "unacknowledge":
        return "unacknowledged", dict(UNACKNOWLEDGED)
    return "closed", {"closed": True}


def _by(request: OperatorRequest) -> dict[str, Any]:
    return {"ack_user": request.user, "ack_at": request.at, "ack_system": request.system}


def _comment(ledger: Ledger, request: OperatorRequest, alarm: Alarm, register: Register | None) -> Reply:
    if not request.comment:
        return Reply(alarm.alarm_id, "refused", alarm.version, "missingAttribute", 400, "comment is empty")
    return _done(ledger, request, alarm, register, kind="commented", fields={})


def _assign(ledger: Ledger, request: OperatorRequest, alarm: Alarm, register: Register | None) -> Reply:
    if request.owner == alarm.owner:
        return Reply(alarm.alarm_id, "unchanged", alarm.version)
    return _done(ledger, request, alarm, register, kind="assigned", fields={"owner": request.owner})


def _shelve(ledger: Ledger, request: OperatorRequest, alarm: Alarm, register: Register | None) -> Reply:
    if not request.at < request.until <= request.at + shelf.LONGEST_MS:
        evidence = "until is not within the next 7 days"
        return Reply(alarm.alarm_id, "refused", alarm.version, "badValue", 400, evidence)
    fields = shelf.shelved(request, alarm)
    if all(getattr(alarm, name) == value for name, value in fields.items()):
        return Reply(alarm.alarm_id, "unchanged", alarm.version)
    reply = _done(ledger, request, alarm, register, kind="shelved", fields=fields)
    if register is not None:
        ledger.set_timer(register, "shelf")
    return reply


def _unshelve(ledger: Ledger, request: OperatorRequest, alarm: Alarm, register: Register | None) -> Reply:
    if alarm.shelved_until is None:
        return Reply(alarm.alarm_id, "unchanged", alarm.version)
    return _done(ledger, request, alarm, register, kind="unshelved", fields=shelf.unshelved(alarm))


def _against(
    ledger: Ledger, request: OperatorRequest, alarm: Alarm, register: Register | None, looks: Looks, *, seen: int
) -> Reply | None:
    """Refuse what nobody knows, what overwrites a version that the operator has not seen, or a clear too early."""
    if request.action not in _ACTIONS:
        return Reply(alarm.alarm_id, "refused", alarm.version, "badValue", 400, f"action {request.action}")
    if 0 < seen < alarm.version:
        return Reply(alarm.alarm_id, "refused", alarm.version, "changed", 409, "it changed since you saw it")
    if request.action != "clear" or register is None or register.state != "active":
        return None
    evidence = against_clear(register, alarm, looks, now=ledger.now)
    return Reply(alarm.alarm_id, "refused", alarm.version, "conditionObserved", 409, evidence) if evidence else None


def _clear(ledger: Ledger, request: OperatorRequest, alarm: Alarm, register: Register | None) -> Reply:
    if register is None or register.state != "active":
        return Reply(alarm.alarm_id, "unchanged", alarm.version)
    if len(request.comment) > LONGEST_COMMENT:
        return _too_long(alarm)
    # As if the last raise had been its own clear: the next raise is a new occurrence.
    register.moved_clear(register.last_raise)
    more = {"clear_user": request.user, "clear_system": request.system, **_said(request, alarm)}
    ledger.clear_alarm(register, at=request.at, reason="operator", because=_because(request), **more)
    return _replied(alarm.alarm_id, register.alarm)


def _group(ledger: Ledger, request: OperatorRequest, alarm: Alarm, register: Register | None) -> Reply:
    against = grouping.against_group(ledger, alarm, request.parent)
    if against is not None:
        reason, status, evidence = against
        return Reply(alarm.alarm_id, "refused", alarm.version, reason, status, evidence)
    if request.parent == alarm.group_parent:
        return Reply(alarm.alarm_id, "unchanged", alarm.version)
    if len(request.comment) > LONGEST_COMMENT:
        return _too_long(alarm)
    fields = grouping.placed(ledger, alarm, request.parent)
    return _done(ledger, request, alarm, register, kind="parent_set", fields=fields)


def _ungroup(ledger: Ledger, request: OperatorRequest, alarm: Alarm, register: Register | None) -> Reply:
    """Take an alarm from the parent that is named, or from whichever an operator gave it."""
    is_child = register is not None and register.state == "active" and alarm.group_parent
    if not is_child or request.parent not in ("", alarm.group_parent):
        return Reply(alarm.alarm_id, "unchanged", alarm.version)
    if len(request.comment) > LONGEST_COMMENT:
        return _too_long(alarm)
    fields = grouping.placed(ledger, alarm, "")
    return _done(ledger, request, alarm, register, kind="parent_unset", fields=fields)


def _done(
    ledger: Ledger,
    request: OperatorRequest,
    alarm: Alarm,
    register: Register | None,
    *,
    kind: ChangeKind,
    fields: dict[str, Any],
) -> Reply:
    if len(request.comment) > LONGEST_COMMENT:
        return _too_long(alarm)
    fields |= _said(request, alarm)
    if register is not None:
        return _replied(alarm.alarm_id, ledger.change(register, kind, _because(request), fields))
    ledger.past[alarm.alarm_id] = new = ledger.rewrite(alarm, kind, _because(request), fields)
    return _replied(alarm.alarm_id, new)


def _replied(alarm_id: str, alarm: Alarm | None) -> Reply:
    return Reply(alarm_id, "done", alarm.version if alarm is not None else None)


def _said(request: OperatorRequest, alarm: Alarm) -> dict[str, Any]:
    if not request.comment:
        return {}
    return {"comments": (*alarm.comments, Comment(request.at, request.user, request.system, request.comment))}


def _too_long(alarm: Alarm) -> Reply:
    evidence = f"comment is longer than {LONGEST_COMMENT} characters"
    return Reply(alarm.alarm_id, "refused", alarm.version, "badValue", 400, evidence)


def _because(request: OperatorRequest) -> str:
    return f"request {request.request_id} {request.action} by {request.user}"


_Judge = Callable[[Ledger, OperatorRequest, Alarm, Register | None], Reply]

_ACTIONS: dict[str, _Judge] = {
    **dict.fromkeys((request for request in OPERATOR if request != "severity_rise"), _axis),
    **dict(zip(ANY_STATE, (_comment, _assign, _shelve, _unshelve), strict=True)),
    "clear": _clear,
    **dict(zip(FAMILY, (_group, _ungroup), strict=True)),
}
