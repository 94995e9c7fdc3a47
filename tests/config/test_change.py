"""What a reload may change."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from netmon.config.change import RELOADABLE, changed_keys, refused
from netmon.config.load import Loaded, load
from netmon.config.schema import Config
from netmon.domain.place import path_text


def written(folder: Path, text: str) -> Loaded:
    path = folder / "config.yaml"
    path.write_text(text)
    loaded = load(path)
    assert loaded.errors == ()
    return loaded


@pytest.mark.parametrize(
    "text",
    [
        "inventory: {elements: [{id: r1, addresses: [192.0.2.1]}]}",
        "credentials: [{id: a, version: v1, community: {env: HOME}}]",
        "polling: {timeout: 3s}",
        "retention: {polls: 1h}",
        "log: {level: debug}",
        "rules: [.]",
        "mibs: [.]",
        "{credentials: [{id: a, version: v1, community: {env: HOME}}], traps: {communities: [{credential: a}]}}",
    ],
)
def test_reloadable(tmp_path: Path, text: str) -> None:
    old, new = written(tmp_path, ""), written(tmp_path, text)
    assert list(changed_keys(old.config, new.config))
    assert refused(old, new) == []


def test_others_are_refused_by_name_and_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    old = written(Path(), "")
    new = written(
        Path(),
        "web: {listen: '127.0.0.1:81'}\ntraps: {listen: ['127.0.0.1:163']}\noutputs: [{type: parquet}]\n"
        "node_id: x-y-z\nusage: {pairs: {rate_tol_pct: 9}}\nlog: {level: debug}\n",
    )
    assert [str(problem) for problem in refused(old, new)] == [
        "config.yaml:1:15: web.listen: needs a restart",
        "config.yaml:2:17: traps.listen: needs a restart",
        "config.yaml:3:10: outputs: needs a restart",
        "config.yaml:4:10: node_id: needs a restart",
        "config.yaml:5:31: usage.pairs.rate_tol_pct: needs a restart",
    ]


def test_every_reloadable_key_exists() -> None:
    for path in RELOADABLE:
        struct: Any = Config()
        for key in path:
            assert key in {field.encode_name for field in msgspec.structs.fields(struct)}, path
            struct = getattr(struct, key)


def test_nothing_differs(tmp_path: Path) -> None:
    old, new = written(tmp_path, "log: {level: info}"), written(tmp_path, "")
    assert [path_text(path) for path in changed_keys(old.config, new.config)] == []
