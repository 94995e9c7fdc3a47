"""``netmon inventory import`` and ``diff``, and what ``discover`` writes."""

from pathlib import Path

import pytest
from typer.testing import Result

from netmon.cli.frame import natural
from netmon.cli.inventory_import import differences
from netmon.config.csv_elements import cells, read_csv
from netmon.domain.inventory import Element, Inventory, Link
from tests.command_line import call

INVENTORY = """\
version: 1
sites: [{id: ber1}]
elements:
  # the first one
  - {id: r1, addresses: [192.0.2.1], site: ber1, credential: ro}   # in Berlin
links: []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inventory.yaml").write_text(INVENTORY)
    (tmp_path / "secret").write_text("public")
    credentials = "[{id: ro, version: v2c, community: {file: secret}}]"
    config = f"version: 1\ndata_dir: data\ninventory: inventory.yaml\ncredentials: {credentials}\n"
    (tmp_path / "config.yaml").write_text(config)
    return tmp_path


def netmon(folder: Path, *words: str) -> Result:
    return call("inventory", *words, "-c", str(folder / "config.yaml"))


def imported(folder: Path, text: str, *words: str) -> Result:
    (folder / "elements.csv").write_text(text)
    return netmon(folder, "import", str(folder / "elements.csv"), *words)


def test_new_elements_go_in_and_comments_stay(folder: Path) -> None:
    result = imported(
        folder,
        "id,addresses,site,credential,tags,ping,port\n"
        "# the second one\n"
        'r2,"192.0.2.2 2001:db8::2",ber1,ro,vendor=juniper rack=4,no,1161\n'
        "r1,192.0.2.1,ber1,ro,,,\n",
    )
    assert (result.exit_code, result.stderr) == (0, "1 element added, 1 element there already\n")
    written = (folder / "inventory.yaml").read_text()
    line = (
        "  - {id: r2, addresses: [192.0.2.2, '2001:db8::2'], site: ber1, credential: ro, "
        "tags: {vendor: juniper, rack: '4'}, ping: false, port: 1161}\n"
    )
    assert written == INVENTORY.replace("# in Berlin\n", "# in Berlin\n" + line)


def test_a_dry_run_changes_nothing(folder: Path) -> None:
    result = imported(folder, "id;addresses\nr2;192.0.2.2\n", "--dry-run")
    assert result.stdout == "elements:\n  - {id: r2, addresses: [192.0.2.2]}\n"
    assert (folder / "inventory.yaml").read_text() == INVENTORY


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,adresses\nr2,x\n", ':1:4: unknown column "adresses" (did you mean "addresses"?)'),
        ("id\nr2\n", ':1:1: column "addresses" is missing'),
        ("id,addresses,id\n", ':1:14: column "id" is there twice'),
        ("id,addresses\nr2,192.0.2.2,x\n", ":2:14: more cells than columns"),
        (
            "id,addresses\nr2,192.0.2.1\n",
            ':2:4: elements[1].addresses[0]: 192.0.2.1 is an address of both "r1" and "r2"',
        ),
        ("id,addresses,credential\nr2,192.0.2.2,r0\n", ':2:14: elements[1].credential: unknown credential "r0"'),
        (
            "id,addresses,site\nr2,192.0.2.2,ber2\n",
            ':2:14: elements[1].site: unknown site "ber2" (did you mean "ber1"?)',
        ),
        ("id,addresses,port\nr2,192.0.2.2,snmp\n", ":2:14: elements[1].port:"),
        ("id,addresses\n10.0.0.1,192.0.2.2\n", ':2:1: elements[1].id: "10.0.0.1" is an address'),
        (
            "id,addresses,site\nr1,192.0.2.1,ham1\n",
            ':2:14: site: "r1" is in the inventory with "ber1"; change it there',
        ),
        (
            "id,addresses,role\nr1,192.0.2.1,edge\n",
            ':2:14: role: "r1" is in the inventory without it; change it there',
        ),
        ("", ":1:1: no header"),
    ],
)
def test_errors_have_their_place_and_nothing_changes(folder: Path, text: str, told: str) -> None:
    result = imported(folder, text)
    assert result.exit_code == 1
    assert f"elements.csv{told}" in result.stderr
    assert "nothing was changed" in result.stderr
    assert (folder / "inventory.yaml").read_text() == INVENTORY


def test_every_error_is_told_in_one_pass(folder: Path) -> None:
    result = imported(folder, "id,addresses,site,colour\nr1,192.0.2.1,ham1,red\nr2,192.0.2.2,ber2\nr3,x y,,,more\n")
    told = [line.partition("elements.csv")[2] for line in result.stderr.splitlines()]
    assert [line.partition(": ")[2].partition(": ")[0] for line in told[:-1]] == [
        'unknown column "colour"', "site", "elements[1].site", "more cells than columns"
    ]  # fmt: skip
    assert result.stderr.splitlines()[-1] == "netmon: 4 errors: nothing was changed"


def test_a_file_that_is_no_text_says_where(folder: Path) -> None:
    (folder / "elements.csv").write_bytes(b"id,\xff")
    result = netmon(folder, "import", str(folder / "elements.csv"))
    assert result.exit_code == 1
    assert result.stderr == f"netmon: {folder / 'elements.csv'}: not UTF-8 (octet 4 is 0xFF)\n"


def test_cells_in_quotes() -> None:
    assert list(cells('a,"b, ""c""",,d', ",")) == [(1, "a"), (3, 'b, "c"'), (14, ""), (15, "d")]


def test_a_list_in_brackets_is_not_torn_apart(folder: Path) -> None:
    text = "version: 1\nelements: [{id: r1, addresses: [192.0.2.1]}]\n"
    (folder / "inventory.yaml").write_text(text)
    result = imported(folder, "id,addresses\nr2,192.0.2.2\n")
    assert (result.exit_code, "stands in brackets" in result.stderr) == (1, True)
    assert (folder / "inventory.yaml").read_text() == text


def test_an_inventory_inside_the_configuration(folder: Path) -> None:
    config = folder / "config.yaml"
    text = config.read_text().replace(
        "inventory: inventory.yaml", "inventory:\n  elements:\n    - id: r1\n      addresses: [192.0.2.1]"
    )
    config.write_text(text)
    assert imported(folder, "id,addresses\nr2,192.0.2.2\n").exit_code == 0
    assert "      addresses: [192.0.2.1]\n    - {id: r2, addresses: [192.0.2.2]}\n" in config.read_text()


def test_without_an_inventory_it_says_where_to_name_one(folder: Path) -> None:
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("inventory: inventory.yaml\n", ""))
    result = imported(folder, "id,addresses\nr2,192.0.2.2\n")
    assert (result.exit_code, "names no inventory" in result.stderr) == (2, True)


def test_bad_rows_are_numbered_by_line() -> None:
    found = read_csv("\ufeffid,addresses\n\nr1,192.0.2.1\n", "x.csv")
    assert (found.rows, str(found.places[0, "addresses"])) == (({"id": "r1", "addresses": ["192.0.2.1"]},), "x.csv:3:4")


def test_what_two_inventories_differ_in() -> None:
    before = Inventory(elements={"a": Element("a", ("192.0.2.1",)), "b": Element("b", ("192.0.2.2",))})
    now = Inventory(
        elements={"b": Element("b", ("192.0.2.3",), site="ber1"), "c": Element("c", ("192.0.2.4",))},
        links={"l": Link("l", "b", "c")},
    )
    found = [(one.kind, one.id, one.what, one.keys) for one in differences(before, now)]
    assert found == [
        ("elements", "a", "removed", {}),
        ("elements", "b", "changed", {"addresses": (("192.0.2.2",), ("192.0.2.3",)), "site": ("", "ber1")}),
        ("elements", "c", "added", {}),
        ("links", "l", "added", {}),
    ]


def test_the_difference_to_another_file(folder: Path) -> None:
    other = folder / "old.yaml"
    other.write_text(INVENTORY.replace("credential: ro", "role: edge"))
    result = netmon(folder, "diff", str(other))
    assert (result.exit_code, result.stdout) == (1, '~ elements.r1  credential: "" -> "ro", role: "edge" -> ""\n')
    other.write_text(INVENTORY)
    assert netmon(folder, "diff", str(other)).exit_code == 0


def test_without_a_daemon_there_is_nothing_to_compare_with(folder: Path) -> None:
    result = netmon(folder, "diff")
    assert (result.exit_code, "no engine answers" in result.stderr) == (2, True)


def test_ports_stand_in_the_order_of_their_numbers() -> None:
    ports = ["if:Gi0/10", "if:Gi0/2", "if:Gi0", "if:²", "psu:1"]
    assert sorted(ports, key=natural) == ["if:Gi0", "if:Gi0/2", "if:Gi0/10", "if:²", "psu:1"]
