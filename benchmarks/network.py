"""What netmon is told before it is measured: configuration, inventory, and a rule for each trap pair of `traffic`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.traffic import RULES, trap_oid
from benchmarks.version3 import AUTH, NAME, PRIV, USER

_CONFIG = {
    "version": 1,
    "node_id": "bench",
    "data_dir": "data",
    "web": {"enabled": False},
    "log": {"level": "warning"},
    "rules": ["rules.yaml", "metering.yaml"],
    "inventory": "inventory.yaml",
}


_NO_LIMIT = {"rate": "1000000/s", "burst": 1_000_000}
_NO_LIMITS = {
    "source": _NO_LIMIT,
    "trap": _NO_LIMIT,
    "v3_crypto_rate": "1000000/s",
    "v3_crypto_total": "1000000/s",
}
"""All traps come from this host: what protects netmon from a storm of one source would measure the storm limit."""


def write_network(
    folder: Path,
    *,
    traps: int,
    engine: int,
    elements: Sequence[Mapping[str, Any]] = (),
    services: Sequence[Mapping[str, Any]] = (),
    every: str = "5s",
    storm_limits: bool = False,
) -> Path:
    """Write everything into a folder and return the path of config.yaml; JSON is YAML too."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "community").touch(mode=0o600)
    (folder / "community").write_text("public")
    config = _CONFIG | {
        "credentials": [{"id": "bench", "version": "v2c", "community": {"file": "community"}}, _user(folder)],
        "traps": {"listen": [f"127.0.0.1:{traps}"]} | ({} if storm_limits else {"limits": _NO_LIMITS}),
        "engine": {"listen": f"127.0.0.1:{engine}"},
        "polling": {"default_every": every, "ping": "off"},
    }
    metering = [{"id": "ports", "services": ["svc-*"], "feed": "main", "poll": every}] if services else []
    storms = [] if storm_limits else [{"id": "trap-storm", "enabled": False}]
    _write(folder / "rules.yaml", {"version": 1, "rules": rules(), "storms": storms})
    _write(folder / "metering.yaml", {"version": 1, "metering": metering})
    _write(folder / "inventory.yaml", {"version": 1, "elements": list(elements), "services": list(services)})
    return _write(folder / "config.yaml", config)


def _user(folder: Path) -> dict[str, Any]:
    for name, password in (("auth", AUTH), ("priv", PRIV)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(password)
    auth = {"protocol": USER.auth, "password": {"file": "auth"}}
    return {"id": "v3", "user": NAME, "auth": auth, "priv": {"protocol": USER.priv, "password": {"file": "priv"}}}


def rules() -> list[dict[str, Any]]:
    """Return one rule per trap pair; the object is found by name, as no agent is there to teach the index."""
    return [_rule(number) for number in range(RULES)]


def _rule(number: int) -> dict[str, Any]:
    return {
        "id": f"port-{number:03d}",
        "type": "bench-port",
        "raise": [{"trap": trap_oid(number, "down"), "when": "vb.ifAdminStatus != down"}],
        "clear": [{"trap": trap_oid(number, "up")}],
        "object": "if:{vb.ifName}",
        "severity": {"critical": "tag.role == 'backbone'", "else": "major"},
        "probable_cause": "lossOfSignal",
        "text": "{object.name} on {element.name} is down",
    }


def _write(path: Path, data: Any) -> Path:
    path.write_text(json.dumps(data, indent=1))
    return path
