"""Modules of snmp_exporter named by elements of the inventory."""

from pathlib import Path

from netmon.config.rules import Judged
from tests import judging

MODULES = """\
auths: {public_v2: {community: public}}
modules:
  acme: {walk: [1.3.6.1.4.1.32473], metrics: [{name: m, oid: 1.3.6.1.4.1.32473.1, type: gauge}]}
  system: {walk: [1.3.6.1.2.1.1], metrics: [{name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge}]}
  unused: {metrics: [{name: m, oid: 1.3.6.1.4.1.32473.1, type: gauge}]}
"""


def judged(folder: Path, profiles: str, *, polling: str = "exporter_modules: [snmp.yml]") -> Judged:
    (folder / "snmp.yml").write_text(MODULES)
    (folder / "community").write_text("public\n")
    (folder / "config.yaml").write_text(
        f"version: 1\ndata_dir: data\npolling: {{{polling}}}\n"
        "credentials: [{id: lab, version: v2c, community: {file: community}}]\n"
        f"inventory:\n  version: 1\n  elements:\n  - {{id: r1, addresses: [192.0.2.1], credential: lab}}\n"
        f"  - {{id: r2, addresses: [192.0.2.2], credential: lab, profiles: [{profiles}]}}\n"
    )
    return judging.judged(folder / "config.yaml")


def test_a_module_that_is_named_is_polled_and_native_profiles_go_first(tmp_path: Path) -> None:
    found = judged(tmp_path, "acme, system")
    assert found.errors == ()
    assert [one.name for one in found.profiles if one.module] == ["acme"]
    assert "system" in [one.name for one in found.profiles]
    assert set(found.exporter.modules) == {"acme", "system", "unused"}


def test_a_name_that_nothing_has_is_an_error(tmp_path: Path) -> None:
    (problem,) = judged(tmp_path, "system, acmee").errors
    assert str(problem).endswith(
        'config.yaml:9:74: inventory.elements[1].profiles[1]: unknown profile "acmee" (did you mean "acme"?)'
    )


def test_a_file_that_is_not_there_and_wrong_networks(tmp_path: Path) -> None:
    polling = "exporter_modules: [snmp.yml, none.yml], exporter_targets: [10.0.0.0/8, ten]"
    found = [str(one) for one in judged(tmp_path, "system", polling=polling).errors]
    assert [line.partition("config.yaml:")[2] for line in found] == [
        "3:40: polling.exporter_modules[1]: there is no file or folder none.yml",
        "3:82: polling.exporter_targets[1]: 'ten' is not an address or a prefix (write '10.0.0.1' or '10.0.0.0/8')",
    ]


def test_a_rule_may_stand_on_the_series_of_a_module_that_is_polled(tmp_path: Path) -> None:
    rule = "raise: {{metric: {}, when: value > 1}}, severity: minor, text: t"
    named = "".join(f"  - {{id: {name}, {rule.format(name)}}}\n" for name in ("m", "other"))
    (tmp_path / "rules.yaml").write_text(f"version: 1\nrules:\n{named}".replace("id: m,", "id: of-m,"))
    polling = "exporter_modules: [snmp.yml]}\nrules: [rules.yaml]\nusage: {"
    warned = [one.message for one in judged(tmp_path, "acme", polling=polling).problems if "collects" in one.message]
    assert len(warned) == 1
    assert "nothing collects 'other'" in warned[0]
