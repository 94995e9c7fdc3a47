"""Agents as a scenario plans them: one or many alike, from recordings and models."""

import ipaddress
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from netmon.cli.simulate.models import Modelled, modelled
from netmon.cli.simulate.scenario import AgentConfig, ModelConfig
from netmon.cli.simulate.wave import seed_of
from netmon.config.paths import below
from netmon.domain.address import Address
from netmon.domain.oid import Varbind
from netmon.domain.place import Path as Keys
from netmon.domain.place import Place, Problem
from netmon.snmp import ber
from netmon.snmp.agent import Agent
from netmon.snmp.notice import Form, version_1, version_2c, version_3
from netmon.snmp.recording import Recording, load, recording_name
from netmon.snmp.user import User

_TOLD: Final = 5
"""So many bad lines of a recording are told one by one."""
_OBJECT_ID: Final = "1.3.6.1.2.1.1.2.0"


class Draft(msgspec.Struct, frozen=True):
    """An agent before it is known who else is at its address."""

    id: str
    name: str
    """Of its recording, or its id: its context, and its community where it shares an address."""
    path: Keys
    config: AgentConfig
    host: str
    rows: tuple[Varbind, ...]
    bad: tuple[Problem, ...] = ()
    """Lines of its recording that were skipped."""

    @property
    def listen(self) -> tuple[str, int]:
        """Address and port."""
        return self.host, self.config.listen.port


class Planned(msgspec.Struct, frozen=True):
    """An agent that can be served."""

    id: str
    path: Keys
    listen: tuple[str, int]
    agent: Agent
    users: tuple[User, ...]
    trap_to: Address | None
    trap_user: User | None
    """Tells in version 3."""
    credential: str
    """Id of its first user's credential; without users its community."""

    @property
    def community(self) -> str:
        """Community by which it is asked."""
        return self.agent.community.decode()


class Misplanned(ValueError):
    """What an agent's configuration wants cannot be; ``key`` is where."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def drafts(config: AgentConfig, path: Keys, folder: Path) -> Iterator[Draft]:
    """Yield the agents that an entry plans.

    Raises:
        Misplanned: a recording cannot be read, or the addresses end.
    """
    first = ipaddress.ip_address(config.listen.host)
    for recording, name, bad in _recordings(config, folder):
        for number in range(config.count):
            host = first + number
            if not host.is_loopback:
                raise Misplanned("count", f"{config.count} addresses from {first} on leave the loopback")
            id_ = name if name and (folder / config.recording).is_dir() else config.id.replace("{n}", str(number + 1))
            yield Draft(id_, name or id_, path, config, str(host), recording, () if number else bad)


def _recordings(config: AgentConfig, folder: Path) -> Iterator[tuple[tuple[Varbind, ...], str, tuple[Problem, ...]]]:
    """Yield rows, name and bad lines of each recording; one without rows where there is none."""
    if not config.recording:
        yield (), "", ()
        return
    path = below(folder, config.recording)
    files = sorted(file for file in path.iterdir() if recording_name(file)) if path.is_dir() else [path]
    if not files:
        raise Misplanned("recording", f"there is no recording in the folder {config.recording}")
    for file in files:
        recording = _loaded(file, config.recording)
        shown = str(Path(config.recording) / file.name) if path.is_dir() else config.recording
        yield recording.rows, recording_name(file), tuple(_bad_lines(recording, shown))


def _loaded(file: Path, shown: str) -> Recording:
    try:
        recording = load(file)
    except ValueError as error:
        raise Misplanned("recording", str(error)) from None
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Misplanned("recording", f"{shown} cannot be read: {why.lower()}") from None
    if not recording.rows:
        raise Misplanned("recording", f"{file.name} has no row that can be served")
    return recording


def _bad_lines(recording: Recording, shown: str) -> Iterator[Problem]:
    bad = recording.bad_lines
    for line in bad[:_TOLD]:
        yield Problem(Place(shown, line.line, 1), f"skipped: {line.reason}", warning=True)
    if len(bad) > _TOLD:
        place = Place(shown, bad[_TOLD].line, 1)
        yield Problem(place, f"and {len(bad) - _TOLD} more lines skipped, {len(bad)} in all", warning=True)


def build(found: Sequence[Draft], users: dict[Keys, tuple[User, ...]], *, seed: int, boots: int) -> list[Planned]:
    """Return agents that can be served.

    Args:
        found: all agents of the scenario.
        users: who may ask, by the entry of the scenario.
        seed: of the scenario.
        boots: of engines for which the scenario says none.
    """
    at = Counter(draft.listen for draft in found if draft.listen[1])
    return [
        _built(draft, users.get(draft.path, ()), shared=at[draft.listen] > 1, seed=seed, boots=boots) for draft in found
    ]


def _built(draft: Draft, users: tuple[User, ...], *, shared: bool, seed: int, boots: int) -> Planned:
    config = draft.config
    own_seed = seed_of(str(seed), draft.id)
    community = (config.community or (draft.name if shared else "public")).encode()
    made = modelled(config.model or ModelConfig(), draft.rows, name=draft.id, seed=own_seed)
    agent = Agent(
        made.rows,
        name=draft.name,
        community=community,
        flow=made.flow,
        moving=made.moving,
        seed=own_seed,
        engine_id=bytes.fromhex(config.engine_id.removeprefix("0x")),
        boots=config.boots or (boots if users else None),
        form=_form(draft, users, community, made, own_seed),
    )
    trap_user = users[0] if users and config.trap_version == "v3" else None
    credential = config.users[0] if config.users else community.decode()
    return Planned(draft.id, draft.path, draft.listen, agent, users, config.trap_to, trap_user, credential)


def _form(draft: Draft, users: tuple[User, ...], community: bytes, made: Modelled, seed: int) -> Form:
    version = draft.config.trap_version
    if version == "v3" and users:
        return version_3(users[0], context=draft.name.encode(), first_salt=seed)
    if version == "v1":
        object_id = next((row[2] for row in made.rows if row[:2] == (_OBJECT_ID, ber.OBJECT_IDENTIFIER)), "0.0")
        address = draft.host if "." in draft.host else "0.0.0.0"  # noqa: S104  no address to bind: there is no IPv6 in version 1
        return version_1(community, agent_addr=address, object_id=object_id)
    return version_2c(community)
