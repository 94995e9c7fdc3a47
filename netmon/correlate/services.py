"""What services an object has to do with, by the inventory: for the tags of its alarms (specs/rules.md 6.15)."""

from collections.abc import Iterator, Mapping

from netmon.domain.inventory import Member, Service
from netmon.domain.managed_object import parent

_Serving = tuple[Member, Service]


class Services:
    """Services by the path of their members, at it and above it."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._at: dict[str, list[_Serving]] = {}
        self._below: dict[str, list[_Serving]] = {}
        for _, service in sorted(services.items()):
            for member in (one for one in service.members if one.object):
                self._at.setdefault(member.object, []).append((member, service))
                for above in _above(member.object):
                    self._below.setdefault(above, []).append((member, service))

    def of(self, path: str, at: int) -> Mapping[str, str]:
        """Return what rules ask of the services that need an object: those of it, of what contains it, of its parts.

        Of several services each value stands once, in the order of their ids.
        """
        found: dict[str, Service] = {}
        for member, service in self._serving(path):
            if _holds(member, at):
                found[service.id] = service
        services = [found[id_] for id_ in sorted(found)]
        fields = {
            "id": [one.id for one in services],
            "name": [one.name for one in services],
            "party_ref": [one.party_ref for one in services],
        }
        joined = {name: ", ".join(dict.fromkeys(filter(None, values))) for name, values in fields.items()}
        return {name: value for name, value in joined.items() if value}

    def _serving(self, path: str) -> Iterator[_Serving]:
        yield from self._at.get(path, ())
        yield from self._below.get(path, ())
        for above in _above(path):
            yield from self._at.get(above, ())


def _above(path: str) -> Iterator[str]:
    while (above := parent(path)) != path:
        yield above
        path = above


def _holds(member: Member, at: int) -> bool:
    return (member.valid_from is None or member.valid_from <= at) and (member.valid_to is None or at < member.valid_to)
