"""Onboarding: which addresses, in which order, at which pace, and what is one element (specs/snmp.md 5.5)."""

import asyncio
import ipaddress
from pathlib import Path

import pytest

from netmon.snmp.user import User
from netmon.sources.credential import Credential
from netmon.sources.discover.asking import Agent
from netmon.sources.discover.credentials import Order, bound_to
from netmon.sources.discover.joining import propose
from netmon.sources.discover.journal import Journal
from netmon.sources.discover.pace import Pace
from netmon.sources.discover.targets import WrongRange, addresses


def test_network_and_broadcast_are_no_hosts():
    assert addresses(["192.0.2.0/30", "192.0.2.1", "198.51.100.0/31", "2001:db8::1"]) == [
        "192.0.2.1", "192.0.2.2", "198.51.100.0", "198.51.100.1", "2001:db8::1",
    ]  # fmt: skip


def test_the_most_that_one_call_asks_for():
    assert len(addresses(["10.0.0.0/16"])) == 65_534
    with pytest.raises(WrongRange, match="more than 65,536"):
        addresses(["10.0.0.0/16", "10.1.0.0/32"])


@pytest.mark.parametrize(
    ("text", "why"),
    [("2001:db8::/64", "single addresses"), ("r1.example.net", "no range"), ("10.0.0.0/33", "no range")],
)
def test_what_is_no_range(text: str, why: str):
    with pytest.raises(WrongRange, match=why):
        addresses([text])


def user(id_: str, *, auth: bool = True, priv: bool = True) -> Credential:
    return Credential(id_, "v3", user=User(id_.encode(), auth="sha" if auth else "", priv="aes128" if priv else ""))


def test_credentials_by_prefix_then_level_then_version_and_five_at_most():
    known = (
        Credential("one", "v1", b"c"),
        Credential("two", "v2c", b"c"),
        user("noauth", auth=False, priv=False),
        user("auth", priv=False),
        user("priv"),
        Credential("here", "v1", b"c"),
        Credential("there", "v1", b"c"),
    )
    bound = {"here": (ipaddress.ip_network("10.0.0.0/24"),), "there": (ipaddress.ip_network("10.9.0.0/24"),)}
    order = Order(known, bound)
    assert [one.id for one in order.at("10.0.0.7")] == ["here", "priv", "auth", "noauth", "two"]
    assert [one.id for one in order.at("192.0.2.7")] == ["priv", "auth", "noauth", "two", "one"]


def test_prefixes_of_credentials():
    ids, bound = bound_to(["a", "b@10.0.0.0/8", "b@192.0.2.0/24"])
    assert (ids, [str(net) for net in bound["b"]]) == (["a", "b"], ["10.0.0.0/8", "192.0.2.0/24"])
    with pytest.raises(ValueError, match="/99"):
        bound_to(["a@10.0.0.0/99"])


class HandClock:
    """Time that only passes when somebody sleeps."""

    def __init__(self, stall_s: float = 0.0) -> None:
        self.now = 0.0
        self.stall_s = stall_s

    async def sleep(self, seconds: float) -> None:
        self.now += seconds + self.stall_s


@pytest.mark.parametrize("stall_s", [0.0, 0.3])
async def test_in_no_second_are_there_more_than_the_rate(stall_s: float):
    clock = HandClock(stall_s)
    pace = Pace(10_000, clock=lambda: clock.now, sleep=clock.sleep)
    sent: list[float] = []

    async def send(datagrams: int) -> None:
        await pace.wait(datagrams)
        sent.extend([clock.now] * datagrams)

    await asyncio.gather(*(send(3 if number % 5 == 0 else 1) for number in range(700)))
    assert pace.sent == len(sent) == 980
    assert max(sum(1 for at in sent if begin <= at < begin + 1) for begin in sent) <= 200
    assert sent[-1] >= (980 - 3) / 200 - 1e-6


def agent(address: str, **more: object) -> Agent:
    return Agent(address, "c", **more)  # type: ignore[arg-type]


def test_one_element_per_engine_and_its_further_addresses_join_it():
    proposal = propose(
        [
            agent("192.0.2.9", sys_name="R1", engine_id="80", addresses=("192.0.2.1", "192.0.2.9", "10.9.9.9")),
            agent("192.0.2.1", sys_name="R1", engine_id="80", addresses=("192.0.2.1", "192.0.2.9", "10.9.9.9")),
            agent("192.0.2.5", sys_name="R1", engine_id="81"),
        ]
    )
    assert [(one.id, one.addresses) for one in proposal.elements] == [
        ("r1", ("192.0.2.1", "192.0.2.9", "10.9.9.9")),
        ("r1-2", ("192.0.2.5",)),
    ]


def test_without_an_engine_name_kind_and_serial_tell():
    kind = {"sys_name": "sw", "sys_object_id": "1.3.6.1.4.1.9.1"}
    proposal = propose(
        [
            agent("192.0.2.1", **kind, serial="A"),
            agent("192.0.2.2", **kind, serial="A"),
            agent("192.0.2.3", **kind, serial="B"),
        ]
    )
    assert [one.addresses for one in proposal.elements] == [("192.0.2.1", "192.0.2.2"), ("192.0.2.3",)]


def test_an_address_that_two_say_they_have_is_of_neither():
    shared = {"addresses": ("192.0.2.100",)}
    proposal = propose([agent("192.0.2.1", engine_id="80", **shared), agent("192.0.2.2", engine_id="81", **shared)])
    assert [one.addresses for one in proposal.elements] == [("192.0.2.1",), ("192.0.2.2",)]


def test_ids_are_names_and_never_addresses():
    proposal = propose(
        [
            agent("192.0.2.1", sys_name="Core Router/1.Example.NET", engine_id="1"),
            agent("192.0.2.2", sys_name="192.0.2.2", engine_id="2"),
            agent("192.0.2.3", engine_id="3"),
            agent("192.0.2.4", sys_name="taken", engine_id="4"),
            agent("192.0.2.5", sys_name="netmon", engine_id="5"),
        ],
        taken=["taken"],
    )
    ids = [one.id for one in proposal.elements]
    assert ids[0] == "core-router-1.example.net"
    assert ids[1].startswith("element-")
    assert ids[2].startswith("element-")
    assert ids[3:] == ["taken-2", "netmon-2"]


def test_sites_come_from_locations():
    proposal = propose(
        [
            agent(f"192.0.2.{n}", engine_id=str(n), location=place)
            for n, place in ((1, "Berlin 1"), (2, "Berlin 1"), (3, ""))
        ]
    )
    assert proposal.sites == {"berlin-1": "Berlin 1"}
    assert [one.site for one in proposal.elements] == ["berlin-1", "berlin-1", ""]


def test_a_journal_goes_on_after_a_kill(tmp_path: Path):
    path = tmp_path / "d" / "journal.jsonl"
    with Journal(path, "all", 1_000) as journal:
        journal.trying("192.0.2.1", "a")
        journal.finished("192.0.2.1", agent("192.0.2.1", sys_name="r1"))
        journal.finished("192.0.2.2", None)
        journal.trying("192.0.2.3", "a")
    with path.open("ab") as file:
        file.write(b'{"tried":"b","a')
    again = Journal(path, "all", 2_000)
    assert (again.began, list(again.done), again.tried) == (1_000, ["192.0.2.1", "192.0.2.2"], {"192.0.2.3": ["a"]})
    assert [one.sys_name for one in again.agents] == ["r1"]
    with again:
        again.finished("192.0.2.3", None)
        again.end(3_000)
    third = Journal(path, "all", 4_000)
    assert (len(third.done), third.tried, third.ended) == (3, {}, 3_000)


def test_a_journal_of_something_else_is_begun_anew(tmp_path: Path):
    path = tmp_path / "journal.jsonl"
    with Journal(path, "all", 1_000) as journal:
        journal.finished("192.0.2.1", None)
    other = Journal(path, "some", 2_000)
    assert (other.done, other.began) == ({}, 2_000)
    with other:
        pass
    assert Journal(path, "all", 3_000).done == {}
