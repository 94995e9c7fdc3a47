"""A configuration with all it names, read in one pass: inventory, secrets, rule files; every problem with its place."""

import socket
from collections.abc import Callable
from pathlib import Path

import msgspec

from netmon.config import consistency, secret, yaml
from netmon.config.credentials import resolve, weak_protocols
from netmon.config.data_dir import default_data_dir
from netmon.config.inventory import read_inventory
from netmon.config.paths import below, missing
from netmon.config.rule_files import RuleFiles, read_rule_files, shown
from netmon.config.schema import Config
from netmon.config.shipped import condensed_mibs, shipped, shipped_mibs
from netmon.config.tls import tls_problem
from netmon.domain.decode import Invalid, decode
from netmon.domain.inventory import Inventory
from netmon.domain.pause import Pause, no_pause
from netmon.domain.place import Document, Problem, path_text
from netmon.domain.place import Path as Keys
from netmon.domain.secret import Secret
from netmon.sources.credential import Credential
from netmon.web.config import TlsConfig, WebSetup


class Loaded(msgspec.Struct, frozen=True):
    """What ``load`` found. With errors among the problems it is for telling them only: nothing may start from it."""

    path: Path | None
    """Of config.yaml; None: there is none."""
    document: Document
    """config.yaml itself, for the places of its keys."""
    folder: Path
    """Relative paths of the configuration begin here."""
    config: Config
    inventory: Inventory
    inventory_document: Document
    inventory_path: Keys
    """Where in that document the inventory begins: ``()``, or ``("inventory",)`` of config.yaml."""
    files: RuleFiles
    mibs: tuple[Path, ...]
    """Folders of MIB modules: the shipped ones, which no other folder overrides, then the user's."""
    exporter: tuple[Path, ...]
    """Files of prometheus snmp_exporter; they are large, so only who needs their modules reads them."""
    node_id: str
    data_dir: Path
    problems: tuple[Problem, ...]
    """Sorted by place; the rulebook's own checks come on top of these."""
    credentials: tuple[Credential, ...] = ()
    """As sources use them: their secrets were read, and passwords hashed, when this was loaded."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that are not mere warnings."""
        return tuple(problem for problem in self.problems if not problem.warning)

    def secret(self, reference: Secret) -> str:
        """Return the text of a secret; it was proven readable when this was loaded.

        Raises:
            ValueError: it cannot be read any more.
        """
        return secret.text(reference, self.folder)

    def web_setup(self) -> WebSetup:
        """Return what the web process is started with; its files are named in full."""
        web = self.config.web
        if web.tls is not None:
            certificate, key = (str(below(self.folder, name)) for name in (web.tls.certificate, web.tls.key))
            web = msgspec.structs.replace(web, tls=TlsConfig(certificate, key))
        file = self.path.absolute() if self.path is not None else None
        return WebSetup(self.data_dir, self.node_id, web, config_file=file)


def find_config() -> Path | None:
    """Return ``config.yaml`` here or in /etc/netmon; None: netmon runs on its defaults."""
    candidates = (Path("config.yaml"), Path("/etc/netmon/config.yaml"))
    return next((path for path in candidates if path.is_file()), None)


def load(path: Path | None = None, *, pause: Pause = no_pause) -> Loaded:
    """Read a configuration and everything it names; None stands for an empty file.

    Nothing raises: what is wrong stands in ``problems``, and as much as possible is read in spite of it. ``pause`` is
    called again and again, so that other threads have their turns.
    """
    return _loaded(path, lambda paths: read_rule_files([shipped("rules"), *paths], pause=pause))


def load_settings(path: Path | None = None) -> Loaded:
    """Read a configuration as ``load`` does, but for the rule files: most commands have no use for them."""
    return _loaded(path, lambda _: RuleFiles())


def _loaded(path: Path | None, rule_files: Callable[[list[Path]], RuleFiles]) -> Loaded:
    read = yaml.parse(b"", "config.yaml") if path is None else yaml.read(path, name=shown(path))
    folder = (path or Path("config.yaml")).absolute().parent
    problems = list(read.problems)
    config = _config(read.document, folder, problems)
    credentials = _credentials(config, read.document, folder, problems)
    inventory, inventory_document, inventory_path = _inventory(config, read.document, folder, problems)
    files = rule_files(_paths(config.rules, ("rules",), read.document, folder, problems))
    mibs = _paths(config.mibs, ("mibs",), read.document, folder, problems)
    modules = ("polling", "exporter_modules")
    exporter = _paths(config.polling.exporter_modules, modules, read.document, folder, problems)
    return Loaded(
        path=path,
        document=read.document,
        folder=folder,
        config=config,
        inventory=inventory,
        inventory_document=inventory_document,
        inventory_path=inventory_path,
        files=files,
        mibs=(*shipped_mibs(), *mibs, *condensed_mibs()),
        exporter=tuple(exporter),
        node_id=config.node_id or _host_name(),
        data_dir=below(folder, config.data_dir) if config.data_dir else default_data_dir(),
        problems=tuple(sorted([*problems, *files.problems])),
        credentials=credentials,
    )


def _config(document: Document, folder: Path, problems: list[Problem]) -> Config:
    if document.data is None:
        return Config()
    try:
        config = decode(Config, document, makers={Secret: secret.reader(folder)})
    except Invalid as invalid:
        problems.extend(invalid.problems)
        config = invalid.partial or Config()
    for path, message in consistency.problems(config, document):
        problems.append(Problem(document.place(path), f"{path_text(path)}: {message}"))
    if config.web.tls is not None and (message := tls_problem(config.web.tls, folder)):
        problems.append(Problem(document.place(("web", "tls")), f"web.tls: {message}"))
    return config


def _credentials(config: Config, document: Document, folder: Path, problems: list[Problem]) -> tuple[Credential, ...]:
    """Return the credentials with their secrets; a list of which some item could not be read is not looked at."""
    if not consistency.is_whole(document, ("credentials",), config.credentials):
        return ()
    resolved = resolve(config.credentials, lambda reference: secret.text(reference, folder))
    for path, message in resolved.problems:
        problems.append(Problem(document.place(path), f"{path_text(path)}: {message}"))
    for path, message in weak_protocols(config.credentials):
        problems.append(Problem(document.place(path), f"{path_text(path)}: {message}", warning=True))
    return resolved.credentials


def _inventory(
    config: Config, document: Document, folder: Path, problems: list[Problem]
) -> tuple[Inventory, Document, Keys]:
    credentials = consistency.credential_versions(document)
    path: Keys = ("inventory",)
    if isinstance(config.inventory, str):
        if not config.inventory:
            return Inventory(), document, path
        file = below(folder, config.inventory)
        if trouble := missing(file, config.inventory, what="file"):
            problems.append(Problem(document.place(path), f"inventory: {trouble}"))
            return Inventory(), document, path
        read = yaml.read(file, name=shown(file))
        problems.extend(read.problems)
        document, path = read.document, ()
        if document.data is None:
            return Inventory(), document, path
    inventory, found = read_inventory(document, path, credentials=credentials, realms=config.realms)
    problems.extend(found)
    return inventory, document, path


def _paths(texts: tuple[str, ...], key: Keys, document: Document, folder: Path, problems: list[Problem]) -> list[Path]:
    found = []
    for position, text in enumerate(texts):
        path, at = below(folder, text), (*key, position)
        if trouble := missing(path, text):
            problems.append(Problem(document.place(at), f"{path_text(at)}: {trouble}"))
        else:
            found.append(path)
    return found


def _host_name() -> str:
    """Return the host name as far as it can stand in the names of usage files."""
    name = socket.gethostname().partition(".")[0]
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)[:40] or "netmon"
