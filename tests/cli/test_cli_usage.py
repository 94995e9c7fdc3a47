"""``netmon usage``: files are proven, records are computed again."""

import gzip
import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

from netmon.outputs.usage import render
from netmon.outputs.usage.publish import Feed, Publisher
from netmon.outputs.usage.recompute import recompute
from netmon.outputs.usage.redeliver import redeliver
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch
from netmon.usage.record_line import canonical
from tests import command_line
from tests.usage.metered import QUARTER, START, Daemon, sample
from tests.usage.test_vectors import VECTORS, configured, lines

CASE = next(case for case in VECTORS["usage"] if case["expected_notes"] and case["expected_records"])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("data_dir: state\n")
    return tmp_path


def call(*words: str, stdin: bytes = b"") -> Result:
    return command_line.call("usage", *words, stdin=stdin)


@pytest.fixture
async def published(folder: Path) -> Path:
    """Two files of the feed ``main``, as the daemon publishes them."""
    store, daemon = open_store(folder / "netmon.db"), Daemon()
    publisher = Publisher(
        Feed(id="main", node_id="n1", open_ms=2 * QUARTER), store=store, folder=folder / "state" / "usage"
    )
    await publisher.prepare()
    for t in range(START, START + 4 * QUARTER + 300_001, 300_000):
        daemon.tick(t)
        daemon.take(sample(t, t - START))
    told = Batch(1, 1, daemon.records[-1].end, (), records=tuple(daemon.records), settled=tuple(daemon.settled))
    await store.commit(told)
    await publisher.publish_due(START + 4 * QUARTER)
    store.close()
    return folder / "state" / "usage" / "main" / "out"


def test_published_files_are_proven(published: Path) -> None:
    files = sum(path.name.endswith(".gz") for path in published.iterdir())
    assert files > 1
    for words in ((), ("--feed", "main"), (str(published),), ("state/usage/main/out",)):
        result = call("verify", *words)
        proven, seen = result.stdout.splitlines()
        assert (result.exit_code, proven) == (0, f"0 findings in {files} files of 1 feed")
        assert seen == f"seen: file 1 to file {files}; what came before and after is not judged"
    report = json.loads(call("verify", "--json").stdout)
    assert (report["feed"], report["ok"], report["from"]) == ("main", True, "2026-03-02T00:00:00.000Z")
    assert [(one["id"], one["status"], one["findings"], one["more"]) for one in report["checks"]] == [
        (id_, "pass", [], 0) for id_ in ("R1", "R2", "R3", "R4", "R10")
    ]
    assert [(one["expected"], one["measured"]) for one in report["checks"][:2]] == [
        (str(files), str(files)),
        (str(report_records(published)),) * 2,
    ]


def report_records(folder: Path) -> int:
    manifests = [json.loads(path.read_bytes()) for path in folder.glob("*.manifest.json")]
    return sum(one["records"] for one in manifests)


def test_that_nothing_was_verified_is_said(folder: Path) -> None:
    (folder / "state" / "usage" / "main" / "out").mkdir(parents=True)
    result = call("verify")
    assert (result.exit_code, result.stdout) == (0, "no usage file is published yet: nothing was verified\n")


def test_a_changed_record_is_told_with_file_and_line(published: Path) -> None:
    path = max(published.glob("*.gz"), key=lambda file: len(gzip.decompress(file.read_bytes())))
    content = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    content[1] = content[1].replace(b'"octets_in":', b'"octets_in":1')
    path.write_bytes(gzip.compress(b"".join(content)))
    result = call("verify")
    assert result.exit_code == 1
    assert any(line.startswith(f"{path}:3: R3: prev is not the hash") for line in result.stdout.splitlines())
    report = json.loads(call("verify", "--json").stdout)
    failed = {one["id"]: one for one in report["checks"] if one["status"] == "fail"}
    first = failed["R3"]["findings"][0]
    assert (report["ok"], first["file"].startswith(str(published)), first["line"]) == (False, True, 3)


def test_what_cannot_be_verified_is_one_line_and_2(published: Path) -> None:
    for words, told in (
        (("--feed", "mian"), "there is no feed mian in "),
        (("nowhere",), "there is no file or folder nowhere"),
        (("config.yaml",), "there is no usage file in config.yaml"),
        (("config.yaml", "--feed", "main"), "either PATH or --feed"),
    ):
        result = call("verify", *words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"netmon: {told}")
    Path("config.yaml").write_text("data_dir: other\n")
    assert call("verify").stderr == f"netmon: no feed has published anything in {Path.cwd()}/other/usage\n"


@pytest.fixture
def rules() -> str:
    Path("rules.json").write_text(json.dumps({**CASE["config"], "period": CASE["period"]}))
    return "rules.json"


def expected(*, explain: bool) -> bytes:
    [found] = recompute(configured(CASE), lines(CASE))
    items = (*found.notes, *found.pairs, *found.records) if explain else found.records
    return b"".join(canonical(item) + b"\n" for item in items)


@pytest.mark.parametrize("explain", [False, True])
def test_records_are_computed_again(rules: str, explain: bool) -> None:
    text = b"\n".join(lines(CASE))
    Path("samples.jsonl").write_bytes(text)
    Path("samples.jsonl.gz").write_bytes(gzip.compress(text))
    more = ("--explain",) if explain else ()
    for file in ("samples.jsonl", "samples.jsonl.gz", "-"):
        result = call("recompute", "--samples", file, "--config", rules, *more, stdin=text)
        assert (result.exit_code, result.stdout_bytes) == (0, expected(explain=explain))
    result = call("recompute", "--samples", "samples.jsonl", "--config", rules, "--out", "out.jsonl", *more)
    assert (result.exit_code, result.stdout, Path("out.jsonl").read_bytes()) == (0, "", expected(explain=explain))


def test_every_bad_line_is_told_and_no_record(rules: str) -> None:
    Path("samples.jsonl").write_bytes(b"\n".join([*lines(CASE), b"[]", b'{"t": "then"}']))
    number = len(lines(CASE))
    result = call("recompute", "--samples", "samples.jsonl", "--config", rules)
    assert (result.exit_code, result.stdout) == (1, "")
    first, second = result.stderr.splitlines()
    assert first == f"samples.jsonl:{number + 1}: line: not an object"
    assert second.startswith(f"samples.jsonl:{number + 2}: t: ")


def test_what_cannot_be_recomputed_is_told_and_2(rules: str) -> None:
    Path("bad.yaml").write_text("feed: netmon\nintervall_ms: 3\n")
    Path("bad.gz").write_bytes(b"no gzip")
    bad = call("recompute", "--samples", "-", "--config", "bad.yaml")
    assert (bad.exit_code, bad.stderr.splitlines()) == (
        2,
        [
            "bad.yaml:2:1: unknown key 'intervall_ms' (did you mean 'interval_ms'?)",
            "netmon: 1 error in bad.yaml",
        ],
    )
    for file in ("bad.gz", "nowhere.jsonl"):
        result = call("recompute", "--samples", file, "--config", rules)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"netmon: {file}: cannot be read (")


async def test_exceptions_are_listed_with_what_to_do(folder: Path) -> None:
    (folder / "state").mkdir()
    store, daemon = open_store(folder / "state" / "netmon.db"), Daemon()
    for t in range(START, START + 4 * QUARTER + 1, 60_000):
        daemon.tick(t)
        daemon.take(sample(t, t - START if t != START + 1_800_000 else 0))
    daemon.tick(START + 4 * QUARTER + 1)
    await store.commit(Batch(1, 1, daemon.records[-1].end, (), records=tuple(daemon.records)))
    store.close()
    span = ("--from", "2026-03-02T00:00:00Z", "--to", "2026-03-03T00:00:00Z", "--config", "config.yaml")
    rows = json.loads(call("exceptions", "--json", *span).stdout)
    assert [(row["kind"], *row["reasons"]) for row in rows] == [
        ("exception", "counter_regress"),
        ("interval", "counter_regress"),
    ]
    told = call("exceptions", *span)
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "2 exceptions")
    assert "Ask operations" in told.stdout
    assert call("exceptions", "--quality", "unknown", *span).stdout == "0 exceptions\n"
    assert call("exceptions", *span[:2]).exit_code == 0
    for words, problem in (
        (("--reason", "counter_regres"), "--reason: unknown reason 'counter_regres'"),
        (("--feed", "other"), "there is no feed other with a record (one of main)"),
        (("--from", "yesterday"), "--from:"),
    ):
        refused = call("exceptions", *words, "--config", "config.yaml")
        assert (refused.exit_code, problem in refused.stderr) == (2, True), refused.stderr


@pytest.fixture
def kept(folder: Path, published: Path) -> dict[str, bytes]:
    """The files as they were published, with the database where the command looks for it."""
    (folder / "netmon.db").rename(folder / "state" / "netmon.db")
    return {path.name: path.read_bytes() for path in published.iterdir()}


def redelivered(*words: str) -> Result:
    return call("redeliver", "--feed", "main", "--from", "1", "--to", "9", "--config", "config.yaml", *words)


def test_what_was_lost_or_changed_is_put_back_with_the_same_octets(published: Path, kept: dict[str, bytes]) -> None:
    first, manifest, second, _ = sorted(published.iterdir())
    assert json.loads(redelivered("--json").stdout)[0]["outcome"] == "stands"
    for lost in ([first], [manifest], [second], [*published.iterdir()]):
        for path in lost:
            path.unlink()
        if lost == [second]:
            second.write_bytes(kept[second.name][:-1])
        result = redelivered()
        assert (result.exit_code, " 0 files written" in result.stdout) == (0, False)
        assert {path.name: path.read_bytes() for path in published.iterdir()} == kept
    assert sorted(path.name for path in published.parent.iterdir() if path.name.startswith(".")) == [".tmp"]


def test_what_would_come_out_otherwise_is_refused_and_not_written(
    folder: Path, published: Path, kept: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_ = sorted(published.iterdir())
    first.unlink()
    monkeypatch.setattr(render, "__version__", "0.0.9")
    result = redelivered()
    assert result.exit_code == 1
    assert f"{first.name}: refused (its rows give other lines than were published" in result.stdout
    assert "No alarm tells of what was refused (usage-feed-integrity" in result.stdout
    assert not first.exists()


def test_two_runs_at_a_time_leave_the_files_of_each_other_alone(
    folder: Path, published: Path, kept: dict[str, bytes]
) -> None:
    for path in published.iterdir():
        path.unlink()
    with closing(open_store(folder / "state" / "netmon.db", read_only=True)) as store:
        one = redeliver(store, folder / "state" / "usage", feed="main", first=1, last=9)
        next(one)
        other = [told.outcome for told in redeliver(store, folder / "state" / "usage", feed="main", first=1, last=9)]
        assert (other[0], [told.outcome for told in one]) == ("stands", ["stands"] * (len(other) - 1))
    assert {path.name: path.read_bytes() for path in published.iterdir()} == kept
    assert sorted(path.name for path in published.parent.iterdir() if path.name.startswith(".")) == [".tmp"]


def test_an_unknown_feed_to_redeliver_is_told(published: Path, kept: dict[str, bytes]) -> None:
    refused = call("redeliver", "--feed", "mian", "--from", "1", "--to", "2", "--config", "config.yaml")
    assert (refused.exit_code, "there is no feed mian with a file (one of main)" in refused.stderr) == (2, True)
    refused = call("redeliver", "--feed", "main", "--from", "2", "--to", "1", "--config", "config.yaml")
    assert (refused.exit_code, "--to is less than --from" in refused.stderr) == (2, True)
    refused = call("redeliver", "--feed", "main", "--from", "70", "--to", "80", "--config", "config.yaml")
    assert (refused.exit_code, "feed main has published no file from 70 to 80" in refused.stderr) == (1, True)
