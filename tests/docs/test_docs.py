"""The documentation says what the code does: pages are fresh, links and commands exist, YAML is valid."""

import re
import shlex
from pathlib import Path
from typing import Any, get_args
from zoneinfo import available_timezones

import msgspec
import pytest
import typer

from docs import generate, settings
from netmon.app.rule_tests import run_rule_tests
from netmon.cli.main import cli
from netmon.cli.simulate.reading import read_scenario
from netmon.cli.simulate.scenario import AgentConfig, ScenarioConfig
from netmon.cli.simulate.script_actions import ScriptAction
from netmon.config import consistency, yaml
from netmon.config.inventory import read_inventory
from netmon.config.schema import Config
from netmon.config.site_rules import made_whole
from netmon.domain.decode import decode
from netmon.domain.inventory import Inventory
from netmon.domain.place import Document
from netmon.domain.secret import Secret
from netmon.mib.names import MibView
from netmon.rulebook.compile import compile_rules
from netmon.rulebook.metering import InventoryPlaces, compile_metering
from netmon.telemetry.metrics import Metrics
from tests.mibs import shipped_names

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
COMMAND = typer.main.get_command(cli)
NAMES = re.compile(r"^# (\S+)\n")

every_page = pytest.mark.parametrize("page", PAGES, ids=IDS)


@pytest.mark.slow
def test_reference_pages_are_fresh():
    assert generate.main(["--check"]) == 0, "run python docs/generate.py"


@pytest.mark.slow
def test_a_stale_page_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(generate, "reasons", lambda: iter(["# Reasons"]))
    assert generate.main(["--check"]) == 1
    assert "reference/cli.md is stale" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_every_config_key_has_a_line():
    page = (ROOT / "docs/reference/configuration.md").read_text()
    missing = [key for key in _keys(Config) if f"\n| `{key}` |" not in page]
    assert not missing


def _keys(type_: type[msgspec.Struct]) -> set[str]:
    keys = {field.encode_name for field in msgspec.structs.fields(type_)}
    for field in msgspec.inspect.type_info(type_).fields:  # type: ignore[attr-defined]
        for _, inner in settings.structs(field.type):
            keys |= _keys(inner)
    return keys


def test_every_key_of_a_scenario_has_a_line():
    page = (ROOT / "docs/reference/scenario.md").read_text()
    keys = {key for kind in (ScenarioConfig, AgentConfig, *get_args(ScriptAction)) for key in _keys(kind)}
    assert not [key for key in keys if f"\n| `{key}` |" not in page]
    assert not [kind for kind in get_args(ScriptAction) if f"`do: {kind.__struct_config__.tag}`" not in page]


def test_every_metric_has_a_line():
    page = (ROOT / "docs/reference/metrics.md").read_text()
    exposed = re.findall(r"^# TYPE (\S+) (\S+)$", Metrics().render().decode(), re.MULTILINE)
    own = [name for name, _ in exposed if not name.endswith("_created")]
    assert len(own) > 15
    assert not [name for name in own if f"\n| `{name}` |" not in page]


@every_page
def test_links_point_to_files(page: Path):
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    inside = [target.partition("#")[0] for target in targets if "://" not in target and not target.startswith("#")]
    assert not [target for target in inside if not (page.parent / target).exists()]


@every_page
def test_commands_exist(page: Path):
    wrong = [f"{line}: {problem}" for line in _command_lines(page.read_text()) if (problem := _misfit(line))]
    assert not wrong


def _command_lines(text: str) -> list[str]:
    """Return every ``netmon ...`` of the text: lines of code blocks, and inline code."""
    fenced = [line for block in re.findall(r"^```.*?^```", text, re.M | re.S) for line in block.splitlines()]
    lines = [*fenced, *re.findall(r"^    (.*)$", text, re.M), *re.findall(r"`(netmon [^`\n]+)`", text)]
    parts = [part.strip() for line in lines for part in re.split(r"&&|;|\||\$\(|\)", line)]
    found = [re.match(r"(?:sudo (?:-u \S+ )?)?(?:/\S*/)?(netmon [a-z-].*)", part) for part in parts]
    return [match[1] for match in found if match is not None]


def _misfit(line: str) -> str:
    """Return what the command line does not know, or nothing."""
    command: Any = COMMAND
    words = shlex.split(line, comments=True)[1:]
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    if getattr(command, "commands", None) and words and not words[0].startswith("-"):
        return f"no command {words[0]}"
    known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    unknown = [word for word in words if word.startswith("-") and word not in (*known, "--help", "-h")]
    return f"no option {', '.join(unknown)}" if unknown else ""


def test_a_wrong_command_is_found():
    assert _misfit("netmon check --config x.yaml --strict") == ""
    assert _misfit("netmon user tokens me") == "no command tokens"
    assert _misfit("netmon user token me --for 3d") == "no option --for"


@pytest.fixture(scope="module")
def names() -> MibView:
    return shipped_names()


WITH_YAML = [page for page in PAGES if "```yaml" in page.read_text()]


@pytest.mark.parametrize("page", WITH_YAML, ids=[page.stem for page in WITH_YAML])
def test_yaml_is_valid(page: Path, names: MibView):
    documents = _documents(page)
    config = _config(documents)
    inventory = _inventory(documents, config)
    files = [document for document in documents if "rules" in document.data and "config.yaml" not in document.file]
    rules = made_whole(files)
    tests = [document for document in documents if document.file.endswith(".test.yaml") and "tests" in document.data]
    assert not compile_rules(rules, names).problems
    played = run_rule_tests(tests, rules, names)
    assert not played.problems
    assert [test.differences for test in played.tested if test.differences] == []
    assert len(played.tested) == sum(len(document.data["tests"]) for document in tests)
    metering = [document for document in documents if "metering" in document.data]
    compiled = compile_metering(
        metering, inventory, settings=config.usage.settings("node"), zones=available_timezones()
    )
    assert not compiled.problems
    assert bool(compiled.assignments) == bool(metering)


def test_scenarios_are_valid(names: MibView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = list((ROOT / "docs" / "examples").rglob("scenario.yaml"))
    assert files
    for number, block in enumerate(block for page in WITH_YAML for block in _blocks(page) if NAMES.match(block)):
        if block.startswith("# scenario.yaml"):
            files.append(tmp_path / f"{number}.yaml")
            files[-1].write_text(block)
    assert len(files) > 2
    for name in ("LAB_AUTH", "LAB_PRIV"):
        monkeypatch.setenv(name, "a long password")
    assert [problem for file in files for problem in read_scenario(file, lambda: names).problems] == []


def _blocks(page: Path) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def _documents(page: Path) -> list[Document]:
    """Return the YAML blocks of a page; the first line of each says which file it is."""
    found = []
    for block in _blocks(page):
        name = NAMES.match(block)
        assert name is not None, f"the first line must name the file: {block[:60]}"
        read = yaml.parse(block.encode(), name[1])
        assert not read.problems
        found.append(read.document)
    known = ("config.yaml", "inventory.yaml", "prometheus.yml", "scenario.yaml")
    assert not [one.file for one in found if one.file not in known and not one.file.startswith("rules/")]
    return found


def _config(documents: list[Document]) -> Config:
    """Return the last config of the page; all of them must be valid."""
    config = Config()
    for document in documents:
        if document.file == "config.yaml":
            config = decode(Config, document, makers={Secret: lambda data: Secret(**data)})
            # Whether a group exists is for the host to know, not for the page.
            assert not [told for _, told in consistency.problems(config, document) if "on this host" not in told]
    return config


def _inventory(documents: list[Document], config: Config) -> InventoryPlaces:
    places = InventoryPlaces(Inventory(), Document("inventory.yaml", {}, {}, {}))
    for document in documents:
        if document.file == "inventory.yaml":
            versions = {one.id: one.version or "v3" for one in config.credentials}
            named = {element.get("credential", "") for element in document.data.get("elements", [])}
            credentials = {id_: versions.get(id_, "v3") for id_ in named}
            inventory, problems = read_inventory(document, credentials=credentials, realms=config.realms)
            assert not problems
            places = InventoryPlaces(inventory, document)
    return places
