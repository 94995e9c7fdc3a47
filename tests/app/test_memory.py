"""What a reload makes is left alone by the garbage collector, while it is made and later."""

import gc

import pytest

from netmon.app.memory import lasting_memory


@pytest.fixture(autouse=True)
def as_before():
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_looked_over_meanwhile_and_what_is_made_never(fails: bool) -> None:
    before, made = gc.get_freeze_count(), []
    try:
        with lasting_memory():
            assert not gc.isenabled()
            made = [[number] for number in range(1_000)]
            if fails:
                raise ValueError
    except ValueError:
        assert fails
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(made)
    assert not any(made is one for one in gc.get_objects())
