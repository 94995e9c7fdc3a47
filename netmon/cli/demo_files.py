"""Configuration, rules and inventory of ``netmon demo``."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from netmon.cli.demo_access import write_secret
from netmon.cli.demo_usage import NODE_ID, POLL_MS
from netmon.cli.simulate.network import Network
from netmon.cli.simulate.town import METERED, PEERS, SERVICES, SITES, UPLINKS, uplinks

_CONFIG = """\
# Written by `netmon demo`; a configuration of your own: `netmon init`.
version: 1
node_id: {node_id}
data_dir: {folder}
inventory: inventory.yaml
credentials:
  - {{id: demo, version: v2c, community: {{file: community}}}}
traps:
  listen: ["{traps}"]
  communities: [{{credential: demo}}]
polling: {{default_every: 5s, timeout: 500ms, retries: 1, ping: off}}
# The story tells in four minutes what fails in a day: its usual rate is no flood.
web: {{listen: "{web}", flood_per_10min: 100}}
engine: {{listen: "{engine}"}}
rules: [rules]
"""
_METERING = f"""\
version: 1
metering:
  - {{id: customer-ports, services: ["{METERED}"], feed: main, poll: {POLL_MS // 1000}s}}
"""
_VENDOR = "Example Networks"


def write_demo_files(
    folder: Path, network: Network, *, community: str, traps: str, web: str, engine: str, since: int
) -> Path:
    """Write what the daemon needs to watch the simulated network; return the path of config.yaml.

    ``since``: from when on usage is metered, UTC ms, a quarter of an hour.
    """
    write_secret(folder / "community", community.encode())
    _write_rules(folder / "rules")
    (folder / "inventory.yaml").write_text(yaml.safe_dump(_inventory(network, since), sort_keys=False))
    config = folder / "config.yaml"
    config.write_text(_CONFIG.format(folder=folder, node_id=NODE_ID, traps=traps, web=web, engine=engine))
    return config


def _write_rules(folder: Path) -> None:
    """Write the rules with their tests, which ``netmon rules test`` runs."""
    folder.mkdir(exist_ok=True)
    for name in ("thresholds.yaml", "thresholds.test.yaml"):
        (folder / name).write_text((resources.files("netmon.cli.demo_rules") / name).read_text())
    (folder / "metering.yaml").write_text(_METERING)


def _inventory(network: Network, since: int) -> dict[str, Any]:
    return {
        "version": 1,
        "sites": [{"id": site.id, "name": site.name, "lat": site.lat, "lon": site.lon} for site in SITES],
        "elements": list(_elements(network)),
        "links": [*_links(), *_cards(network)],
        "groups": list(_groups()),
        "services": list(_services(_second(since))),
    }


def _elements(network: Network) -> Iterator[dict[str, Any]]:
    for id_, simulated in network.agents.items():
        address, port = simulated.endpoint.address
        model = network.models[id_]
        yield {
            "id": id_,
            "addresses": [address],
            "port": port,
            "site": model.site,
            "role": model.role,
            "credential": "demo",
            "tags": {"role": "backbone" if model.role == "core" else "access", "vendor": _VENDOR},
        }


def _links() -> Iterator[dict[str, str]]:
    for kind, pairs in (("peer", PEERS), ("uplink", UPLINKS)):
        for over, under in pairs:
            yield {"id": link_id(over, under), "a": _port(over), "b": _port(under), "kind": kind}


def link_id(over: str, under: str) -> str:
    """Return the id of a link between two ports, ``element/port``."""
    return f"{over}--{under}".replace("/", "-")


def _cards(network: Network) -> Iterator[dict[str, str]]:
    """Yield what the ports of core routers depend on within their element: the card they are on."""
    for id_, simulated in network.agents.items():
        equipment = simulated.equipment
        if equipment is None or network.models[id_].role != "core":
            continue
        for card in equipment.cards():
            for port in equipment.card_ports(card):
                link = f"{id_}-card-{port}".replace("/", "-")
                yield {"id": link, "a": f"{id_}/entity:{card}", "b": f"{id_}/if:{port}", "kind": "uplink"}


def _groups() -> Iterator[dict[str, Any]]:
    for id_, over in uplinks().items():
        if len(over) > 1:
            members = [link_id(*pair) for pair in UPLINKS if pair[1].startswith(f"{id_}/")]
            yield {"id": f"uplinks-{id_}", "members": members, "need": 1}


def _services(since: str) -> Iterator[dict[str, Any]]:
    for service in SERVICES:
        yield {
            "id": service.id,
            "name": service.name,
            "party_ref": service.party,
            "depends_on": list(service.depends_on),
            "members": [{"object": _port(port), "facing": "customer", "valid_from": since} for port in service.ports],
        }


def _port(text: str) -> str:
    element, _, port = text.partition("/")
    return f"{element}/if:{port}"


def _second(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
