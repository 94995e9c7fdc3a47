"""A scenario at work: agents on their sockets, and what happens to them by time."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec

from netmon.cli.simulate.actions import Action
from netmon.cli.simulate.building import Planned
from netmon.cli.simulate.endpoint import Endpoint, SocketAddress, now_ms
from netmon.cli.simulate.reading import Scenario
from netmon.cli.simulate.served import Served
from netmon.cli.simulate.timeline import Turn, play_turns
from netmon.domain.place import Problem, path_text
from netmon.snmp.exchange import Target
from netmon.snmp.message import V2C, V3
from netmon.snmp.responder import Responder

_COMMON = ("at", "agent", "every", "times")

Tell = Callable[[str], None]
"""Takes a line of progress."""


class Simulation:
    """Serves the agents of a scenario without errors; ``open`` it first, ``close`` it in the end.

    Args:
        scenario: what is simulated.
        tell: told of everything that happens.
    """

    def __init__(self, scenario: Scenario, tell: Tell) -> None:
        self._scenario = scenario
        self._tell = tell
        self._began_ms = now_ms()
        self._served: dict[str, Served] = {}
        self._endpoints: list[Endpoint] = []
        for action, agents in scenario.script:
            for planned in agents:
                action.prepare(planned.agent)

    def open(self) -> tuple[Problem, ...]:
        """Take the addresses; return those that cannot be had, all of them."""
        return tuple(problem for group in self._groups() for problem in self._open(group))

    def close(self) -> None:
        """Answer no more and give the addresses back."""
        for endpoint in self._endpoints:
            endpoint.stop()

    async def play(self) -> None:
        """Begin at time 0: answer, and let the script happen; returns when it is over, and the agents live on."""
        self._began_ms = now_ms()
        for endpoint in self._endpoints:
            endpoint.start()
        await play_turns(self._turns())

    def addresses(self) -> dict[str, SocketAddress]:
        """Return where each agent answers."""
        return {id_: served.endpoint.address for id_, served in self._served.items()}

    def now(self) -> int:
        """Return the time of the scenario in milliseconds."""
        return now_ms() - self._began_ms

    def counts(self) -> Counter[str]:
        """Return what was done up to now, by name; faults by the name of their action."""
        total: Counter[str] = Counter(requests=sum(endpoint.asked for endpoint in self._endpoints))
        for served in self._served.values():
            total.update(served.counts)
            total.update(+served.agent.faults.hits)
        return total

    def _groups(self) -> list[list[Planned]]:
        """Return the agents by address; of port 0 each has its own."""
        groups: dict[tuple[object, ...], list[Planned]] = {}
        for planned in self._scenario.agents:
            key = (*planned.listen, "" if planned.listen[1] else planned.id)
            groups.setdefault(key, []).append(planned)
        return list(groups.values())

    def _open(self, group: Sequence[Planned]) -> Iterator[Problem]:
        users = {user.name: user for planned in group for user in planned.users}
        responder = Responder([planned.agent for planned in group], users=users.values())
        try:
            endpoint = Endpoint(responder, group[0].listen, clock=self.now)
        except OSError as error:
            path = (*group[0].path, "listen")
            host, port = group[0].listen
            message = f"{path_text(path)}: {host}:{port} cannot be had: {(error.strerror or str(error)).lower()}"
            yield Problem(self._scenario.document.place(path), message)
            return
        self._endpoints.append(endpoint)
        for planned in group:
            self._served[planned.id] = _served(planned, endpoint, self.now)

    def _turns(self) -> Iterator[Turn]:
        for action, agents in self._scenario.script:
            for number in range(action.times):
                at_ms = action.at.ms + number * (action.every.ms if action.every else 0)
                yield Turn(at_ms / 1000, partial(self._do, action, agents))

    def _do(self, action: Action, agents: Sequence[Planned]) -> None:
        self._tell(f"{action.agent}: {described(action)}")
        for planned in agents:
            action.begin(self._served[planned.id])


def described(action: Action) -> str:
    """Return ``link_down if: xe-0/0/1, traps: 2``: what was not left at its default."""
    told = [
        f"{field.encode_name}: {str(value).lower() if isinstance(value, bool) else value}"
        for field in msgspec.structs.fields(action)
        if field.name not in _COMMON and (value := getattr(action, field.name)) != field.default
    ]
    return " ".join((str(action.__struct_config__.tag), ", ".join(told))).strip()


def _served(planned: Planned, endpoint: Endpoint, clock: Callable[[], int]) -> Served:
    if planned.trap_to is None:
        return Served(planned.agent, endpoint, clock=clock)
    to, user = planned.trap_to, planned.trap_user
    target = Target(to.host, to.port, version=V2C if user is None else V3, community=planned.agent.community, user=user)
    if user is not None:
        target = msgspec.structs.replace(target, context=planned.agent.name.encode())
    return Served(planned.agent, endpoint, clock=clock, trap_to=(to.host, to.port), target=target)
