"""Two customers with the same addresses: each is asked, pinged and heard by a device or an address of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.observation import PollResult, Trap
from tests.wire.daemon import Daemon, netmon
from tests.wire.namespaces import Namespace, agent, cable, namespaces, needs_root
from tests.wire.peers import program, until

pytestmark = [pytest.mark.wire, pytest.mark.slow, needs_root]

ADDRESS = "198.18.0.2"
"""Of an agent of each customer."""
LINK_DOWN = ("", "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.1", "i", "1")

Network = tuple[Namespace, Namespace, Namespace]


def by_device(network: Network) -> dict[str, Any]:
    """Both ends have the same two addresses: only the device tells the customers apart."""
    core, *customers = network
    for device, customer in zip(("to-a", "to-b"), customers, strict=True):
        cable(core, device, customer, addresses=("198.18.0.1/24", f"{ADDRESS}/24"))
    return {"cust-a": {"device": "to-a"}, "cust-b": {"device": "to-b"}}


def by_address(network: Network) -> dict[str, Any]:
    """The host routes by where a packet comes from."""
    core, *customers = network
    for number, (device, customer) in enumerate(zip(("to-a", "to-b"), customers, strict=True), 1):
        ours, table = f"198.18.{number}.1", str(100 + number)
        cable(core, device, customer, addresses=(f"{ours}/32", f"{ADDRESS}/32"))
        core.ip("route", "add", ADDRESS, "dev", device, "table", table)
        core.ip("rule", "add", "from", ours, "table", table)
        customer.ip("route", "add", ours, "dev", "up0")
    return {"cust-a": {"bind": "198.18.1.1"}, "cust-b": {"bind": "198.18.2.1"}}


@pytest.mark.parametrize("build", [by_device, by_address])
async def test_equal_addresses_in_two_realms(tmp_path: Path, build: Callable[[Network], dict[str, Any]]) -> None:
    with namespaces(3) as network:
        core, of_a, of_b = network
        realms = build((core, of_a, of_b))
        listen = [{"address": listener(realm), "realm": name} for name, realm in realms.items()]
        elements = [
            {"id": f"{name[-1]}1", "addresses": [ADDRESS], "realm": name, "credential": "lab", "profiles": ["system"]}
            for name in realms
        ]
        with agent(of_a, tmp_path / "a", name="agent-of-a"), agent(of_b, tmp_path / "b", name="agent-of-b"):
            async with netmon(
                tmp_path,
                elements=elements,
                within=core.within,
                realms=realms,
                traps={"listen": listen, "communities": [{"credential": "lab"}]},
                polling={"default_every": "1s", "timeout": "500ms", "retries": 1, "ping": {"every": "1s"}},
                web={"enabled": False},
            ) as daemon:
                await until(lambda: names(daemon) == {"a1": b"agent-of-a", "b1": b"agent-of-b"}, what="both names")
                await until(lambda: pinged(daemon) == {"a1", "b1"}, what="answers to pings")
                for customer, realm in zip((of_a, of_b), realms.values(), strict=True):
                    to = realm.get("bind", "198.18.0.1")
                    customer.run(program("snmptrap"), "-v2c", "-c", "public", f"{to}:162", *LINK_DOWN)
                await until(lambda: len(traps(daemon)) == 2, what="both traps")
                of_b.ip("link", "set", "up0", "down")
                await daemon.told("raised", "b1", "node-unreachable")
                assert daemon.happened("a1", "node-unreachable") == []
    assert traps(daemon) == {("cust-a", "a1", "source"), ("cust-b", "b1", "source")}


async def test_a_device_that_is_made_anew_is_used_again(tmp_path: Path) -> None:
    """A socket stays on a device for good: when the network of the host is set up anew, it hears nothing any more."""
    with namespaces(2) as (core, customer):
        ends = ("198.18.0.1/24", f"{ADDRESS}/24")
        cable(core, "to-a", customer, addresses=ends)
        with agent(customer, tmp_path / "a", name="agent-of-a"):
            async with netmon(
                tmp_path,
                elements=[{"id": "a1", "addresses": [ADDRESS], "realm": "cust-a", "credential": "lab"}],
                within=core.within,
                realms={"cust-a": {"device": "to-a"}},
                traps={
                    "listen": [{"address": "0.0.0.0:162", "realm": "cust-a"}],
                    "communities": [{"credential": "lab"}],
                },
                polling={"default_every": "1s", "timeout": "500ms", "retries": 0, "ping": {"every": "1s"}},
                web={"enabled": False},
            ) as daemon:
                await until(lambda: pinged(daemon) == {"a1"}, what="an answer to a ping")
                core.ip("link", "delete", "to-a")
                await daemon.told("raised", "a1", "node-unreachable")
                cable(core, "to-a", customer, addresses=ends)
                await daemon.told("cleared", "a1", "node-unreachable")
                lost = len(answers(daemon))
                await until(lambda: len(answers(daemon)) > lost, what="an answer to a ping once more")
                await until(lambda: "listening again" in daemon.text(), what="the listener to come back")
                customer.run(program("snmptrap"), "-v2c", "-c", "public", "198.18.0.1:162", *LINK_DOWN)
                await until(lambda: traps(daemon) == {("cust-a", "a1", "source")}, what="a trap")


def listener(realm: dict[str, str]) -> str:
    """A realm with an address gives it to its listener; of a device any address will do."""
    return ":162" if "bind" in realm else "0.0.0.0:162"


def names(daemon: Daemon) -> dict[str, bytes]:
    """Return the sysName that each element told."""
    found = {}
    for result in (one for _, one in daemon.observations() if isinstance(one, PollResult)):
        for block in (block for block in result.blocks if "sysName" in block.columns):
            found[result.element] = block.cells[block.columns.index("sysName")][0]
    return found


def pinged(daemon: Daemon) -> set[str]:
    """Return the elements that answered a ping."""
    return {one.element for one in answers(daemon)}


def answers(daemon: Daemon) -> list[PollResult]:
    """Return the pings that were answered."""
    results = [one for _, one in daemon.observations() if isinstance(one, PollResult)]
    return [one for one in results if one.icmp is not None and one.icmp[1]]


def traps(daemon: Daemon) -> set[tuple[str, str, str]]:
    """Return realm and element of every trap, and how the element was found."""
    return {(one.realm, one.element, one.element_by) for _, one in daemon.observations() if isinstance(one, Trap)}
