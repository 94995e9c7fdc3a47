"""Networks of their own on this host: namespaces joined by cables (veth pairs), with net-snmp's agent in each.

The addresses are of 198.18.0.0/15, which RFC 2544 keeps for tests between networks.
"""

import contextlib
import itertools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.peers import program, running

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make network namespaces")

_COUNT = itertools.count()


class Namespace:
    """A network namespace; commands run inside it."""

    def __init__(self) -> None:
        self.name = f"netmon-{os.getpid()}-{next(_COUNT)}"
        self.within = (program("ip"), "netns", "exec", self.name)

    def ip(self, *words: str) -> None:
        """Run ``ip`` inside."""
        _ip("-n", self.name, *words)

    def run(self, *command: str) -> None:
        """Run any command inside."""
        subprocess.run([*self.within, *command], check=True, capture_output=True, timeout=60)


@contextlib.contextmanager
def namespaces(count: int) -> Iterator[list[Namespace]]:
    """Make namespaces with a loopback each; they go with everything in them."""
    made = [Namespace() for _ in range(count)]
    try:
        for one in made:
            _ip("netns", "add", one.name)
            one.ip("link", "set", "lo", "up")
        yield made
    finally:
        for one in made:
            subprocess.run([program("ip"), "netns", "del", one.name], check=False, capture_output=True, timeout=60)


def cable(here: Namespace, device: str, there: Namespace, *, addresses: tuple[str, str]) -> None:
    """Join two namespaces: ``device`` here, ``up0`` there, with an address and its prefix length each."""
    here.ip("link", "add", device, "type", "veth", "peer", "name", "up0", "netns", there.name)
    for one, name, address in ((here, device, addresses[0]), (there, "up0", addresses[1])):
        one.ip("address", "add", address, "dev", name)
        one.ip("link", "set", name, "up")


@contextlib.contextmanager
def agent(within: Namespace, folder: Path, *, name: str) -> Iterator[None]:
    """Run net-snmp's agent on port 161 of every address, community ``public``."""
    folder.mkdir(parents=True)
    config = folder / "snmpd.conf"
    config.write_text(f"rocommunity public\nagentaddress udp:161\nsysName {name}\n")
    command = (program("snmpd"), "-f", "-Lo", "-C", "-c", str(config), "-I", "-smux", "-p", str(folder / "pid"))
    env = {"SNMP_PERSISTENT_DIR": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin", "MIBS": ""}
    with running(*within.within, *command, log=folder / "snmpd.log", env=env):
        yield


def _ip(*words: str) -> None:
    subprocess.run([program("ip"), *words], check=True, capture_output=True, timeout=60)
