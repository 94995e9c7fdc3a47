"""axe-core, which judges pages by WCAG: fetched once by the lock file, into ``build/``.

``python -m tests.browser.axe`` fetches it; tests that find it there need no network.
"""

import hashlib
import shutil
from pathlib import Path

from playwright.async_api import Page

from hatch_build import npm_ci

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "build" / "npm"
SCRIPT = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
_STAMP = FOLDER / ".stamp"
_FILES = ("package.json", "package-lock.json", ".npmrc")

_RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ` + nodes
    .slice(0, 4).map((node) => `${node.target.join(' ')} ${node.any.map((one) => one.message).join(' ')}`).join(' | '));
}"""


def fetch() -> Path:
    """Return the script, fetched unless it is there as the lock file has it."""
    stamp = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if SCRIPT.exists() and _STAMP.exists() and _STAMP.read_text() == stamp:
        return SCRIPT
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in _FILES:
        shutil.copyfile(ROOT / name, FOLDER / name)
    npm_ci(FOLDER)
    _STAMP.write_text(stamp)
    return SCRIPT


async def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with a page as it is now; its context must bypass the CSP."""
    await page.evaluate(fetch().read_text())
    found: list[str] = await page.evaluate(_RUN)
    return found


if __name__ == "__main__":
    fetch()
