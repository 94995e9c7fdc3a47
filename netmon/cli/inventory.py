"""``netmon inventory``: what the running daemon knows of its elements."""

import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import quote

import msgspec
import typer

from netmon.cli import discover, inventory_import
from netmon.cli.engine import NoEngine, read
from netmon.cli.frame import (
    PROBLEM,
    ConfigOption,
    JsonOption,
    count,
    examples,
    fail,
    natural,
    print_json,
    print_table,
    read_settings,
    span,
    without_empty,
)
from netmon.cli.help import Commands
from netmon.cli.polls import TITLES, by_share, cells, learned, line
from netmon.domain.element import ElementDetail, ElementState, LinkState, Network, ObjectState, PollState
from netmon.domain.request import OwnSnmpEngine

inventory = Commands(no_args_is_help=True, help="Elements: what they are, how polling them goes.")

_EPILOG = examples(
    ("netmon inventory show", "every element with its state"),
    ("netmon inventory show --poll", "how long polls take, what was learned, what fails"),
    ("netmon inventory show core1", "facts, poll plan and parts of one element"),
    ("netmon inventory show --links", "links of the inventory, and links that neighbors tell of"),
    ("netmon inventory show --engine", "id and boots of netmon's own SNMP engine, and engine ids that devices share"),
    ("netmon inventory show --unknown", "senders of traps that the inventory does not have"),
)


@inventory.callback()
def _group() -> None:
    """Elements: what they are, how polling them goes."""


inventory.command("discover", epilog=discover.EPILOG)(discover.discover)
inventory.command("import", epilog=inventory_import.IMPORT_EPILOG)(inventory_import.import_csv)
inventory.command("diff", epilog=inventory_import.DIFF_EPILOG)(inventory_import.diff)


@inventory.command("show", epilog=_EPILOG)
def show(
    element: Annotated[
        str, typer.Argument(metavar="ELEMENT", help="Id of an element; default: all.", show_default=False)
    ] = "",
    config: ConfigOption = None,
    poll: Annotated[bool, typer.Option("--poll", help="How polling goes.")] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="Only senders outside the inventory.")] = False,
    links: Annotated[bool, typer.Option("--links", help="Links, of the inventory and as neighbors tell.")] = False,
    engine: Annotated[bool, typer.Option("--engine", help="netmon's own SNMP engine.")] = False,
    json: JsonOption = False,
) -> None:
    """Show elements as the running daemon knows them; asks it over its socket.

    Exit code 1: there is no such element.
    """
    data_dir = read_settings(config).data_dir
    if element:
        _show_one(data_dir, element, json=json)
    elif engine:
        _show_engine(data_dir, json=json)
    elif links:
        _show_links(data_dir, json=json)
    elif poll:
        _show_polls(data_dir, json=json)
    else:
        _show_all(data_dir, unknown=unknown, json=json)


def _show_all(data_dir: Path, *, unknown: bool, json: bool) -> None:
    found = [one for one in _network(data_dir).elements if one.unknown or not unknown]
    if json:
        print_json(found)
        return
    titles = ("element", "address", "site", "type", "reachability", "agent", "last poll", "down", "unmatched")
    print_table(*without_empty(titles, map(_line, found)))
    typer.echo(count(len(found), "element"))


def _line(one: ElementState) -> tuple[str, ...]:
    return (
        one.id,
        ", ".join(one.addresses),
        one.site,
        one.type,
        "not in the inventory" if one.unknown else one.reachability,
        one.agent,
        _time(one.last_poll),
        str(one.if_down),
        str(one.unmatched),
    )


def _show_polls(data_dir: Path, *, json: bool) -> None:
    polls = msgspec.json.decode(_ask(data_dir, "/internal/v1/polls"), type=dict[str, PollState])
    ordered = by_share(polls)
    if json:
        print_json([{"element": id_, **msgspec.to_builtins(poll)} for id_, poll in ordered])
        return
    print_table(TITLES, (line(id_, poll) for id_, poll in ordered))


def _show_engine(data_dir: Path, *, json: bool) -> None:
    own = msgspec.json.decode(_ask(data_dir, "/internal/v1/snmp-engine"), type=OwnSnmpEngine)
    if json:
        print_json(own)
        return
    print_table(("engine id", own.engine_id), (("boots", str(own.boots)), ("time", f"{own.time_s} s")))
    if own.shared:
        typer.echo()
        titles = ("engine_id_shared", "realm", "elements")
        print_table(titles, ((one.engine_id, one.realm, ", ".join(one.elements)) for one in own.shared))


def _show_one(data_dir: Path, element: str, *, json: bool) -> None:
    detail = _detail(data_dir, element)
    if json:
        print_json(detail)
        return
    print_table(("element", element), _facts(detail))
    if detail.poll.groups:
        typer.echo()
        of_group = ("group", "every", "took", "cells", "reads", "reason")
        print_table(*without_empty(of_group, map(_group_line, detail.poll.groups)))
        typer.echo()
        for group in detail.poll.groups:
            typer.echo(_reads(group))
    if detail.objects:
        typer.echo()
        titles = ("object", "description", "admin", "oper", "last", "model", "serial")
        objects = sorted(detail.objects, key=lambda one: natural(one.object))
        print_table(*without_empty(titles, (_object_line(one, of=element) for one in objects)))
    if detail.links:
        typer.echo()
        print_table(("port", "leads to", "status", "since"), map(_link_line, detail.links))
    if detail.unmatched:
        typer.echo()
        rows = ((one.name, str(one.count), _time(one.first), _time(one.last)) for one in detail.unmatched)
        print_table(("trap without a rule", "count", "first", "last"), rows)


def _facts(detail: ElementDetail) -> Iterable[tuple[str, str]]:
    state, facts, poll = detail.state, detail.facts, detail.poll
    told = {
        "name": state.name,
        "addresses": ", ".join(state.addresses),
        "says it has": ", ".join(address for address in detail.found_addresses if address not in state.addresses),
        "site": state.site,
        "realm": "" if detail.realm == "default" else detail.realm,
        "credential": detail.credential,
        "reachability": "not in the inventory" if state.unknown else state.reachability,
        "agent": state.agent,
        "sysDescr": " ".join(facts.sys_descr.split()),
        "sysName": facts.sys_name,
        "sysObjectID": facts.sys_object_id,
        "engineID": facts.engine_id,
        "location": facts.location,
        "contact": facts.contact,
        "agent started": _time(facts.booted),
        "profiles": ", ".join(poll.profiles),
        "polling": poll.state,
        "learned": learned(poll),
        "not asked for": ", ".join(poll.left_out),
    }
    return ((name, value) for name, value in told.items() if value)


def _group_line(group: Any) -> tuple[str, ...]:
    run, reads = group.run, count(len(group.tables), "table") if group.tables else count(len(group.billed), "port")
    took = span(run.elapsed_ms) if run.at else ""
    return group.name, span(group.every_ms), took, cells(run), reads, run.reason


def _reads(group: Any) -> str:
    """Return what a group of polls reads, in lines that fit."""
    names = ", ".join(group.tables or group.billed)
    return textwrap.fill(f"{group.name} reads: {names}", 79, subsequent_indent="  ", break_on_hyphens=False)


def _object_line(one: ObjectState, *, of: str) -> tuple[str, ...]:
    return (
        one.object.removeprefix(f"{of}/"),
        one.description,
        one.admin,
        one.oper,
        _time(one.last),
        one.model,
        one.serial,
    )


def _link_line(link: LinkState) -> tuple[str, ...]:
    said = f"{link.status}, neighbors say {link.mismatch}" if link.mismatch else link.status
    return link.a, link.b, said, _time(link.since)


def _show_links(data_dir: Path, *, json: bool) -> None:
    links = _network(data_dir).connections
    if json:
        print_json(links)
        return
    titles = ("link", "a", "b", "status", "since", "inventory")
    print_table(titles, ((one.id, *_link_line(one), "yes" if one.configured else "") for one in links))
    typer.echo(count(len(links), "link"))


def _network(data_dir: Path) -> Network:
    return msgspec.json.decode(_ask(data_dir, "/internal/v1/elements"), type=Network)


def _detail(data_dir: Path, element: str) -> ElementDetail:
    return msgspec.json.decode(_ask(data_dir, f"/internal/v1/elements/{quote(element, safe='')}"), type=ElementDetail)


def _ask(data_dir: Path, path: str) -> bytes:
    try:
        status, body = read(data_dir, path)
    except NoEngine as error:
        fail(str(error))
    if status != HTTPStatus.OK:
        _refused(body)
    return body


def _refused(body: bytes) -> NoReturn:
    fail("; ".join(msgspec.json.decode(body)["problems"]), code=PROBLEM)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else ""
