import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# A test that stands on the time of one example, or of making examples, fails on a busy machine.
settings.register_profile("full", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("check", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=10)
settings.load_profile("full")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep the collector from looking over modules and thousands of tests, which stay to the end: now, and later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
