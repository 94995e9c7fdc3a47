"""Items added to lists of YAML files: comments and everything else stay."""

import pytest
import yaml

from netmon.config.edit import CannotEdit, with_items

FILE = """\
version: 1   # of the form
# where we are
sites:
  - {id: ber1, name: Berlin}

elements:
  # the core
  - id: r1
    addresses:
      - 192.0.2.1   # loopback
  - {id: r2,
     addresses: [192.0.2.2]}   # in two lines

# links follow
links: []  # none yet
groups:
services: ~
"""


def test_an_item_goes_behind_the_last_one_and_before_the_comment():
    text = with_items(FILE, ("elements",), ["id: r3\naddresses: [192.0.2.3]"])
    assert text == FILE.replace("in two lines\n", "in two lines\n  - id: r3\n    addresses: [192.0.2.3]\n")


def test_an_empty_list_in_brackets_becomes_one_in_lines():
    text = with_items(FILE, ("links",), ["{id: l1}", "{id: l2}"])
    assert "links:  # none yet\n  - {id: l1}\n  - {id: l2}\ngroups:" in text


@pytest.mark.parametrize("key", ["groups", "services"])
def test_a_key_without_a_value_gets_its_list(key: str):
    assert yaml.safe_load(with_items(FILE, (key,), ["{id: x}"]))[key] == [{"id": "x"}]


@pytest.mark.parametrize("text", ["", "# nothing but words\n", "version: 1", "version: 1\n"])
def test_a_list_that_is_missing_is_made(text: str):
    made = with_items(text, ("elements",), ["{id: r1}"])
    assert yaml.safe_load(made)["elements"] == [{"id": "r1"}]
    assert made.startswith(text.rstrip("\n"))
    assert made.endswith("\n")


def test_a_list_inside_another_mapping():
    text = "inventory:\n  elements:\n  - {id: r1}\n  # end\nlog: {level: info}\n"
    made = with_items(text, ("inventory", "elements"), ["{id: r2}"])
    assert made == text.replace("- {id: r1}\n", "- {id: r1}\n  - {id: r2}\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("elements: [{id: r1}]\n", "stands in brackets"),
        ("{elements: []}\n", "stands in braces"),
        ("elements: word\n", "is no list"),
        ("- a\n", "no mapping"),
    ],
)
def test_what_cannot_be_added_to_is_refused(text: str, why: str):
    with pytest.raises(CannotEdit, match=why):
        with_items(text, ("elements",), ["{id: r2}"])


def test_nothing_to_add_is_no_change():
    assert with_items("elements: [{id: r1}]\n", ("elements",), []) == "elements: [{id: r1}]\n"


def test_a_text_in_lines_of_its_own_is_the_last_item():
    text = "elements:\n- id: r1\n  name: |\n    a\n    b\nlinks: []\n"
    made = with_items(text, ("elements",), ["{id: r2}"])
    assert made == text.replace("    b\n", "    b\n- {id: r2}\n")
