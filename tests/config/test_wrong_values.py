"""Every key of a configuration with a value that it cannot have: each is told at its place, and nothing raises."""

import json
import types
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pytest

from netmon.config import load as loading
from netmon.config.load import load
from netmon.config.rule_files import RuleFiles
from netmon.config.schema import Config
from netmon.domain.place import Path as Keys
from netmon.domain.place import path_text
from netmon.domain.secret import Secret


def keys_of(type_: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Yield all keys below a type that hold no others, with their types; one item stands for each kind in a list."""
    options = list(flat(type_))
    structs = [one for one in options if is_struct(one)]
    items = [one for option in options if get_origin(option) is tuple for one in flat(get_args(option)[0])]
    if structs:
        for field in msgspec.structs.fields(structs[0]):
            yield from keys_of(field.type, (*path, field.encode_name))
    elif kinds := [one for one in items if is_struct(one)]:
        for at, struct in enumerate(kinds):
            yield from keys_of(struct, (*path, at))
    else:
        yield path, type_


def flat(type_: Any) -> Iterator[Any]:
    origin = get_origin(type_)
    if origin is Annotated:
        yield from flat(get_args(type_)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(type_):
            yield from flat(one)
    else:
        yield type_


def is_struct(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, msgspec.Struct) and type_ is not Secret


KEYS = tuple(path for path, _ in keys_of(Config))
SWITCHES = {path_text(path) for path, type_ in keys_of(Config) if bool in flat(type_)}
OUTPUTS = next(field.type for field in msgspec.structs.fields(Config) if field.name == "outputs")
KINDS = [str(one.__struct_config__.tag) for one in flat(get_args(OUTPUTS)[0])]


def written(value: Any) -> str:
    """Return a configuration with every key, each of this value."""
    document: dict[str, Any] = {}
    for path in KEYS:
        at: Any = document
        for part, following in pairwise(path):
            fresh: Any = [] if isinstance(following, int) else {}
            if isinstance(part, int) and part == len(at):
                at.append(fresh)
            at = at[part] if isinstance(part, int) else at.setdefault(part, fresh)
        at[path[-1]] = value
    for output, kind in zip(document["outputs"], KINDS, strict=True):
        output["type"] = kind
    return json.dumps(document)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # Reading the shipped rules takes longer than all else, and they are the same each time.
    monkeypatch.setattr(loading, "read_rule_files", lambda *_, **__: RuleFiles())


def told(value: Any) -> tuple[list[str], set[str]]:
    """Return the problems, and which keys none of them names."""
    Path("config.yaml").write_text(written(value))
    messages = [str(one) for one in load(Path("config.yaml")).problems]
    return messages, {name for name in map(path_text, KEYS) if not any(name in line for line in messages)}


def test_there_is_a_wrong_value_for_every_key() -> None:
    assert len(KEYS) > 100
    assert {str(path[0]) for path in KEYS} == {field.encode_name for field in msgspec.structs.fields(Config)}


@pytest.mark.parametrize(
    "value",
    [{"no such": 1}, [["x"]], 1.5, -1, 10**30, "half \ud800", "nothing\0more"],
    ids=["mapping", "list", "fraction", "negative", "huge", "half a character", "zero octet"],
)
def test_what_no_key_can_be_is_told_of_each(value: Any) -> None:
    assert told(value)[1] == set()


def test_true_is_for_switches_only() -> None:
    assert told(True)[1] == SWITCHES


ODD: list[Any] = [
    None, "", [], {}, "x", "9" * 5_000, ".", "/", "~nobody-here/x", "::", "[::1]:99999", "0.0.0.0:0", "-5s", "1e999s",
    "two\nlines\x1b[2J",
]  # fmt: skip


@pytest.mark.parametrize("value", ODD)
def test_nothing_raises_and_each_problem_is_a_line(value: Any) -> None:
    messages, _ = told(value)
    assert messages
    assert all(line.isprintable() for line in messages)
