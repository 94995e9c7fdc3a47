"""The alarms as they were at one moment with the network they are in, for all who ask what services suffer."""

from collections.abc import Iterable

from netmon.domain.element import Network
from netmon.web.impact import Impact
from netmon.web.rows import Entry, Row, elements_of, visible


class Standing:
    """Never changed once it is made, so that threads may share it; making it takes long with many alarms.

    Args:
        network: elements, services and what they depend on.
        entries: of the alarm view.
    """

    def __init__(self, network: Network, entries: Iterable[Entry]) -> None:
        self.network = network
        rows = [entry.row for entry in entries]
        self.impact = Impact(network, rows)
        self._by_element: dict[str, list[Row]] = {}
        for row in filter(visible, rows):
            for element in elements_of(row):
                self._by_element.setdefault(element, []).append(row)

    def alarms(self, objects: Iterable[str]) -> list[Row]:
        """Return the visible alarms of the objects, of what is below them, and of their elements, each once."""
        found: dict[str, Row] = {}
        for path in objects:
            element = path.partition("/")[0]
            for row in self._by_element.get(element, ()):
                if row.obj in (path, element) or path in row.ends or row.obj.startswith(f"{path}/"):
                    found[row.id] = row
        return list(found.values())
