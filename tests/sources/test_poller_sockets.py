"""The sockets of the poller: per realm, so that equal addresses are different elements, and who may answer."""

import socket

import msgspec

from netmon.domain.inventory import Element
from netmon.snmp.faults import ForeignReply
from netmon.sources.poller.schedule import PollingConfig
from netmon.sources.realm import RealmConfig
from tests.sources.answering import SYSTEM, answering, router
from tests.sources.test_poller_poll import PORTS, _failed, _result, polling


async def test_one_address_in_two_realms_is_two_elements_asked_from_two_addresses() -> None:
    realms = {"cust-a": RealmConfig(bind="127.0.0.2"), "cust-b": RealmConfig(bind="127.0.0.3")}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        where = {"credential": "ro", "port": deaf.getsockname()[1], "timeout_ms": 100, "retries": 0}
        async with polling(realms=realms) as at:
            of_a, of_b = (Element(id_, ("127.0.0.1",), realm=f"cust-{id_[0]}", **where) for id_ in ("a1", "b1"))
            at.load(of_a, of_b, profiles=[SYSTEM])
            failed = [_failed(found) for found in await at.after(60_000, more=2)]
        askers = {deaf.recvfrom(65_535)[1][0] for _ in range(2)}
    assert {(one.element, one.reason) for one in failed} == {("a1", "timeout"), ("b1", "timeout")}
    assert askers == {"127.0.0.2", "127.0.0.3"}


async def test_an_element_may_answer_from_any_of_its_addresses_where_the_inventory_says_so() -> None:
    async with answering(router(*PORTS)) as agent, polling() as at:
        agent.agent.faults.begin(ForeignReply("127.0.0.2"))
        at.load(agent.element(timeout_ms=100, retries=0), profiles=[SYSTEM])
        assert _failed((await at.after(60_000))[0]).reason == "timeout"
        known = msgspec.structs.replace(agent.element(reply_from="known"), addresses=("127.0.0.1", "127.0.0.2"))
        at.load(known, profiles=[SYSTEM])
        assert _result((await at.after(60_000))[0]).complete
        at.poller.health()
    assert 'netmon_source_dropped_total{reason="foreign",source="poller"} 1.0' in at.metrics.render().decode()


async def test_an_element_overrides_what_polling_says() -> None:
    async with answering(router(*PORTS)) as agent, polling(PollingConfig(per_element_in_flight=2)) as at:
        at.load(
            agent.element("r1", max_response=5_000, per_element_in_flight=4, timeout_ms=700, retries=5),
            agent.element("r2", timeout_ms=0),
        )
        own, usual = (at.poller._polled[id_] for id_ in ("r1", "r2"))
        assert (own.room.limit, own.retries, own.limits.round_trip.timeout_ms) == (4, 5, 700)
        assert (usual.room.limit, usual.retries, usual.limits.round_trip.timeout_ms) == (2, 2, 2_000)
        assert own.limits.response._max_response == 5_000
        assert usual.limits.response._max_response == 1_400
