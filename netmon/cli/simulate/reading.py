"""Reads a scenario with everything it names; every problem with its place, in one pass."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from netmon.cli.simulate.actions import Action, chosen
from netmon.cli.simulate.building import Draft, Misplanned, Planned, build, drafts
from netmon.cli.simulate.naming import Naming
from netmon.cli.simulate.scenario import AgentConfig, ObjectName, ScenarioConfig
from netmon.cli.simulate.script_actions import ScriptAction
from netmon.config import secret, yaml
from netmon.config.consistency import is_whole
from netmon.config.credentials import resolve, weak_protocols
from netmon.domain.decode import Invalid, decode
from netmon.domain.place import Document, Problem, path_text, suggestion
from netmon.domain.place import Path as Keys
from netmon.domain.secret import Secret
from netmon.mib.names import MibView
from netmon.snmp.user import User

T = TypeVar("T")


class Scenario(msgspec.Struct, frozen=True):
    """What a file says; with errors among the problems it is for telling them only."""

    document: Document
    agents: tuple[Planned, ...]
    script: tuple[tuple[Action, tuple[Planned, ...]], ...]
    """What happens, and to whom."""
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that are not mere warnings."""
        return tuple(problem for problem in self.problems if not problem.warning)


def read_scenario(path: Path, names: Callable[[], MibView], *, seed: int | None = None, boots: int = 1) -> Scenario:
    """Read a scenario; nothing raises, what is wrong stands in ``problems``.

    Args:
        path: the file; relative paths in it begin at its folder.
        names: loads MIB modules, called when a name stands for an OID.
        seed: instead of the one in the file.
        boots: snmpEngineBoots of agents with users for which the file says none.
    """
    read = yaml.read(path)
    return _Reading(read.document, path.absolute().parent, list(read.problems), names).scenario(seed, boots)


class _Reading:
    """One pass over a document."""

    def __init__(self, document: Document, folder: Path, problems: list[Problem], names: Callable[[], MibView]) -> None:
        self._document = document
        self._folder = folder
        self._problems = problems
        self._makers: dict[type, Any] = {ObjectName: Naming(names), Secret: secret.reader(folder)}

    def scenario(self, seed: int | None, boots: int) -> Scenario:
        configs = [] if self._document.data is None and self._problems else self._decoded(ScenarioConfig, ())
        agents: list[Planned] = []
        script: list[tuple[Action, tuple[Planned, ...]]] = []
        for config in configs:
            agents = self._agents(config, config.seed if seed is None else seed, boots)
            script = list(self._script(config, agents))
        return Scenario(self._document, tuple(agents), tuple(script), tuple(sorted(self._problems)))

    def _users(self, config: ScenarioConfig) -> Iterator[tuple[str, User | None]]:
        """Yield the users by the ids of their credentials; None for one whose secrets cannot be used."""
        path: Keys = ("credentials",)
        if not is_whole(self._document, path, config.credentials):
            return
        resolved = resolve(config.credentials, self._secret)
        for where, message in resolved.problems:
            self._note(where, message)
        for where, message in weak_protocols(config.credentials):
            place = self._document.place(where)
            self._problems.append(Problem(place, f"{path_text(where)}: {message}", warning=True))
        users = {credential.id: credential.user for credential in resolved.credentials}
        for position, credential in enumerate(config.credentials):
            if credential.community is not None:
                self._note((*path, position), "a scenario needs users here; a community stands at its agent")
            yield credential.id, users.get(credential.id)

    def _secret(self, reference: Secret) -> str:
        return secret.text(reference, self._folder)

    def _agents(self, config: ScenarioConfig, seed: int, boots: int) -> list[Planned]:
        users = dict(self._users(config))
        found: list[Draft] = []
        known: dict[Keys, tuple[User, ...]] = {}
        taken: dict[str, Keys] = {}
        for position in range(len(config.agents)):
            path: Keys = ("agents", position)
            for agent in self._decoded(AgentConfig, path):
                self._check_agent(agent, path, users)
                known[path] = tuple(user for name in agent.users if (user := users.get(name)) is not None)
                for draft in self._drafts(agent, path):
                    self._note_taken(draft, taken)
                    found.append(draft)
        planned = build(found, known, seed=seed, boots=boots)
        self._note_clashes(planned)
        return planned

    def _check_agent(self, agent: AgentConfig, path: Keys, users: dict[str, User | None]) -> None:
        for position, name in enumerate(agent.users):
            if name not in users:
                self._note((*path, "users", position), f'unknown credential "{name}"{suggestion(name, users)}')

    def _drafts(self, agent: AgentConfig, path: Keys) -> list[Draft]:
        try:
            found = list(drafts(agent, path, self._folder))
        except Misplanned as error:
            self._note((*path, error.key), str(error))
            return []
        self._problems.extend(problem for draft in found for problem in draft.bad)
        return found

    def _note_taken(self, draft: Draft, taken: dict[str, Keys]) -> None:
        if draft.id in taken:
            self._note((*draft.path, "id"), f'"{draft.id}" is the id of {path_text(taken[draft.id])} already')
        taken.setdefault(draft.id, draft.path)

    def _note_clashes(self, agents: list[Planned]) -> None:
        """Note agents that nobody could tell apart, and users that cannot be two people."""
        known: dict[tuple[tuple[str, int], bytes], tuple[User, Planned]] = {}
        first: dict[tuple[tuple[str, int], str], Planned] = {}
        for agent in agents:
            for user in agent.users if agent.listen[1] else ():
                same, holder = known.setdefault((agent.listen, user.name), (user, agent))
                if same != user:
                    who = f'user "{user.name.decode()}" has other keys at "{holder.id}"'
                    self._note((*agent.path, "users"), f"{who}, which has the same address")
            other = first.setdefault((agent.listen, agent.community), agent)
            if other is not agent and other.id != agent.id and agent.listen[1]:
                what = f'this address and community "{agent.community}"'
                self._note(
                    (*agent.path, "listen"), f'"{other.id}" has {what} already: "{agent.id}" cannot be told apart'
                )

    def _script(self, config: ScenarioConfig, agents: list[Planned]) -> Iterator[tuple[Action, tuple[Planned, ...]]]:
        for position, item in enumerate(config.script):
            path: Keys = ("script", position)
            pattern = item.get("agent") if isinstance(item, dict) else None
            chosen_agents = self._chosen(pattern, path, agents) if isinstance(pattern, str) else ()
            for action in self._decoded(ScriptAction, path):
                self._check_action(action, path, chosen_agents)
                yield action, chosen_agents

    def _chosen(self, pattern: str, path: Keys, agents: list[Planned]) -> tuple[Planned, ...]:
        """Return the agents that something happens to; of one that could not be read that was told already."""
        found = tuple(one for one in agents if fnmatchcase(one.id, pattern))
        unread = [one.get("id") for one in self._document.data["agents"] if isinstance(one, dict)]
        if not found and pattern not in unread:
            near = suggestion(pattern, [one.id for one in agents])
            self._note((*path, "agent"), f'no agent "{pattern}"{near}')
        return found

    def _check_action(self, action: Action, path: Keys, agents: tuple[Planned, ...]) -> None:
        pattern = action.ports()
        if pattern and agents and not any(chosen(one.agent, pattern) for one in agents):
            ports = dict.fromkeys(port.name for one in agents for port in one.agent.ports)
            near = suggestion(pattern, ports) or ("" if ports else " (it has no ports at all)")
            self._note((*path, "if"), f'no port "{pattern}" at {agents[0].id}{near}')
        mute = [one.id for one in agents if one.trap_to is None]
        if action.needs_receiver and mute:
            self._note((*path, "agent"), f'"{mute[0]}" has no trap_to: nobody would be told')

    def _decoded(self, type_: Any, path: Keys) -> list[Any]:
        """Return the one value, or none when nothing can be made of what stands there."""
        try:
            return [decode(type_, self._document, path, makers=self._makers)]
        except Invalid as invalid:
            self._problems.extend(invalid.problems)
            return [] if invalid.partial is None else [invalid.partial]

    def _note(self, path: Keys, message: str) -> None:
        self._problems.append(Problem(self._document.place(path), f"{path_text(path)}: {message}"))
