"""Names of MIB modules in a scenario, looked up when the first one is met."""

from collections.abc import Callable

from netmon.cli.simulate.scenario import ObjectName
from netmon.mib.names import MibView, UnknownName


class Naming:
    """Makes OIDs of what stands in a scenario; the modules are loaded for names only."""

    def __init__(self, load: Callable[[], MibView]) -> None:
        self._load = load
        self._view: MibView | None = None

    def __call__(self, text: object) -> ObjectName:
        """Return the OID of a name, or the OID itself.

        Raises:
            ValueError: there is no such name; the message shows one that is near.
        """
        if not isinstance(text, str) or not text[:1].isalpha():
            return ObjectName(text)
        if self._view is None:
            self._view = self._load()
        try:
            return ObjectName(self._view.oid_of(text))
        except UnknownName as unknown:
            raise ValueError(str(unknown)) from None
