"""prometheus-snmp-exporter with a module for interfaces, as its generator writes it."""

import contextlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.engine_process import wait_for
from tests.wire.peers import free_port, get, program, running

_IF, _IFX = "1.3.6.1.2.1.2.2", "1.3.6.1.2.1.31.1.1"
_COLUMNS = {
    f"{_IF}.1": {
        "ifIndex": (1, "gauge"), "ifType": (3, "gauge"), "ifMtu": (4, "gauge"), "ifSpeed": (5, "gauge"),
        "ifPhysAddress": (6, "PhysAddress48"), "ifAdminStatus": (7, "gauge"), "ifOperStatus": (8, "gauge"),
        "ifLastChange": (9, "gauge"), "ifInOctets": (10, "counter"), "ifInUcastPkts": (11, "counter"),
        "ifInDiscards": (13, "counter"), "ifInErrors": (14, "counter"), "ifOutOctets": (16, "counter"),
        "ifOutUcastPkts": (17, "counter"), "ifOutDiscards": (19, "counter"), "ifOutErrors": (20, "counter"),
    },
    f"{_IFX}.1": {
        "ifInMulticastPkts": (2, "counter"), "ifInBroadcastPkts": (3, "counter"), "ifOutMulticastPkts": (4, "counter"),
        "ifOutBroadcastPkts": (5, "counter"), "ifHCInOctets": (6, "counter"), "ifHCInUcastPkts": (7, "counter"),
        "ifHCOutOctets": (10, "counter"), "ifHCOutUcastPkts": (11, "counter"), "ifHighSpeed": (15, "gauge"),
        "ifPromiscuousMode": (16, "gauge"), "ifConnectorPresent": (17, "gauge"),
        "ifCounterDiscontinuityTime": (19, "gauge"),
    },
}  # fmt: skip
_LABELS = {"ifName": f"{_IFX}.1.1", "ifDescr": f"{_IF}.1.2", "ifAlias": f"{_IFX}.1.18"}


@contextlib.contextmanager
def exporter(folder: Path, **modules: dict[str, Any]) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Run the exporter, with more modules; yield its process and the URL to scrape, without module and target."""
    folder.mkdir(parents=True, exist_ok=True)
    config, base = folder / "snmp.yml", f"127.0.0.1:{free_port()}"
    config.write_text(json.dumps({"if_mib": _module()} | modules, indent=1))
    command = (program("prometheus-snmp-exporter"), f"--config.file={config}", f"--web.listen-address={base}")
    with running(*command, log=folder / "exporter.log") as process:
        wait_for(lambda: get(f"http://{base}/metrics"), what="prometheus-snmp-exporter")
        yield process, f"http://{base}/snmp?"


def scrape(url: str) -> int:
    """Scrape one agent and return the number of samples.

    Raises:
        RuntimeError: it brought next to nothing.
    """
    with urllib.request.urlopen(url, timeout=20) as answer:
        samples = sum(not line.startswith(b"#") for line in answer)
    if samples < 100:
        raise RuntimeError(f"{url}: {samples} samples")
    return samples


def plain_module(how: str, columns: Sequence[str], ports: int) -> dict[str, Any]:
    """Return a module that walks columns, or gets their instances, and looks nothing up."""
    indexes = [{"labelname": "ifIndex", "type": "gauge"}]
    metrics = [
        {"name": f"column{number}", "oid": oid, "type": "gauge", "help": oid, "indexes": indexes}
        for number, oid in enumerate(columns)
    ]
    oids = [f"{column}.{port}" for port in range(1, ports + 1) for column in columns]
    return {"version": 2, "auth": {"community": "public"}, "max_repetitions": ports, "metrics": metrics} | (
        {"walk": list(columns)} if how == "walk" else {"get": oids}
    )


def _module() -> dict[str, Any]:
    return if_mib() | {"version": 2, "auth": {"community": "public"}}


def if_mib() -> dict[str, Any]:
    """Return the module as newer exporters and netmon read it: without version and auth."""
    return {
        "walk": [_IF, _IFX],
        "metrics": [
            _metric(name, f"{entry}.{column}", kind)
            for entry, columns in _COLUMNS.items()
            for name, (column, kind) in columns.items()
        ],
    }


def _metric(name: str, oid: str, kind: str) -> dict[str, Any]:
    lookups = [{"labels": ["ifIndex"], "labelname": label, "oid": of, "type": "DisplayString"}
               for label, of in _LABELS.items()]  # fmt: skip
    indexes = [{"labelname": "ifIndex", "type": "gauge"}]
    return {"name": name, "oid": oid, "type": kind, "help": name, "indexes": indexes, "lookups": lookups}
