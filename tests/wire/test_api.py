"""Every operation of a running netmon against its own document, by example and by schemathesis."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.core.result import Ok

from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import notify, set_lo, snmpd, until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
AT = "2026-01-02T03:04:05.000Z"
STREAM = "/api/v1/live"
"""Never ends by itself; tests/web/test_live.py is about it."""

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth"

QUERIES: dict[str, dict[str, Any]] = {
    "/api/v1/names": {"kind": "site"},
    "/api/v1/live/changes": {"since": 0},
    "/api/v1/query": {"metric": ["ifHCInOctets"], "element": ["gw"]},
    "/api/v1/series": {"element": "gw"},
    "/api/v1/usage/statements": {"contract": "none", "period": "2026-10"},
}
"""What an operation cannot do without."""

ORDER = ("PUT", "POST", "GET", "PATCH", "DELETE")
"""What is read was made before, and goes last."""

PLACES = {"element": "gw", "window": "no-window", "service": "line-1", "name": "night", "feed": "main", "seq": "1"}

FEED = tuple(
    f"/feeds/{{feed}}/{what}"
    for what in ("files", "series", "records", "table", "proof", "exceptions", "ack", "redeliver")
)
NOT_THERE = (
    "/maintenance/{window}",
    "Alarms/{id}",
    "/groupAlarms",
    "sage/{id}",
    "Specification/{id}",
    "/resourceUsage",
    "/usage",
    "/statements",
    *FEED,
)
"""Ends of paths for which this netmon has nothing: no port is metered, tasks have own ids, there is one alarm only."""


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Daemon, str, str]]:
    """Yield a daemon that polls an agent, a token that may do everything, and the id of an alarm."""
    async with snmpd(folder / "agent") as agent:
        elements = [{"id": "gw", "addresses": ["127.0.0.1"], "port": agent, "credential": "lab", "ping": False}]
        services = [{"id": "line-1", "members": [{"object": "gw/if:lo", "facing": "customer"}]}]
        async with netmon(folder, elements=elements, services=services) as daemon:
            scopes = [word for scope in ("read", "operate", "usage", "admin") for word in ("--scope", scope)]
            token = daemon.netmon("user", "token", "admin", *scopes)
            await until(lambda: stored_series(daemon, token), what="the first samples")
            set_lo(agent, 2)
            ports = [f"1.3.6.1.2.1.2.2.1.{column}.1" for column in (1, 7, 8)]
            varbinds = [word for oid, value in zip(ports, "112", strict=True) for word in (oid, "i", value)]
            assert notify(daemon.traps, "", LINK_DOWN, *varbinds) == 0
            await until(lambda: daemon.happened("gw/if:lo", "link-alarm"), what="the alarm")
            yield daemon, token, daemon.alarms()[0].alarm_id


def stored_series(daemon: Daemon, token: str) -> list[str]:
    """Return the ids of the series that can be asked for."""
    url, headers = f"http://{daemon.web}/api/v1/series?element=gw", {"Authorization": f"Bearer {token}"}
    return [one["id"] for one in httpx.get(url, headers=headers, timeout=30).raise_for_status().json()["series"]]


def bodies(alarm: str) -> dict[str, Any]:
    """Return what to send where something is to be sent."""
    task = {"ackSystemId": "oss", "ackUserId": "ann", "alarmPattern": [{"id": alarm}]}
    ref = [{"id": alarm}]
    group = {"sourceSystemId": "oss", "alarmChangedTime": AT, "parentAlarm": ref, "correlatedAlarm": ref}
    return {
        "/api/v1/alarms/actions": {"action": "comment", "alarms": [{"id": alarm}], "comment": "on my way"},
        "/api/v1/maintenance": {"where": "element.id == 'night'", "to": "2100-01-01T00:00:00Z"},
        "/api/v1/views/{name}": {"filter": "severity:major"},
        "/ack": {"through_file_seq": 1},
        "/redeliver": {"from": 1, "to": 1},
        "ackAlarms": task,
        "unAckAlarms": task,
        "clearAlarms": {
            "clearSystemId": "oss",
            "clearUserId": "ann",
            "alarmClearedTime": AT,
            "alarmPattern": [{"id": "gone"}],
        },
        "commentAlarms": {"comment": {"comment": "on my way"}, "alarmPattern": [{"id": alarm}]},
        "/groupAlarms": group,
        "/unGroupAlarms": group,
    }


def sent(path: str, alarm: str) -> Any:
    return next((body for end, body in bodies(alarm).items() if path.endswith(end)), {})


async def test_every_operation_answers_as_the_document_says(tmp_path: Path) -> None:
    async with running(tmp_path) as (daemon, token, alarm):
        url, headers = f"http://{daemon.web}", {"Authorization": f"Bearer {token}"}
        document = httpx.get(f"{url}/openapi.json", headers=headers, timeout=PATIENCE_S).raise_for_status().json()
        OpenAPIV31SpecValidator(document).validate()
        series = stored_series(daemon, token)
        schema = schemathesis.openapi.from_dict(document)
        asked = []
        results = [result for result in schema.get_all_operations() if isinstance(result, Ok)]
        for one in sorted((result.ok() for result in results), key=lambda one: ORDER.index(one.method.upper())):
            if one.path == STREAM:
                continue
            places = {**PLACES, "id": series[0] if "/series/" in one.path else alarm}
            case = one.Case(
                path_parameters={name: value for name, value in places.items() if f"{{{name}}}" in one.path},
                query=QUERIES.get(one.path, {}),
                **({"body": sent(one.path, alarm), "media_type": "application/json"} if one.body else {}),
            )
            answer = case.call_and_validate(base_url=url, headers=headers)
            there = answer.status_code < 300 or one.path.endswith(NOT_THERE)
            assert there, (one.label, answer.status_code, answer.text)
            asked.append(one.label)
        assert len(asked) > 20


async def test_schemathesis_finds_no_server_error_and_no_undeclared_answer(tmp_path: Path) -> None:
    async with running(tmp_path) as (daemon, token, _):
        url, key = f"http://{daemon.web}", f"Authorization: Bearer {token}"
        (tmp_path / "openapi.json").write_bytes(
            httpx.get(f"{url}/openapi.json", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S).content
        )
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(tmp_path / "openapi.json")]
        limits = ["--phases", "coverage,fuzzing", "-n", "8", "--generation-deterministic", "--request-timeout", "30"]
        command += ["--url", url, "-H", key, "--exclude-path", STREAM, "-c", CHECKS, *limits]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout
        assert "bug" not in daemon.text()
        assert "Traceback" not in daemon.text()
