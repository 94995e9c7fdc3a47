from pathlib import Path

import pytest

from netmon.mib.compile import Compiled, compile_all
from netmon.mib.names import MibView
from netmon.mib.sources import standard_folder


@pytest.fixture(scope="session")
def mib_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mib") / "cache"


@pytest.fixture(scope="session")
def standard(mib_cache: Path) -> Compiled:
    return compile_all([standard_folder()], mib_cache)


@pytest.fixture(scope="session")
def view(standard: Compiled) -> MibView:
    return MibView(standard.modules)
