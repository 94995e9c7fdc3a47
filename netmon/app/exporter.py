"""Scrapes of ``/snmp``: modules and auths of the configuration, agents by the poller."""

from collections.abc import Collection, Iterable

from netmon.config.exporter import ExporterFiles
from netmon.domain.inventory import Element
from netmon.domain.scrape import Scraped, ScrapeTarget
from netmon.outputs.exporter import ExporterAnswers, Query
from netmon.outputs.exporter.targets import Targets
from netmon.rulebook.exporter import ExporterModule
from netmon.sources.credential import Credential
from netmon.sources.poller.poller import Poller
from netmon.sources.poller.schedule import PollingConfig
from netmon.sources.realm import is_numeric
from netmon.telemetry.metrics import Metrics


class Exporter:
    """What a configuration lets be scraped; before ``use`` nothing."""

    def __init__(self, poller: Poller, metrics: Metrics) -> None:
        self.wrap = True
        self._poller = poller
        self._answers = ExporterAnswers(self, metrics)
        self._modules: dict[str, ExporterModule] = {}
        self._credentials: dict[str, Credential] = {}
        self._targets = Targets((), "inventory", self._resolve)
        self._names: frozenset[str] = frozenset()

    def use(
        self,
        files: ExporterFiles,
        *,
        credentials: Iterable[Credential],
        elements: Collection[Element],
        polling: PollingConfig,
    ) -> None:
        """Take over modules and auths, the credentials beside these, the inventory and settings."""
        self.wrap = polling.wrap_large_counters
        self._modules = files.modules
        self._credentials = {one.id: one for one in credentials} | files.auths
        self._names = frozenset(address for element in elements for address in element.addresses)
        self._targets = Targets(elements, polling.exporter_targets, self._resolve)

    async def answer(self, parameters: Iterable[tuple[str, str]]) -> tuple[int, str]:
        """Return status and text for the parameters of ``/snmp``."""
        return await self._answers.answer(parameters)

    def module(self, name: str) -> ExporterModule | None:
        """Return a module, None where there is none of that name."""
        return self._modules.get(name)

    def knows_auth(self, name: str) -> bool:
        """Tell whether there is an auth or a credential of that name."""
        return name in self._credentials

    async def find(self, host: str, port: int) -> ScrapeTarget | None:
        """Return an agent, None where it may not be asked."""
        return await self._targets.find(host, port)

    async def scrape(self, at: ScrapeTarget, module: ExporterModule, query: Query) -> Scraped:
        """Return the cells of a module.

        Raises:
            ScrapeFailed: it could not be read to its end.
        """
        return await self._poller.scrapes.read(
            at,
            module,
            self._credentials[query.auth],
            context=query.context,
            context_engine=query.context_engine,
        )

    async def _resolve(self, address: str, realm: str) -> str:
        """Return a numeric address; names of the inventory are kept, others looked up each time."""
        if is_numeric(address) or address in self._names:
            return await self._poller.addresses.numeric(address, realm=realm)
        return await self._poller.addresses.look_up(address, realm=realm)
