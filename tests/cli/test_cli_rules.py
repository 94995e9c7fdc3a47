"""``netmon rules``: what is wrong is told at its place, and nothing is tested in silence."""

from pathlib import Path

import pytest

from tests.command_line import call

RULE = "version: 1\nrules:\n  - {id: fan-bad, raise: {trap: linkDwon}, severity: major, text: t}\n"
TEST = "tests:\n  - name: a link\n    input: |\n      0s trap IF-MIB::linkDown r1 ifIndex=3\n"
GOOD = RULE.replace("linkDwon", "linkDown")
BAD_TRAP = "x.yaml:3:33: rule 'fan-bad': raise.trap: no notification 'linkDwon' in the MIBs (did you mean 'linkDown'?)"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "nothing-there"))
    return tmp_path


def test_tests_of_invalid_rules_tell_what_is_wrong_with_them() -> None:
    Path("x.yaml").write_text(RULE)
    Path("x.test.yaml").write_text(TEST)
    result = call("rules", "test", "x.test.yaml")
    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)
    assert result.stdout.splitlines() == [BAD_TRAP, "0 tests, 0 failed; of 0 rules 0 raised, 0 cleared"]


@pytest.mark.slow
def test_a_test_is_found_by_any_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("sub").mkdir()
    Path("sub/x.yaml").write_text(GOOD)
    Path("sub/x.test.yaml").write_text(TEST)
    Path("sub/other.test.yaml").write_text("tests:\n  - {name: another, input: ''}\nrules: x.yaml\n")
    absolute = call("rules", "test", str(folder / "sub" / "x.test.yaml"))
    relative = call("rules", "test", "./sub/../sub/x.test.yaml")
    monkeypatch.chdir(folder / "sub")
    above = call("rules", "test", "../sub/x.test.yaml")
    elsewhere = Path("/")
    monkeypatch.chdir(elsewhere)
    for result in (absolute, relative, above, call("rules", "test", str(folder / "sub" / "x.test.yaml"))):
        assert result.stdout.splitlines()[-1] == "1 test, 1 failed; of 1 rule 0 raised, 0 cleared"
        assert "FAILED" in result.stdout
    assert (
        call("rules", "test", str(folder / "sub")).stdout.splitlines()[-1]
        == "2 tests, 1 failed; of 1 rule 0 raised, 0 cleared"
    )


@pytest.mark.slow
def test_a_configuration_beside_the_rules_is_no_rule_file() -> None:
    Path("config.yaml").write_text("version: 1\ninventory: hosts.yaml\nrules: [.]\n")
    Path("hosts.yaml").write_text("version: 1\nelements: [{id: r1, addresses: [192.0.2.1]}]\n")
    Path("lab.yml").write_text("version: 1\nrules: [x.yaml]\n")
    Path("x.yaml").write_text(GOOD)
    Path("x.test.yaml").write_text(
        "inventory: {elements: [{id: r1}]}\n" + TEST + "    expect: [{at: 0s, raised: r1}]\n"
    )
    tested = call("rules", "test", ".")
    assert (tested.exit_code, tested.stdout.splitlines()[-1]) == (0, "1 test, 0 failed; of 1 rule 1 raised, 0 cleared")
    checked = call("rules", "check", ".")
    assert (checked.exit_code, checked.stdout.splitlines()[-1]) == (0, "0 errors, 3 warnings in 1 of 2 files; 1 rule")
    # What is named is meant, and what is no configuration is told.
    assert call("rules", "check", "hosts.yaml").exit_code == 1
    Path("y.yaml").write_text("version: 1\nruels: []\n")
    assert "y.yaml:2:1: unknown key 'ruels' (did you mean 'rules'?)" in call("rules", "check", ".").stdout


def test_a_path_without_a_test_is_wrong_use() -> None:
    Path("x.yaml").write_text(GOOD)
    for path in ("x.yaml", "."):
        result = call("rules", "test", path)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == f"netmon: there is no test in {path}\n"
    assert call("rules", "test", "no.test.yaml").stderr == "netmon: there is no file or folder no.test.yaml\n"


@pytest.mark.slow
def test_check_judges_metering_and_profiles_too() -> None:
    Path("metering.yaml").write_text("version: 1\nmetering:\n  - {id: all, objects: [r1/if:a], feed: mian}\n")
    Path("mine.yaml").write_text("version: 1\nprofile: mine\nextends: [if-mib, sistem]\n")
    Path("fine.yaml").write_text("version: 1\nprofile: fine\nextends: [if-mib]\n")
    metering = call("rules", "check", "metering.yaml")
    assert (metering.exit_code, metering.stdout.splitlines()) == (
        1,
        [
            'metering.yaml:3:25: metering[0].objects[0]: unknown element "r1"',
            'metering.yaml:3:41: metering[0].feed: unknown feed "mian" (did you mean "main"?)',
            "2 errors, 0 warnings in 1 of 1 file; 0 rules",
        ],
    )
    mine = call("rules", "check", "mine.yaml")
    assert mine.stdout.splitlines()[0] == 'mine.yaml:3:19: unknown profile "sistem" (did you mean "system"?)'
    assert mine.exit_code == 1
    assert call("rules", "check", "fine.yaml").exit_code == 0
    assert call("rules", "check", ".").stdout.splitlines()[-1] == "3 errors, 0 warnings in 2 of 3 files; 0 rules"


@pytest.mark.slow
def test_check_of_everything_finds_them_in_the_configuration() -> None:
    Path("rules").mkdir()
    Path("rules/metering.yaml").write_text("version: 1\nmetering:\n  - {id: all, services: [s1], feed: main}\n")
    Path("config.yaml").write_text(
        "rules: [rules]\ninventory:\n  elements: [{id: r1, addresses: [192.0.2.1]}]\n"
        "  services: [{id: s1, members: [{object: r1/if:a}]}]\n"
    )
    result = call("rules", "check")
    assert result.exit_code == 1
    assert "config.yaml:4:33: inventory.services[0].members[0].facing: missing" in result.stdout


def test_files_that_cannot_be_read_count_among_the_files() -> None:
    Path("broken.yaml").write_text("rules: [\n")
    result = call("rules", "check", "broken.yaml")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "1 error, 0 warnings in 1 of 1 file; 0 rules"


def test_a_rule_that_no_passed_test_raises_or_clears_is_told() -> None:
    Path("x.yaml").write_text(GOOD)
    Path("x.test.yaml").write_text(
        "tests:\n  - {name: raised only, input: 0s trap IF-MIB::linkDown r1 ifIndex=3, until: 1s,"
        " expect: [{at: 0s, raised: r1}]}\n"
    )
    result = call("rules", "test", "x.test.yaml")
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if "warning" in line] == [
        "x.yaml:3:5: warning: rule 'fan-bad': no test clears it"
    ]
    assert result.stdout.splitlines()[-1] == "1 test, 0 failed; of 1 rule 1 raised, 0 cleared"


@pytest.mark.slow
def test_check_warns_of_rules_that_nothing_proves() -> None:
    Path("x.yaml").write_text(GOOD)
    untested = call("rules", "check", "x.yaml")
    assert untested.exit_code == 0
    assert "x.yaml:3:5: warning: rule 'fan-bad': no test raises it" in untested.stdout
    assert "x.yaml:3:5: warning: rule 'fan-bad': no test clears it" in untested.stdout
    Path("x.test.yaml").write_text(TEST + "    expect: [{at: 0s, raised: r1}]\n")
    tested = call("rules", "check", "x.yaml")
    assert "no test raises it" not in tested.stdout
    assert "no test clears it" in tested.stdout
    assert call("rules", "check", "x.yaml", "--strict").exit_code == 1


@pytest.mark.slow
def test_a_rule_file_and_the_tests_beside_it_are_one_choice_for_both_commands() -> None:
    Path("x.yaml").write_text(GOOD)
    Path("x.test.yaml").write_text(TEST)
    Path("y.yaml").write_text(RULE)
    for command in ("check", "test"):
        of_rules, of_tests = call("rules", command, "x.yaml"), call("rules", command, "x.test.yaml")
        assert of_rules.stdout == of_tests.stdout
        assert "y.yaml" not in of_rules.stdout
    Path("x.test.yaml").write_text(TEST.replace("input", "inptu"))
    assert call("rules", "check", "x.yaml").exit_code == 1
    Path("other.test.yaml").write_text(TEST + "rules: x.yaml\n")
    assert call("rules", "test", "other.test.yaml").stdout.splitlines()[-1].startswith("1 test, ")


def test_check_warns_of_a_metric_that_nothing_collects() -> None:
    Path("x.yaml").write_text(
        "version: 1\nrules:\n"
        "  - {id: hot, raise: {metric: netmon_cpu_percnt, when: value > 90}, severity: major, text: t}\n"
        "  - {id: busy, raise: {metric: netmon_if_in_errors_ratio, when: value > 90}, severity: major, text: t}\n"
        "  - {id: off, enabled: false, raise: {metric: nothing}, severity: major, text: t}\n"
    )
    told = call("rules", "check", "x.yaml").stdout
    assert (
        "x.yaml:3:31: warning: rule 'hot': raise.metric: nothing collects 'netmon_cpu_percnt' "
        '(did you mean "netmon_cpu_percent"?), so this never comes true'
    ) in told
    assert told.count("nothing collects") == 1


def test_what_was_seen_is_asked_of_a_daemon_that_runs() -> None:
    wrong = call("rules", "check", "--seen", "24")
    assert (wrong.exit_code, wrong.stderr) == (2, "netmon: --seen: 24 has no unit (write '24s')\n")
    nobody = call("rules", "check", "--seen", "24h")
    assert nobody.exit_code == 2
    assert "netmon does not run there" in nobody.stderr
