"""``netmon series``: what is stored, as lists, small charts and files for other tools."""

import csv
import io
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import Result

from netmon.storage.series import SeriesStore
from tests.command_line import call
from tests.outputs.samples import block

NOON = 1_700_049_600_000
"""2023-11-15T12:00:00Z."""
MINUTE, HOUR = 60_000, 3_600_000
RANGE = ("--from", "2023-11-15T12:00:00Z", "--to", "2023-11-15T14:00:00Z")
BIG = 2**64 - 10


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours of two ports of r1 and one of r2, a sample a minute but for ten minutes without."""
    folder = tmp_path_factory.mktemp("series")
    made = SeriesStore(folder)
    minutes = [minute for minute in range(120) if not 30 <= minute < 40]
    for seq, minute in enumerate(minutes):
        at = NOON + minute * MINUTE
        ports = {"xe-0/0/1": (BIG - 200 + minute, 1, "x"), "xe-0/0/2": (minute, 2, "y")}
        made.append([block(3 * seq + 1, at, ports), block(3 * seq + 2, at, {"ge-1": (5, 1, "")}, element="r2")])
    return folder


@pytest.fixture(autouse=True)
def store(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SeriesStore:
    """The store of a daemon that does not run."""
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("version: 1\ndata_dir: data\n")
    shutil.copytree(written, "data/series")
    return SeriesStore(Path("data/series"))


def run(*words: str) -> Result:
    return call("series", *words)


def exported(*words: str) -> list[dict[str, str]]:
    result = run("export", *words, *RANGE)
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_list_tells_which_series_have_samples():
    result = run("list", "ifHC*", *RANGE)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [(line[0], line[1], line[-1]) for line in lines[1:]] == [
        ("r1/if:xe-0/0/1", "ifHCInOctets", "2023-11-15T13:59:00Z"),
        ("r1/if:xe-0/0/2", "ifHCInOctets", "2023-11-15T13:59:00Z"),
        ("r2/if:ge-1", "ifHCInOctets", "2023-11-15T13:59:00Z"),
    ]


def test_list_for_programs_has_everything_of_a_series():
    found = json.loads(run("list", "--element", "r2", "--object", "if:*", "--json", *RANGE).stdout)
    assert [(one["object"], one["metric"]) for one in found] == [
        ("r2/if:ge-1", "ifHCInOctets"),
        ("r2/if:ge-1", "ifOperStatus"),
    ]
    assert (found[0]["first"], found[0]["last"]) == (NOON, NOON + 119 * MINUTE)
    assert found[0]["labels"] == {"ifIndex": "1", "ifName": "ge-1"}


def test_nothing_that_fits_is_told_and_is_a_problem():
    result = run("list", "ifHCOut*", *RANGE)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no series has samples from 2023-11-15T12:00:00Z to 2023-11-15T14:00:00Z that fit" in result.stderr


def test_query_draws_a_line_with_its_gap():
    result = run("query", "ifHCInOctets", "--element", "r1", "--object", "if:xe-0/0/2", "--step", "600", *RANGE)
    assert result.exit_code == 0, result.output
    titles, line, told = result.stdout.splitlines()
    assert titles.split() == ["object", "metric", "course", "min", "avg", "max", "last", "unit", "gaps"]
    assert "  ▁▂▂ ▄▄▅▅▆▇▇█  " in line, "averages of ten minutes, the fourth without a sample"
    assert line.split()[-6:] == ["0", "61.7727", "119", "119", "octet", "1"]
    assert told.startswith("2023-11-15T12:00:00Z to 2023-11-15T14:00:00Z, 12 steps of 10m")


def test_query_for_programs_leaves_gaps_empty():
    words = ("ifHCInOctets", "--element", "r1", "--object", "if:xe-0/0/2", "--step", "60", "--json")
    [line] = json.loads(run("query", *words, *RANGE).stdout)
    assert (line["step_ms"], len(line["points"])) == (MINUTE, 110)
    assert line["gaps"] == [["2023-11-15T12:29:00.000Z", "2023-11-15T12:40:00.000Z"]]
    assert line["points"][0] == {"time": "2023-11-15T12:00:00.000Z", "avg": 0.0, "min": 0.0, "max": 0.0, "last": 0.0}


def test_export_writes_every_sample_and_exact_counters():
    rows = exported("ifHCInOctets", "--object", "r1/if:xe-0/0/1")
    assert [int(row["value"]) for row in rows] == [BIG - 200 + n for n in range(120) if not 30 <= n < 40]
    assert rows[0]["time"] == "2023-11-15T12:00:00.000Z"
    assert json.loads(rows[0]["labels"]) == [["ifIndex", "1"], ["ifName", "xe-0/0/1"]]


def test_export_takes_the_range_half_open():
    rows = exported("ifOperStatus", "--element", "r2")
    assert len(rows) == 110
    result = run(
        "export", "ifOperStatus", "--element", "r2", "--from", "2023-11-15T12:01:00Z", "--to", "2023-11-15T12:03:00Z"
    )
    assert [line.split(",")[0] for line in result.stdout.splitlines()[1:]] == [
        "2023-11-15T12:01:00.000Z",
        "2023-11-15T12:02:00.000Z",
    ]


def test_export_as_parquet_has_the_columns_of_the_store(store: SeriesStore):
    result = run("export", "ifHC*", "--out", "day.parquet", *RANGE)
    assert result.exit_code == 0, result.output
    assert result.stdout == "wrote day.parquet: 330 samples from 2023-11-15T12:00:00Z to 2023-11-15T14:00:00Z\n"
    kept = store.query("ifHCInOctets", "r1", start=NOON, end=NOON + 2 * HOUR)
    taken = pl.read_parquet("day.parquet").filter(pl.col("element") == "r1").sort("object", "time")
    assert taken.select(kept.columns).equals(kept)


def test_export_as_line_protocol():
    result = run("export", "ifOperStatus", "--element", "r2", "--format", "lines", *RANGE)
    assert result.stdout.splitlines()[0] == (
        f"ifTable,element=r2,object=r2/if:ge-1,ifIndex=1,ifName=ge-1 ifOperStatus=1.0 {NOON}"
    )


def test_the_name_of_a_file_tells_its_format():
    assert run("export", "--out", "a.lines", *RANGE).exit_code == 0
    assert Path("a.lines").read_text().startswith("ifTable,element=r1,")


def test_a_file_that_cannot_be_written_is_one_line_and_leaves_nothing():
    Path("there").mkdir()
    result = run("export", "--out", "none/a.csv", *RANGE)
    assert (result.exit_code, result.stderr) == (2, "netmon: none/a.csv: No such file or directory\n")
    result = run("export", "--out", "/dev/full", *RANGE)
    assert (result.exit_code, result.stderr) == (2, "netmon: /dev/full: No space left on device\n")
    assert not Path("/dev/full").is_file(), "a device is never replaced"
    assert [path.name for path in Path().iterdir() if path.suffix in (".tmp", ".csv")] == []


def test_no_sample_makes_no_file():
    result = run("export", "nothing", "--out", "a.csv", *RANGE)
    assert (result.exit_code, Path("a.csv").exists()) == (1, False)
    assert "no sample from 2023-11-15T12:00:00Z to 2023-11-15T14:00:00Z fits; nothing was written" in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("list", "--from", "yesterday"),
            '--from: "yesterday" is neither a time of RFC 3339 nor like now-6h (s m h d w)',
        ),
        (("list", "--from", "now", "--to", "now-1h"), "--from: now is not before --to, now-1h"),
        (("export", "--format", "parquet"), "Parquet needs a file: --out FILE"),
        (("query", "ifOperStatus", "--element", "r1", "--fn", "rate", *RANGE), '--fn: "ifOperStatus" is no counter'),
    ],
)
def test_what_is_wrong_is_told_in_one_line(words: tuple[str, ...], told: str):
    result = run(*words)
    assert (result.exit_code, result.stderr) == (2, f"netmon: {told}\n")


def test_without_a_store_the_folder_is_named():
    Path("config.yaml").write_text("version: 1\ndata_dir: elsewhere\n")
    result = run("list")
    assert result.exit_code == 2
    assert "there is no" in result.stderr
    assert "elsewhere/series: netmon has not run with this data_dir" in result.stderr


def test_top_ranks_series_by_what_is_asked():
    found = json.loads(run("top", "ifOperStatus", "--by", "max", "--json", *RANGE).stdout)
    assert [(one["object"], one["value"], one["samples"]) for one in found] == [
        ("r1/if:xe-0/0/2", 2.0, 110),
        ("r1/if:xe-0/0/1", 1.0, 110),
        ("r2/if:ge-1", 1.0, 110),
    ]
    result = run("top", "ifHCInOctets", "--by", "p90", "--least", "--most", "1", *RANGE)
    titles, line = result.stdout.splitlines()
    assert titles.split()[:2] == ["object", "p90"]
    assert line.split()[:2] == ["r2/if:ge-1", "5"]


def test_top_of_nothing_is_said():
    result = run("top", "noSuchMetric", *RANGE)
    assert result.exit_code == 1
    assert "no sample of noSuchMetric" in result.output
