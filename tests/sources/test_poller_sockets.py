"""The sockets of the poller: per realm, so that equal addresses are different elements."""

import socket

from netmon.domain.inventory import Element
from netmon.sources.realm import RealmConfig
from tests.sources.answering import SYSTEM
from tests.sources.test_poller_poll import _failed, polling


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
