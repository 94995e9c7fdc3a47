import gc

from hypothesis import HealthCheck, settings

# A test that stands on the time of one example, or of making examples, fails on a busy machine.
settings.register_profile("full", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("check", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=10)
settings.load_profile("full")


def pytest_collection_finish() -> None:
    """Spare each full pass of the collector what stays to the end: modules and thousands of tests."""
    gc.freeze()
