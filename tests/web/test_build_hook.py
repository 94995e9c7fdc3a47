"""The dashboard's third-party files come by npm while netmon is built, checked by hash, and are never committed."""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

import hatch_build
from netmon.web.static_files import StaticFiles

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "package-lock.json"
NAMES = {name for _, _, name in hatch_build.COPY_LIST}
NOWHERE = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0"}


def listed() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if (ROOT / name).is_file()]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the tree as a clone would have it."""
    copy = tmp_path / "checkout"
    for name in listed():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    return copy


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False)


def hook(checkout: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "hatch_build.py", cwd=checkout, **env)


def build(checkout: Path, target: str, **env: str) -> Path:
    built = run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", "out", cwd=checkout, **env)
    assert built.returncode == 0, built.stdout + built.stderr
    return max((checkout / "out").iterdir(), key=lambda path: path.stat().st_mtime_ns)


def vendored(wheel: Path) -> set[str]:
    prefix = f"{hatch_build.VENDOR}/"
    return {name.removeprefix(prefix) for name in zipfile.ZipFile(wheel).namelist() if name.startswith(prefix)}


def test_the_lock_pins_every_package_by_hash_and_names_no_registry():
    package = json.loads((ROOT / "package.json").read_bytes())
    lock = json.loads(LOCK.read_bytes())
    assert lock["lockfileVersion"] == 3
    pinned = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert {name.removeprefix("node_modules/") for name in packages} == set(pinned)
    for_tests = {name.removeprefix("node_modules/") for name, entry in packages.items() if entry.get("dev")}
    assert for_tests == set(package["devDependencies"]), "these are no part of the build"
    assert all(re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", entry["integrity"]) for entry in packages.values())
    assert "resolved" not in LOCK.read_text()
    assert "registry" not in LOCK.read_text()


def test_the_repository_holds_no_third_party_file():
    assert hatch_build.fetch(ROOT) in (True, False)
    vendor = ROOT / hatch_build.VENDOR
    theirs = {hashlib.sha256(path.read_bytes()).hexdigest() for path in vendor.iterdir()}
    ours = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in listed()}
    # The text of the Apache licence is netmon's own licence too.
    assert {name for name, digest in ours.items() if digest in theirs} <= {"LICENSE"}
    assert not [name for name in ours if name.startswith(hatch_build.VENDOR) or name.endswith((".woff2", ".min.js"))]


@pytest.mark.slow
def test_a_touched_file_is_fetched_again_and_the_gz_is_the_same_file(checkout: Path):
    assert hook(checkout).stdout.endswith("fetched\n")
    assert hook(checkout, **NOWHERE).stdout.endswith("up to date\n")
    vendor = checkout / hatch_build.VENDOR
    packed = {path.name: path for path in vendor.glob("*.gz")}
    assert {name.removesuffix(".gz") for name in packed} == {name for name in NAMES if not name.endswith(".woff2")}
    for name, path in packed.items():
        assert gzip.decompress(path.read_bytes()) == (vendor / name.removesuffix(".gz")).read_bytes()
        assert path.read_bytes()[4:8] == bytes(4), "the time of the build is in the file"
    (vendor / "htm.js").write_text("export default alert")
    assert hook(checkout).stdout.endswith("fetched\n")
    assert "alert" not in (vendor / "htm.js").read_text()
    assert sorted(path.name for path in vendor.parent.glob("vendor*")) == ["vendor"]


@pytest.mark.slow
def test_another_content_than_the_locked_one_fails_the_build(checkout: Path):
    lock = checkout / LOCK.name
    text = lock.read_text()
    digest = re.search(r"sha512-(.)", text)
    assert digest is not None
    lock.write_text(text.replace(digest[0], "sha512-" + ("A" if digest[1] != "A" else "B"), 1))
    failed = hook(checkout)
    assert failed.returncode == 1
    first, *rest = failed.stderr.splitlines()
    assert first == "hatch_build: npm ci failed with exit 1; the dashboard files cannot be fetched"
    assert "EINTEGRITY" in failed.stderr
    assert len(rest) <= 20
    assert not (checkout / hatch_build.VENDOR).exists()


@pytest.mark.slow
def test_without_a_registry_the_build_says_so(checkout: Path, tmp_path: Path):
    failed = hook(checkout, npm_config_cache=str(tmp_path / "cache"), **NOWHERE)
    assert failed.returncode == 1
    assert "hatch_build: npm ci failed with exit 1; the dashboard files cannot be fetched\n" in failed.stderr
    assert "ECONNREFUSED" in failed.stderr


@pytest.mark.slow
def test_a_stale_copy_list_fails_the_build(checkout: Path):
    script = checkout / "hatch_build.py"
    script.write_text(script.read_text().replace('"dist/preact.mjs"', '"dist/preact.module.js"'))
    version = json.loads((ROOT / "package.json").read_bytes())["dependencies"]["preact"]
    failed = hook(checkout)
    assert failed.returncode == 1
    assert failed.stderr == f"hatch_build: preact {version} has no dist/preact.module.js (copy list is stale)\n"


@pytest.mark.slow
def test_the_wheel_holds_the_files_and_the_sdist_what_fetches_them(checkout: Path):
    assert vendored(build(checkout, "wheel")) >= NAMES | {"preact.js.gz", ".stamp"}
    shutil.rmtree(checkout / "out")
    assert vendored(build(checkout, "wheel", **NOWHERE)) >= NAMES, "the second build needs no registry"
    with tarfile.open(build(checkout, "sdist")) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"hatch_build.py", "package.json", "package-lock.json", ".npmrc"} <= names
    assert not [name for name in names if name.startswith(hatch_build.VENDOR)]


@pytest.mark.slow
def test_a_build_without_the_dashboard_asks_nobody(checkout: Path, tmp_path: Path):
    wheel = build(
        checkout, "wheel", NETMON_BUILD_WITHOUT_DASHBOARD="1", npm_config_cache=str(tmp_path / "c"), **NOWHERE
    )
    assert vendored(wheel) == set()
    assert "netmon/web/server.py" in zipfile.ZipFile(wheel).namelist()


async def test_a_build_without_the_files_says_so_instead_of_a_page(tmp_path: Path):
    (tmp_path / "index.html").write_text("<!doctype html>")
    app = Starlette(routes=[Route("/", StaticFiles(tmp_path).page)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://netmon.test") as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.text) == (503, "this build has no dashboard files; rebuild netmon\n")


@pytest.mark.slow
@pytest.mark.parametrize("editable", [(), ("-e",)], ids=["standard", "editable"])
def test_pip_alone_installs_netmon_on_a_host_without_node(checkout: Path, tmp_path: Path, editable: tuple[str, ...]):
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    path = str(home / "bin")
    assert shutil.which("node", path=path) is None
    installed = run(home / "bin/python", "-m", "pip", "install", "--no-deps", *editable, ".", cwd=checkout, PATH=path)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    where = "import importlib.util; print(importlib.util.find_spec('netmon').submodule_search_locations[0])"
    package = Path(run(home / "bin/python", "-c", where, cwd=tmp_path).stdout.strip())
    assert package.is_relative_to(checkout if editable else home)
    assert {path.name for path in (package / "web/static/vendor").iterdir()} >= NAMES
