"""Names of elements: looked up aside, in the family that the realm asks, and kept when DNS is silent."""

import asyncio
import socket
import threading
from typing import Any

import msgspec
import pytest

from netmon.domain.inventory import Element
from netmon.sources.poller.addresses import Addresses
from netmon.sources.realm import RealmConfig
from tests.patience import PATIENCE_S
from tests.sources.answering import SYSTEM, answering, router
from tests.sources.test_poller_poll import PORTS, _result, polling

REALMS = {"default": RealmConfig(), "v6": RealmConfig(bind="::1")}


class Names:
    """A DNS server in place of the host's: names to addresses, and how often it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[str]] = {}
        self.asked = 0
        self.open = threading.Event()
        self.open.set()
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, name: str, port: int | None, **flags: Any) -> list[tuple[Any, ...]]:
        if port is not None:
            return list(self._real(name, port, **flags))
        self.asked += 1
        self.open.wait(PATIENCE_S)
        if name not in self.answers:
            raise socket.gaierror("no such name")
        return [(0, 0, 0, "", (address, 0)) for address in self.answers[name]]


async def settled(addresses: Addresses, names: Names, asked: int) -> None:
    while addresses._asking or names.asked < asked:
        await asyncio.sleep(0)


async def test_an_address_needs_no_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch)
    addresses = Addresses(lambda: 0, REALMS)
    assert await addresses.numeric("192.0.2.1", realm="default") == "192.0.2.1"
    assert addresses.known("2001:db8::1", realm="v6") == "2001:db8::1"
    assert names.asked == 0


async def test_a_realm_takes_the_family_it_can_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch)
    names.answers["r1"] = ["192.0.2.1", "2001:db8::1"]
    addresses = Addresses(lambda: 0, REALMS)
    assert await addresses.numeric("r1", realm="default") == "192.0.2.1"
    assert await addresses.numeric("r1", realm="v6") == "2001:db8::1"
    names.answers["r2"] = ["192.0.2.2"]
    assert await addresses.numeric("r2", realm="v6") == ""


async def test_nobody_waits_for_a_name_that_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    names, now = Names(monkeypatch), [1_000]
    names.answers["r1"] = ["192.0.2.1"]
    addresses = Addresses(lambda: now[0], REALMS)
    addresses.load([Element("e1", ("r1",))])
    told: list[tuple[str, tuple[str, str], str]] = []
    addresses.told = lambda *one: told.append(one)
    assert addresses.known("r1", realm="default") == ""
    assert await addresses.numeric("r1", realm="default") == "192.0.2.1"
    now[0] += 299_999
    assert (addresses.known("r1", realm="default"), names.asked) == ("192.0.2.1", 1)
    names.open.clear()
    names.answers["r1"] = ["192.0.2.9"]
    now[0] += 1
    assert await addresses.numeric("r1", realm="default") == "192.0.2.1"
    names.open.set()
    await settled(addresses, names, 2)
    assert addresses.known("r1", realm="default") == "192.0.2.9"
    assert told == [("e1", ("default", "r1"), "192.0.2.1"), ("e1", ("default", "r1"), "192.0.2.9")]


async def test_the_last_good_answer_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    names, now = Names(monkeypatch), [0]
    names.answers["r1"] = ["192.0.2.1", "192.0.2.2"]
    addresses = Addresses(lambda: now[0], REALMS)
    assert await addresses.numeric("r1", realm="default") == "192.0.2.1"
    for asked, answers in ((2, ["192.0.2.2", "192.0.2.1"]), (3, None)):
        names.answers = {"r1": answers} if answers else {}
        now[0] += 300_000
        addresses.known("r1", realm="default")
        await settled(addresses, names, asked)
        assert addresses.known("r1", realm="default") == "192.0.2.1"


async def test_a_name_without_an_answer_is_looked_up_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    names, now = Names(monkeypatch), [0]
    addresses = Addresses(lambda: now[0], REALMS)
    assert await addresses.numeric("r1", realm="default") == ""
    names.answers["r1"] = ["192.0.2.1"]
    assert await addresses.numeric("r1", realm="default") == ""
    now[0] += 30_000
    assert await addresses.numeric("r1", realm="default") == "192.0.2.1"


async def test_an_element_whose_name_has_no_address_is_not_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be said of it; once there is an answer it is asked, and a late answer is known as its own."""
    names = Names(monkeypatch)
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(msgspec.structs.replace(agent.element(), addresses=("r1.example.net",)), profiles=[SYSTEM])
        at.hands.move(60_000)
        at.poller.wake()
        async with asyncio.timeout(PATIENCE_S):
            while "no_address" not in at.metrics.render().decode():
                await asyncio.sleep(0)
        assert at.taking.observations == []
        names.answers["r1.example.net"] = ["127.0.0.1"]
        [result] = await at.after(60_000)
        polled = at.poller._of_key["r1"]
    assert _result(result).element == "r1"
    assert (polled.asked, polled.lane.failures) == ("127.0.0.1", 0)


async def test_an_address_that_another_element_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the inventory, in whatever spelling, or by a name; the last good answer is kept, and the reason is told."""
    names, now = Names(monkeypatch), [0]
    addresses = Addresses(lambda: now[0], REALMS)
    r1, r2 = Element("r1", ("name-1",)), Element("r2", ("name-2",))
    addresses.load([r1, r2, Element("r3", ("::ffff:192.0.2.3",)), Element("far", ("192.0.2.9",), realm="v6")])
    names.answers = {"name-1": ["192.0.2.1"], "name-2": ["192.0.2.1"]}
    assert await addresses.numeric("name-1", realm="default") == "192.0.2.1"
    assert await addresses.numeric("name-2", realm="default") == ""
    assert addresses.refused("name-2", realm="default") == "192.0.2.1 is an address of r1"
    for asked, answers, kept, why in (
        (3, ["192.0.2.3"], "192.0.2.1", "192.0.2.3 is an address of r3"),
        (4, ["192.0.2.3", "192.0.2.9"], "192.0.2.9", ""),
    ):
        names.answers["name-1"] = answers
        now[0] += 300_000
        addresses.known("name-1", realm="default")
        await settled(addresses, names, asked)
        assert addresses.known("name-1", realm="default") == kept
        assert addresses.refused("name-1", realm="default") == why


async def test_an_address_that_the_inventory_gives_to_another_is_the_names_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = Names(monkeypatch)
    names.answers["name-1"] = ["192.0.2.1"]
    addresses = Addresses(lambda: 0, REALMS)
    named = Element("r1", ("name-1",))
    addresses.load([named])
    assert await addresses.numeric("name-1", realm="default") == "192.0.2.1"
    addresses.load([named, Element("r2", ("192.0.2.1",))])
    assert await addresses.numeric("name-1", realm="default") == ""
    assert addresses.refused("name-1", realm="default") == "192.0.2.1 is an address of r2"


async def test_what_was_known_before_a_restart_holds_until_dns_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch)
    addresses = Addresses(lambda: 0, REALMS)
    told: list[str] = []
    addresses.told = lambda element, name, address: told.append(address)
    addresses.restore({("default", "name-1"): "192.0.2.1"})
    addresses.load([Element("r1", ("name-1",))])
    assert await addresses.numeric("name-1", realm="default") == "192.0.2.1"
    names.answers["name-1"] = ["192.0.2.1"]
    await settled(addresses, names, 1)
    assert told == []


async def test_a_clock_that_goes_back_keeps_no_old_answer_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    names, now = Names(monkeypatch), [3_600_000]
    names.answers["r1"] = ["192.0.2.1"]
    addresses = Addresses(lambda: now[0], REALMS)
    assert await addresses.numeric("r1", realm="default") == "192.0.2.1"
    names.answers["r1"] = ["192.0.2.9"]
    now[0] = 0
    addresses.known("r1", realm="default")
    await settled(addresses, names, 2)
    assert addresses.known("r1", realm="default") == "192.0.2.9"
