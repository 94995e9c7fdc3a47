"""Configuration and inventory of ``netmon demo``."""

from datetime import UTC, datetime
from pathlib import Path

import yaml

from netmon.cli.simulate.network import Network
from netmon.cli.simulate.town import SITES

_CONFIG = """\
# Written by `netmon demo`; a configuration of your own: `netmon init`.
version: 1
node_id: demo
data_dir: {folder}
inventory: inventory.yaml
credentials:
  - {{id: demo, version: v2c, community: {{file: community}}}}
traps:
  listen: ["127.0.0.1:{traps}"]
  communities: [{{credential: demo}}]
polling: {{default_every: 5s, timeout: 500ms, retries: 1, ping: off}}
web: {{listen: "127.0.0.1:{web}"}}
engine: {{listen: "127.0.0.1:{engine}"}}
rules: [metering.yaml]
"""
_METERING = """\
version: 1
metering:
  - {id: customer-ports, services: ["svc-*"], feed: main, poll: 10s}
"""
_CUSTOMERS = (
    ("svc-0815", "cust-0815", "ber1-edge-1/if:xe-0/0/1"),
    ("svc-4711", "cust-4711", "ber1-edge-1/if:xe-0/0/2"),
    ("svc-1042", "cust-1042", "ham1-edge-1/if:xe-0/0/1"),
)


def write_demo_files(folder: Path, network: Network, *, community: str, traps: int, web: int, engine: int) -> Path:
    """Write what the daemon needs to watch the simulated network; return the path of config.yaml."""
    secret = folder / "community"
    secret.touch(mode=0o600)
    secret.write_text(community)
    (folder / "metering.yaml").write_text(_METERING)
    (folder / "inventory.yaml").write_text(yaml.safe_dump(_inventory(network), sort_keys=False))
    config = folder / "config.yaml"
    config.write_text(_CONFIG.format(folder=folder, traps=traps, web=web, engine=engine))
    return config


def _inventory(network: Network) -> dict[str, object]:
    elements = []
    for id_, simulated in network.agents.items():
        address, port = simulated.address
        model = network.models[id_]
        elements.append(
            {
                "id": model.id,
                "addresses": [address],
                "port": port,
                "site": model.site,
                "role": model.role,
                "credential": "demo",
            }
        )
    return {
        "version": 1,
        "sites": [{"id": id_, "name": name} for id_, name in SITES.items()],
        "elements": elements,
        "services": [
            {
                "id": service,
                "party_ref": party,
                "members": [{"object": port, "facing": "customer", "valid_from": _this_quarter()}],
            }
            for service, party, port in _CUSTOMERS
        ],
    }


def _this_quarter() -> str:
    """Return the last quarter of an hour: what is metered begins at such a boundary."""
    now = datetime.now(UTC)
    return now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")
