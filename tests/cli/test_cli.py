"""The command line: help that teaches, one line for each expected failure, exit codes, JSON."""

import json
from pathlib import Path

import pytest

import netmon
from netmon.cli.frame import print_table
from tests.command_line import call

COMMANDS = [
    ("init",),
    ("check",),
    ("run",),
    ("reload",),
    ("demo",),
    ("simulate",),
    ("replay",),
    ("alarms", "list"),
    ("rules", "check"),
    ("mib", "compile"),
    ("mib", "lookup"),
    ("mib", "status"),
    ("user", "add"),
    ("user", "list"),
    ("user", "token"),
    ("user", "remove"),
    ("usage", "verify"),
    ("usage", "recompute"),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "nothing-there"))
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_teaches_by_example(command: tuple[str, ...]) -> None:
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert f"netmon {' '.join(command)}" in result.stdout.partition("Examples")[2]


def test_the_first_help_lists_every_command() -> None:
    result = call()
    for command in COMMANDS:
        assert command[0] in result.stdout
    assert "netmon demo" in result.stdout


def test_version() -> None:
    assert call("--version").stdout == f"netmon {netmon.__version__}\n"


def test_wrong_use_is_2() -> None:
    assert call("chekc").exit_code == 2
    assert call("check", "--nope").exit_code == 2


@pytest.mark.slow
def test_check_of_nothing_is_fine() -> None:
    result = call("check")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("0 errors, ")


def test_check_tells_every_error_and_a_summary() -> None:
    Path("config.yaml").write_text("web: {lisen: x}\nlog: {format: xml}\npolling: {retries: 99}\n")
    result = call("check")
    assert result.exit_code == 1
    lines = [line for line in result.stdout.splitlines() if line.startswith("config.yaml:")]
    assert lines == [
        "config.yaml:1:7: web: unknown key 'lisen' (did you mean 'listen'?)",
        "config.yaml:2:15: log.format: unknown value 'xml' (one of json, text)",
        "config.yaml:3:20: polling.retries: 99 is above 10",
    ]
    assert result.stdout.splitlines()[-1].startswith("3 errors, ")


def test_check_warns_of_a_small_receive_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netmon.cli.check.possible_buffer", lambda octets: min(octets, 212_992))
    Path("config.yaml").write_text("traps: {receive_buffer: 8MiB}\n")
    result = call("check")
    assert result.exit_code == 0
    assert (
        "config.yaml:1:25: warning: traps.receive_buffer: this host gives 208 KiB of 8MiB: raise net.core.rmem_max "
        "(packaging/90-netmon.conf, for /etc/sysctl.d, does)"
    ) in result.stdout.splitlines()
    assert call("check", "--strict").exit_code == 1
    Path("config.yaml").write_text("traps: {receive_buffer: 128KiB}\n")
    assert "receive_buffer" not in call("check").stdout


def test_check_warns_of_names_without_an_answer() -> None:
    Path("config.yaml").write_text(
        "inventory:\n"
        "  elements:\n"
        "    - {id: r1, addresses: [localhost]}\n"
        "    - {id: r2, addresses: [192.0.2.2, r2.invalid]}\n"
    )
    result = call("check")
    warnings = [line for line in result.stdout.splitlines() if "no answer" in line]
    assert warnings == [
        "config.yaml:4:39: warning: inventory.elements[1].addresses[1]: no answer for r2.invalid: "
        "by this name the element cannot be asked"
    ]
    assert result.exit_code == 0


def test_check_as_json() -> None:
    Path("config.yaml").write_text("log: {format: xml}\n")
    result = call("check", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)[0] == {
        "file": "config.yaml",
        "line": 1,
        "column": 15,
        "message": "log.format: unknown value 'xml' (one of json, text)",
        "severity": "error",
    }


def test_check_of_a_file_that_is_not_there() -> None:
    result = call("check", "--config", "no.yaml")
    assert result.exit_code == 1
    assert "no.yaml:1:1: cannot be read: no such file or directory" in result.stdout


def test_run_with_a_broken_config_is_2_and_no_traceback() -> None:
    Path("config.yaml").write_text("log: {format: xml}\n")
    result = call("run")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "config.yaml:1:15: log.format: unknown value 'xml' (one of json, text)",
        "netmon: 1 error in the configuration; see netmon check",
    ]


def test_run_with_a_data_dir_that_cannot_be_made() -> None:
    Path("file").write_text("")
    Path("config.yaml").write_text("data_dir: file/state\n")
    result = call("run")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [f"netmon: cannot start: {Path.cwd()}/file/state: not a directory"]


def test_init_writes_what_check_accepts() -> None:
    assert call("init").exit_code == 0
    result = call("check")
    assert result.exit_code == 0
    assert "inventory: inventory.yaml\n" in Path("config.yaml").read_text()
    again = call("init")
    assert again.exit_code == 2
    assert again.stderr == "netmon: config.yaml is there already; nothing was written\n"


def test_reload_without_an_engine() -> None:
    Path("config.yaml").write_text("data_dir: state\n")
    result = call("reload")
    assert result.exit_code == 2
    assert result.stderr == f"netmon: no engine answers at {Path.cwd()}/state/engine.sock: netmon does not run there\n"


def test_alarms_and_replay_without_a_store() -> None:
    Path("config.yaml").write_text("data_dir: state\n")
    for words in (("alarms", "list"), ("replay",)):
        result = call(*words)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
    assert "one of cleared" in call("alarms", "list", "--severity", "high").stderr


def test_accounts_and_tokens() -> None:
    Path("config.yaml").write_text("data_dir: state\n")
    assert call("user", "token", "bob").stderr == (
        "netmon: there is no account 'bob'; add it with: netmon user add bob\n"
    )
    assert call("user", "add", "bob smith").exit_code == 2
    assert call("user", "add", "bob", "--role", "viewer").exit_code == 0
    assert json.loads(call("user", "list", "--json").stdout)[0]["role"] == "viewer"
    token = call("user", "token", "bob", "--expires", "1d").stdout.strip()
    assert token.startswith("nm_")
    assert len(token.split("_", 2)[2]) == 43
    secret = token.split("_", 2)[2].encode()
    assert all(secret not in path.read_bytes() for path in Path("state").iterdir() if path.is_file())
    assert "may not have the scope admin" in call("user", "token", "bob", "--scope", "admin").stderr
    assert call("user", "token", "bob", "--expires", "1").stderr == ("netmon: --expires: 1 has no unit (write '1s')\n")
    assert call("alarms", "list", "--json").stdout.strip() == "[]"


def test_accounts_are_listed_with_their_tokens_and_removed_with_them() -> None:
    Path("config.yaml").write_text("data_dir: state\n")
    assert call("user", "remove", "ann").stderr == "netmon: there is no account 'ann'\n"
    for name in ("ann", "bob"):
        call("user", "add", name)
        token = call("user", "token", name, "--expires", "1d").stdout.strip()
    listed = call("user", "list")
    assert listed.stdout.splitlines()[-1] == "2 accounts, 2 tokens"
    assert token.split("_")[1] in listed.stdout
    [ann, bob] = json.loads(call("user", "list", "--json").stdout)
    assert set(bob["tokens"][0]) == {"id", "scope", "created", "expires", "used"}
    assert bob["tokens"][0]["expires"] - bob["tokens"][0]["created"] == 86_400_000
    assert call("user", "remove", "ann").stdout == "ann is no account any more\n"
    assert json.loads(call("user", "list", "--json").stdout) == [bob]
    call("user", "add", "ann")
    assert json.loads(call("user", "list", "--json").stdout)[0]["tokens"] == []
    assert ann["tokens"] != []


def test_a_table_in_a_pipe_is_never_cut(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = "a long text " * 40
    print_table(("object", "text"), [("r1/if:" + 100 * "x", text)])
    head, row = capsys.readouterr().out.splitlines()
    assert row.split("  ")[0] == "r1/if:" + 100 * "x"
    assert row.rstrip().endswith(text.strip())
    assert "text" in head


def test_mib_lookup() -> None:
    result = call("mib", "lookup", "linkDown", "1.3.6.1.2.1.2.2.1.2.9", "--json")
    assert [(found["name"], found["oid"]) for found in json.loads(result.stdout)] == [
        ("IF-MIB::linkDown", "1.3.6.1.6.3.1.1.5.3"),
        ("IF-MIB::ifDescr.9", "1.3.6.1.2.1.2.2.1.2.9"),
    ]
    [status] = json.loads(call("mib", "lookup", "ifOperStatus.7", "--json").stdout)
    assert (status["oid"], status["syntax"], status["enums"]["down"]) == ("1.3.6.1.2.1.2.2.1.8.7", "INTEGER", 2)
    assert status["path"] == "iso.org.dod.internet.mgmt.mib-2.interfaces.ifTable.ifEntry.ifOperStatus"
    assert "up(1), down(2)" in call("mib", "lookup", "ifOperStatus").stdout.replace("\n", " ")
    unknown = call("mib", "lookup", "linkDwn")
    assert unknown.exit_code == 1
    assert unknown.stderr == 'netmon: unknown object "linkDwn" (did you mean "linkDown"?)\n'
    some = call("mib", "lookup", "linkDown", "linkDwn", "--json")
    assert (some.exit_code, [found["name"] for found in json.loads(some.stdout)]) == (1, ["IF-MIB::linkDown"])


@pytest.mark.parametrize(
    ("option", "told"), [("--reason=wrong_digst", "did you mean 'wrong_digest'?"), ("--source=notip", "no address")]
)
def test_rejected_traps_are_not_looked_for_where_none_can_be(option: str, told: str) -> None:
    refused = call("traps", "rejected", option)
    assert refused.exit_code == 2
    assert told in refused.stderr


@pytest.mark.slow
def test_mib_compile_tells_root_causes() -> None:
    Path("mibs").mkdir()
    Path("mibs/BROKEN-MIB").write_text("BROKEN-MIB DEFINITIONS ::= BEGIN\nx OBJECT IDENTIFIER ::= { nowhere 1 }\nEND\n")
    Path("config.yaml").write_text("mibs: [mibs]\n")
    result = call("mib", "compile", "--json")
    assert result.exit_code == 1
    assert [status["module"] for status in json.loads(result.stdout)] == ["BROKEN-MIB"]
    assert call("check").exit_code == 0
    assert call("check", "--strict").exit_code == 1


@pytest.mark.slow
def test_mib_status_counts_what_fails_because_of_each_cause() -> None:
    Path("mibs").mkdir()
    Path("mibs/b").write_text("B-MIB DEFINITIONS ::= BEGIN\nIMPORTS x FROM GONE-MIB;\nEND\n")
    Path("mibs/a").write_text("A-MIB DEFINITIONS ::= BEGIN\nIMPORTS x FROM B-MIB;\nEND\n")
    Path("mibs/README").write_text("no module\n")
    Path("config.yaml").write_text("mibs: [mibs]\n")
    cause = f"missing module GONE-MIB, imported by B-MIB ({Path('mibs/b').resolve()}:2)"
    lines = call("mib", "status").stdout.splitlines()
    readme = f"{Path('mibs/README').resolve()}:1:1: no module here (no NAME DEFINITIONS ::= BEGIN)"
    assert [line.split(maxsplit=3) for line in lines if line.startswith("README")] == [
        ["README", "ignored", "README", readme]
    ]
    assert lines[-3].split(maxsplit=1)[0] == "2"
    assert lines[-3].partition(cause)[2].strip() == "B-MIB, A-MIB"
    assert lines[-1].endswith(" compiled, 2 not; 1 file without a module")
    assert call("mib", "compile").exit_code == 1


def test_rules_check_of_one_file() -> None:
    rule = "{id: fan-bad, raise: {trap: linkDwon}, severity: major, text: t}"
    Path("a.yaml").write_text(f"version: 1\nrules:\n  - {rule}\n")
    result = call("rules", "check", "a.yaml")
    assert result.exit_code == 1
    assert "a.yaml:3:33: rule 'fan-bad': raise.trap: no notification 'linkDwon'" in result.stdout
    assert call("rules", "check", "no.yaml").exit_code == 2
