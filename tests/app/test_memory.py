"""What a reload makes is looked over once, in pieces, and left alone by the garbage collector later; garbage goes."""

import gc
import weakref

import pytest

from netmon.app.memory import lasting_memory


class Circle:
    """Something that only the garbage collector can end."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before():
    usual = gc.get_threshold()
    gc.collect()
    yield
    gc.unfreeze()
    gc.enable()
    gc.set_threshold(*usual)


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_made_is_never_looked_over_later(fails: bool) -> None:
    before, made = gc.get_freeze_count(), []
    try:
        with lasting_memory():
            made = [[number] for number in range(1_000)]
            if fails:
                raise ValueError
    except ValueError:
        assert fails
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(made)
    assert not any(made is one for one in gc.get_objects())


def test_what_is_old_is_not_looked_over_meanwhile() -> None:
    looked: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            looked.append(info["generation"])

    with lasting_memory():
        gc.callbacks.append(note)
        made = [[number] for number in range(100_000)]
    gc.callbacks.remove(note)
    assert len(looked) > 10
    assert set(looked) == {0}
    assert len(made) == 100_000


def test_garbage_of_before_and_of_meanwhile_is_not_kept_for_ever() -> None:
    before = weakref.ref(Circle())
    with lasting_memory():
        meanwhile = weakref.ref(Circle())
    assert before() is None
    assert meanwhile() is None


def test_reloads_that_overlap_leave_the_collector_as_it_works_usually() -> None:
    with lasting_memory():
        pass
    usual = gc.get_threshold()
    one, other = lasting_memory(), lasting_memory()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    other.__exit__(None, None, None)
    assert gc.get_threshold() == usual
