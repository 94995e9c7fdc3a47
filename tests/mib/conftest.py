from pathlib import Path

import pytest

from netmon.config.shipped import shipped
from netmon.mib.compile import Compiled, compile_all
from netmon.mib.names import MibView
from tests.mibs import standard_names


@pytest.fixture(scope="session")
def mib_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mib") / "cache"


@pytest.fixture(scope="session")
def standard(mib_cache: Path) -> Compiled:
    return compile_all([shipped("mibs") / "standard"], mib_cache)


@pytest.fixture(scope="session")
def view() -> MibView:
    return standard_names()
