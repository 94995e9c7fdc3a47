"""``netmon inventory discover``: which elements are in a network range (specs/snmp.md 5.5)."""

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import msgspec
import typer

from netmon.cli.discover_screen import Screen
from netmon.cli.frame import ConfigOption, JsonOption, count, examples, fail, print_json, read_config
from netmon.cli.inventory_file import Items, edited, item, part, write
from netmon.config.load import Loaded
from netmon.domain.enterprise import vendor
from netmon.normalize.addresses import plain
from netmon.snmp.client import Client
from netmon.sources.credential import Credential
from netmon.sources.discover.asking import Agent, Asking
from netmon.sources.discover.credentials import Order, bound_to
from netmon.sources.discover.joining import Proposal, Proposed, propose
from netmon.sources.discover.journal import Journal, journal_path, looked_for
from netmon.sources.discover.pace import MOST_PER_S, Pace
from netmon.sources.discover.sweep import sweep
from netmon.sources.discover.targets import WrongRange, addresses
from netmon.sources.ping import RIGHTS, answers_ping, may_ping
from netmon.sources.realm import DEFAULT, realm_of

EPILOG = examples(
    ("netmon inventory discover 10.0.0.0/22 --credentials core-ro,old-ro", "what answers there, as a proposal"),
    ("netmon inventory discover 10.0.0.0/22 --credentials core-ro --apply", "put it into the inventory"),
    (
        "netmon inventory discover 10.0.0.0/16 --credentials core-ro@10.0.0.0/24,ro --ping",
        "ask only hosts that are there",
    ),
    ("netmon inventory discover 2001:db8::1 2001:db8::2 --credentials core-ro", "of IPv6 only a list"),
)


class Wanted(msgspec.Struct, frozen=True):
    """What a discovery looks for."""

    ranges: tuple[str, ...]
    addresses: tuple[str, ...]
    order: Order
    port: int
    rate: int
    realm: str
    ping: bool

    @property
    def looked(self) -> str:
        """What it looks for, as text."""
        credentials = [one.id for one in self.order.credentials]
        return looked_for(self.ranges, credentials, port=self.port, realm=self.realm, ping=self.ping)


def discover(
    ranges: Annotated[
        list[str], typer.Argument(metavar="RANGE", help="Prefixes or addresses; of IPv6 only addresses.")
    ],
    credentials: Annotated[
        str,
        typer.Option(
            "--credentials",
            metavar="ID[@PREFIX],...",
            help="Credentials of config.yaml to try, at most five per address; ID@PREFIX: only there, and first.",
        ),
    ],
    ping: Annotated[bool, typer.Option("--ping", help="Ping first, and ask only what answers.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Put what is found into the inventory.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Begin anew, whatever was done before.")] = False,
    port: Annotated[int, typer.Option(metavar="PORT", min=1, max=65535, help="UDP port of the agents.")] = 161,
    rate: Annotated[int, typer.Option(metavar="N", min=1, max=MOST_PER_S, help="Datagrams per second.")] = MOST_PER_S,
    realm: Annotated[str, typer.Option(metavar="NAME", help="Address space of the range.")] = DEFAULT,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Find elements in network ranges: at most 65,536 addresses, 200 datagrams per second, one try of a second each.

    Prints a part of an inventory; nothing is changed without --apply. What was done is kept: after an interruption the
    same command goes on where it was, and with --apply it takes what it has found before. Exit code 1: nothing found.
    """
    loaded = read_config(config)
    wanted = _wanted(loaded, ranges, credentials.split(","), port=port, rate=rate, realm=realm, ping=ping)
    agents = asyncio.run(_found(loaded, wanted, again=again, apply=apply))
    proposal = _proposed(loaded, agents, realm)
    if json:
        print_json(proposal)
    elif not apply:
        typer.echo(_head(wanted, agents, proposal) + part(_items(loaded, proposal, wanted)), nl=False)
    if apply and proposal.elements:
        change = edited(loaded, _items(loaded, proposal, wanted))
        write(change)
        typer.echo(
            f"{change.file}: {count(len(proposal.elements), 'element')} added; netmon reload takes them over", err=True
        )
    if not proposal.elements:
        typer.echo("nothing new was found", err=True)
        raise typer.Exit(1)


def _wanted(
    loaded: Loaded, ranges: list[str], named: list[str], *, port: int, rate: int, realm: str, ping: bool
) -> Wanted:
    try:
        ids, bound = bound_to(named)
        targets = addresses(ranges)
    except WrongRange as error:
        fail(str(error))
    except ValueError as error:
        fail(f"--credentials: {error}")
    known = {credential.id: credential for credential in loaded.credentials}
    chosen: list[Credential] = []
    for id_ in ids:
        if id_ not in known:
            there = ", ".join(known) or "none"
            fail(f'--credentials: there is no credential "{id_}" in config.yaml (there are: {there})')
        chosen.append(known[id_])
    if realm != DEFAULT and realm not in loaded.config.realms:
        fail(f'--realm: there is no realm "{realm}" in config.yaml')
    owned = _owned(loaded, realm)
    new = tuple(address for address in targets if address not in owned)
    if len(new) < len(targets):
        typer.echo(f"{count(len(targets) - len(new), 'address')} of the inventory not asked", err=True)
    return Wanted(tuple(ranges), new, Order(tuple(chosen), bound), port, rate, realm, ping)


def _owned(loaded: Loaded, realm: str) -> set[str]:
    """Return the addresses that the inventory has in a realm."""
    return {
        address
        for element in loaded.inventory.elements.values()
        if element.realm == realm
        for address in plain(element.addresses)
    }


async def _found(loaded: Loaded, wanted: Wanted, *, again: bool, apply: bool) -> list[Agent]:
    """Ask what is not asked yet; of a discovery that came to its end only --apply takes what it found."""
    journal = Journal(journal_path(loaded.data_dir, wanted.looked), wanted.looked, time.time_ns() // 1_000_000)
    if again or (journal.ended and not apply):
        journal.anew()
    if journal.ended:
        typer.echo(f"as found at {_time(journal.ended)} (--again asks anew)", err=True)
        return journal.agents
    if journal.done:
        left = len(wanted.addresses) - len(journal.done)
        typer.echo(f"going on: {count(len(journal.done), 'address')} done before, {left} left", err=True)
    place = realm_of(loaded.config.realms, wanted.realm)
    if wanted.ping and not may_ping(place, wanted.addresses):
        fail(f"--ping: this process may not ping ({RIGHTS})")
    pace = Pace(wanted.rate, clock=time.monotonic)
    client = Client(lambda: time.time_ns() // 1_000_000, bind=place.addresses, device=place.device)
    with journal, Screen(len(wanted.addresses), done=len(journal.done), found=len(journal.agents), pace=pace) as screen:
        async with client:
            await sweep(
                wanted.addresses,
                asking=Asking(client, pace, port=wanted.port, tried=journal.trying),
                order=wanted.order,
                journal=journal,
                pace=pace,
                ping=partial(answers_ping, realm=place) if wanted.ping else None,
                told=screen.told,
            )
    return journal.agents


def _proposed(loaded: Loaded, agents: list[Agent], realm: str) -> Proposal:
    """Return what is new; an agent that has an address of the inventory is an element of it."""
    owned = _owned(loaded, realm)
    known = [agent for agent in agents if not owned.isdisjoint((agent.address, *agent.addresses))]
    for agent in known:
        typer.echo(f"{agent.address} is an element of the inventory ({agent.sys_name})", err=True)
    taken = (*loaded.inventory.elements, *loaded.inventory.links, *loaded.inventory.groups)
    return propose([agent for agent in agents if agent not in known], taken=taken, owned=owned)


def _items(loaded: Loaded, proposal: Proposal, wanted: Wanted) -> Items:
    """Return what goes into the inventory; a site that is there already, by its name or id, is taken."""
    known = {site.name or site.id: site.id for site in loaded.inventory.sites.values()}
    sites = {id_: known.get(name, id_) for id_, name in proposal.sites.items()}
    new = {id_: name for id_, name in proposal.sites.items() if sites[id_] not in loaded.inventory.sites}
    return {
        "sites": [item({"id": id_, "name": "" if name == id_ else name}) for id_, name in new.items()],
        "elements": [_item(one, sites.get(one.site, ""), wanted) for one in proposal.elements],
    }


def _item(element: Proposed, site: str, wanted: Wanted) -> str:
    name = "" if element.name in ("", element.id) else element.name
    maker = vendor(element.sys_object_id)
    values = {
        "id": element.id,
        "addresses": list(element.addresses),
        "name": name,
        "site": site,
        "credential": element.credential,
        "realm": "" if wanted.realm == DEFAULT else wanted.realm,
        "port": None if wanted.port == 161 else wanted.port,
        "tags": {"vendor": maker} if maker else {},
    }
    return item(values, comment="".join(c if c.isprintable() else " " for c in element.description)[:80].strip())


def _head(wanted: Wanted, agents: list[Agent], proposal: Proposal) -> str:
    asked = f"{len(wanted.addresses)} addresses asked, {len(agents)} answered"
    return f"# {' '.join(wanted.ranges)}: {asked}, {count(len(proposal.elements), 'element')}.\n"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
