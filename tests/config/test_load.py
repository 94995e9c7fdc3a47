"""What a configuration loads to: defaults, folders, rule files, secrets."""

import os
from pathlib import Path

import msgspec
import pytest

from netmon.config import yaml
from netmon.config.data_dir import default_data_dir, prepare_data_dir
from netmon.config.load import find_config, load, load_settings
from netmon.config.rule_files import RuleFiles, read_rule_files
from netmon.config.schema import Config
from netmon.config.shipped import shipped
from netmon.domain.address import Address
from netmon.domain.decode import decode
from netmon.domain.duration import Duration
from netmon.domain.usage import UsageSettings

ROOT = Path(__file__).parents[2]


def test_no_file_and_an_empty_file_are_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("")
    assert load().config == load(tmp_path / "config.yaml").config == Config()
    assert load().errors == ()


def test_settings_are_the_same_without_the_rule_files(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/broken.yaml").write_text("rules: [\n")
    (tmp_path / "config.yaml").write_text("rules: [rules, nowhere]\ndata_dir: here\nlog: {format: xml}\n")
    whole, settings = load(tmp_path / "config.yaml"), load_settings(tmp_path / "config.yaml")
    assert settings.files == RuleFiles()
    assert sorted([*settings.problems, *whole.files.problems]) == list(whole.problems)
    assert msgspec.structs.replace(settings, files=whole.files, problems=whole.problems) == whole


def test_the_defaults_themselves_are_valid() -> None:
    plain = msgspec.to_builtins(Config(), enc_hook=str)
    text = msgspec.json.encode(plain)
    read = yaml.parse(text, "defaults.yaml")
    assert read.problems == ()
    assert decode(Config, read.document) == Config()


def test_the_shipped_config_is_valid_and_says_the_defaults() -> None:
    loaded = load(ROOT / "config.yaml")
    assert loaded.problems == load().problems
    assert loaded.config == Config()


def test_every_commented_key_of_the_shipped_config_is_valid_and_the_default(tmp_path: Path) -> None:
    text = (ROOT / "config.yaml").read_text()
    assert text == (ROOT / "netmon/config/starter/config.yaml").read_text()
    lines = [line for line in text.splitlines() if line.strip() != "#" and not line.startswith("# ")]
    commented = [line.replace("# ", "", 1) for line in lines]
    (tmp_path / "config.yaml").write_text("\n".join(commented))
    loaded = load(tmp_path / "config.yaml")
    assert [str(problem) for problem in loaded.errors if "credential" not in problem.message] == []
    assert msgspec.structs.replace(loaded.config, traps=Config().traps) == Config()


def test_every_key_stands_in_the_shipped_config() -> None:
    text = (ROOT / "config.yaml").read_text()
    assert [name for name in Config.__struct_fields__ if f"{name}:" not in text] == []


def test_relative_paths_begin_at_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc/mibs").mkdir(parents=True)
    (tmp_path / "etc/more.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "etc/inventory.yaml").write_text("elements: [{id: r1, addresses: [192.0.2.1]}]\n")
    (tmp_path / "etc/config.yaml").write_text(
        "{inventory: inventory.yaml, rules: [more.yaml], mibs: [mibs], data_dir: state, node_id: n1}"
    )
    monkeypatch.chdir(tmp_path)
    loaded = load(Path("etc/config.yaml"))
    assert loaded.errors == ()
    assert list(loaded.inventory.elements) == ["r1"]
    assert loaded.inventory_document.file == "etc/inventory.yaml"
    assert loaded.files.rules[-1].file == "etc/more.yaml"
    assert loaded.mibs[0] == shipped("mibs") / "standard"
    assert loaded.mibs[-2:] == (tmp_path / "etc/mibs", shipped("mibs") / "condensed")
    assert (loaded.data_dir, loaded.node_id) == (tmp_path / "etc/state", "n1")


def test_find_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("")
    assert find_config() == Path("config.yaml")


def test_rule_files_are_told_apart_by_what_stands_in_them(tmp_path: Path) -> None:
    for name, text in {
        "a.yaml": "version: 1\nrules: []",
        "a.test.yaml": "tests: []",
        "sub/m.yaml": "version: 1\nprofile: x",
        "sub/u.yml": "metering: []",
        "z.txt": "no",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "sub" / "same.yaml").symlink_to(tmp_path / "a.yaml")
    (tmp_path / "here").symlink_to(tmp_path / "sub")
    files = read_rule_files([tmp_path, tmp_path / "a.yaml", tmp_path / "here", tmp_path / "here" / "u.yml"])
    names = {
        kind: [Path(document.file).name for document in getattr(files, kind)]
        for kind in ("rules", "metrics", "usage", "tests")
    }
    assert names == {"rules": ["a.yaml"], "metrics": ["m.yaml"], "usage": ["u.yml"], "tests": ["a.test.yaml"]}


def test_the_shipped_rules_are_readable_yaml() -> None:
    assert read_rule_files([shipped("rules")]).problems == ()


def test_data_dir_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}/a:{tmp_path}/b")
    assert default_data_dir() == tmp_path / "a"
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / "netmon"


def test_a_data_dir_that_cannot_be_made_names_itself(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError) as caught:
        prepare_data_dir(tmp_path / "file" / "state")
    assert caught.value.filename == str(tmp_path / "file" / "state")


def test_addresses() -> None:
    assert (Address("127.0.0.1:80").host, Address("127.0.0.1:80").port) == ("127.0.0.1", 80)
    assert (Address("[::1]:80").host, Address("[::1]:80").port) == ("::1", 80)


def test_usage_settings_are_those_of_the_meter() -> None:
    config = Config()
    settings = config.usage.settings("n1")
    assert (settings.feeds, settings.interval_ms, settings.grace_ms) == ({"main": "n1"}, 900_000, 180_000)
    assert settings.pairs == UsageSettings().pairs


def test_retention_is_that_of_the_store() -> None:
    assert Config().retention.limits().log_ms == Duration("7d").ms


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        ("{feeds: [{id: main, group: nosuchgroup}]}", 'there is no group "nosuchgroup" on this host'),
        ("{poll: 70s}", "70s does not divide 5m"),
    ],
)
def test_usage_that_could_never_be_published_or_polled_is_an_error(tmp_path, usage, told):
    path = tmp_path / "config.yaml"
    path.write_text(f"version: 1\nusage: {usage}\n")
    assert any(told in problem.message for problem in load(path).errors)
