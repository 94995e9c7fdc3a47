"""The reference of the usage feed names every field that is written, and its examples come out as printed."""

import re
from pathlib import Path

import msgspec
import pytest

from netmon.outputs.usage import verify
from netmon.outputs.usage.render import Frame, Tally, header
from netmon.outputs.usage.samples import _ANCHOR_FIELDS, _SAMPLE_FIELDS
from netmon.storage.store import UsageFile
from netmon.usage.recompute import RecomputeConfig
from netmon.usage.record_line import DroppedEvidence, Evidence, Line, MeasuredBy, Resource, SampleEvidence
from tests.command_line import call

PAGE = (Path(__file__).parents[2] / "docs/reference/usage-feed.md").read_text()
FILE = UsageFile("main", 1, "f", 0, 0, 2, 1, 1, "")


def section(title: str) -> str:
    """Return a section up to the next one as high."""
    level, _, _ = title.partition(" ")
    return re.split(rf"^#{{2,{len(level)}}} ", PAGE.split(f"{title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str) -> set[str]:
    """Return the names in the first column."""
    firsts = re.findall(r"^\| (`[^|]*) \|", section(title), re.MULTILINE)
    return {name for first in firsts for name in re.findall(r"`([^`]+)`", first)}


def fields(*types: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for type_ in types for field in msgspec.structs.fields(type_)}


def test_every_field_of_a_record_has_a_row() -> None:
    assert fields(Line) <= rows("## Record")
    assert fields(Evidence) == rows("### `evidence`")
    text = section("## Record")
    inside = fields(Resource, MeasuredBy, SampleEvidence, DroppedEvidence)
    assert [name for name in inside if f"`{name}`" not in text] == []


def test_every_field_of_header_trailer_and_manifest_has_a_row() -> None:
    assert set(header(FILE, Frame("n", 1, "", compress=True))) == rows("## Header")
    added = {"name", "bytes", "sha256", "content_sha256", "samples", "signature"}
    assert {*Tally("").trailer(FILE), *added} == rows("## Trailer and manifest")


def test_every_key_and_field_of_recompute_has_a_row() -> None:
    assert fields(RecomputeConfig) == rows("### Configuration")
    assert rows("### Readings") == _SAMPLE_FIELDS | _ANCHOR_FIELDS


def test_every_check_of_verify_is_explained() -> None:
    checks = set(re.findall(r'"(R\d+)"', Path(verify.__file__).read_text()))
    assert checks == set(re.findall(r"^\| (R\d+) \|", PAGE, re.MULTILINE))


def test_recompute_says_what_the_page_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    samples, config, printed = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    Path("samples.jsonl").write_text(samples)
    Path("pairs.yaml").write_text(config)
    words = ["usage", "recompute", "--samples", "samples.jsonl", "--config", "pairs.yaml", "--explain"]
    assert call(*words).stdout == printed


def test_the_id_is_computed_as_the_page_does() -> None:
    (script,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    exec(script, {})
