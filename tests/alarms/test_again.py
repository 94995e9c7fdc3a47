"""An operator has elements looked at again: a wish to the poller, told in the answer."""

import msgspec

from netmon.domain.inventory import Element
from netmon.domain.observation import InventoryChange, OperatorRequest, Tick
from netmon.domain.output import ALL, Answer, PollRequest
from netmon.mib.names import MibView
from netmon.step import Core


def core() -> Core:
    made = Core(lambda *_: None, MibView(()))  # type: ignore[arg-type]
    made.step(Tick(1_000))
    elements = (Element("r1", ("192.0.2.1",), credential="lab"), Element("p1", ("192.0.2.2",)))
    made.step(InventoryChange(1_000, "loaded", added=elements))
    return made


def asked(*elements: str) -> OperatorRequest:
    return OperatorRequest(2_000, "q1", "ann", "poll", (), elements=elements)


def test_each_element_becomes_a_wish_once():
    wish, answer = core().step(asked("r1", "r1"))
    assert wish == PollRequest("r1", ALL, "operator ann", 62_000)
    assert isinstance(answer, Answer)
    told = msgspec.json.decode(answer.body)
    assert (told["request_id"], told["action"], told["results"]) == ("q1", "poll", [{"id": "r1", "result": "done"}])


def test_what_cannot_be_polled_is_told_and_no_wish():
    [answer] = core().step(asked("r9", "p1"))
    assert isinstance(answer, Answer)
    gone, refused = msgspec.json.decode(answer.body)["results"]
    assert (gone["result"], gone["status"], gone["evidence"]) == ("gone", 404, 'there is no element "r9"')
    assert (refused["result"], refused["status"]) == ("refused", 409)
