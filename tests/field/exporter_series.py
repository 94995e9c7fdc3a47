"""``walks.snmp_exporter``: recordings scraped by /snmp and by Debian's prometheus-snmp-exporter: the same series.

The modules are those of the folder's snmp.yml for interfaces, systems, hosts and UPS, less the keys that the older
exporter of Debian does not know. A recording on which the exporter fails (rows that are one series) has no rows here.
What remains differs on purpose: text where a number should be and dates that are none are series of the exporter, but
none of netmon.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from netmon.app.exporter import Exporter
from netmon.cli.simulate.endpoint import Endpoint
from netmon.config.exporter import ExporterFiles, read_exporter_files
from netmon.domain.inventory import Element
from netmon.domain.oid import Varbind
from netmon.snmp.agent import Agent
from netmon.snmp.responder import Responder
from netmon.sources.clock import Clock
from netmon.sources.poller.poller import Poller
from netmon.sources.poller.schedule import PollingConfig
from netmon.telemetry.metrics import Metrics
from tests.field.sheet import Sheet, progress
from tests.field.walks import recordings_of
from tests.sources.taking import Taking
from tests.wire.peers import free_port, get, program, running, until
from tests.wire.test_exporter import read_url, series, written

SCORE = "walks.snmp_exporter"

_MODULES = ("if_mib", "system", "ucd_la_table", "ucd_memory", "ucd_system_stats", "ups_mib", "hrStorage", "hrSystem")
_NEWER = ("scale", "offset", "datetime_pattern", "display_hint")
_RECORDINGS = 20
_OK = 200


def score_exporter_series(folder: Path, sheet: Sheet) -> None:
    """Count every series that either of the two makes of the recordings of a folder."""
    source = folder / "snmp_exporter" / "snmp.yml"
    if not source.is_file() or not (folder / "recordings").is_dir():
        return
    recordings = dict(islice(recordings_of(folder / "recordings"), _RECORDINGS))
    try:
        known = yaml.load(source.read_bytes(), Loader=yaml.CSafeLoader)["modules"]
        command = program("prometheus-snmp-exporter")
    except (yaml.YAMLError, KeyError, TypeError, RuntimeError) as error:
        progress(f"{SCORE}: {error}")
        return
    modules = {name: _older(known[name]) for name in _MODULES if name in known}
    if not modules or not recordings:
        return
    with tempfile.TemporaryDirectory(prefix="netmon-exporter-") as work:
        asyncio.run(_score(Path(work), command, modules, recordings, sheet))


def _older(module: Mapping[str, Any]) -> dict[str, Any]:
    """Return a module as far as the older exporter knows its keys."""
    metrics = [
        {key: value for key, value in metric.items() if key not in _NEWER} for metric in module.get("metrics") or ()
    ]
    return {**{key: value for key, value in module.items() if key in ("walk", "get")}, "metrics": metrics}


async def _score(
    work: Path,
    command: str,
    modules: Mapping[str, Any],
    recordings: Mapping[str, tuple[Varbind, ...]],
    sheet: Sheet,
) -> None:
    old = {name: {**module, "version": 2, "auth": {"community": "public"}} for name, module in modules.items()}
    (work / "peer.yml").write_text(written(old))
    (work / "snmp.yml").write_text(written({"auths": {"public_v2": {}}, "modules": dict(modules)}))
    files, base = read_exporter_files([work / "snmp.yml"]), f"127.0.0.1:{free_port()}"
    with running(
        command, f"--config.file={work / 'peer.yml'}", f"--web.listen-address={base}", log=work / "exporter.log"
    ):
        await until(lambda: get(f"http://{base}/metrics"), what="prometheus-snmp-exporter")
        for recording, rows in recordings.items():
            progress(f"{SCORE} {recording}")
            async with _served(files, rows) as (exporter, target):
                for module in modules:
                    asked = {"recording": recording, "module": module}
                    await _compare(exporter, f"http://{base}/snmp?target={target}&module={module}", sheet, asked)


@contextlib.asynccontextmanager
async def _served(files: ExporterFiles, rows: tuple[Varbind, ...]) -> AsyncIterator[tuple[Exporter, str]]:
    """Serve a recording; time stands still for it, so that both see the same values."""
    endpoint = Endpoint(Responder([Agent(rows)]), ("127.0.0.1", 0), clock=lambda: 0)
    host, port = endpoint.address
    metrics = Metrics()
    poller = Poller(PollingConfig(), intake=Taking(at_once=True), clock=Clock(), metrics=metrics)
    exporter = Exporter(poller, metrics)
    exporter.use(files, credentials=(), elements=[Element("r1", (host,), port=port)], polling=PollingConfig())
    endpoint.start()
    polling = asyncio.create_task(poller.run())
    try:
        # Its sockets are open once it has had a turn.
        await asyncio.sleep(0)
        yield exporter, f"{host}:{port}"
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        endpoint.stop()


async def _compare(exporter: Exporter, url: str, sheet: Sheet, asked: dict[str, str]) -> None:
    status, theirs = await asyncio.to_thread(read_url, url)
    if status != _OK:
        progress(f"{SCORE} {asked['recording']} {asked['module']}: {theirs.splitlines()[-1][:200]}")
        return
    status, text = await exporter.answer([("target", "r1"), ("module", asked["module"])])
    ours, wanted = series(text) if status == _OK else {}, series(theirs)
    for key in ours | wanted:
        had = ours.get(key)
        sheet.row(SCORE, had == wanted.get(key), **asked, row=[*key, wanted.get(key)], had=had)
