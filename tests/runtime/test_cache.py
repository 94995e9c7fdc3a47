from netmon.runtime.cache import Cache


def test_what_was_kept_last_is_there():
    cache = Cache[str, int](2)
    cache.keep("a", 1)
    cache.keep("a", 2)
    assert (cache.get("a"), cache.get("b"), len(cache)) == (2, None, 1)


def test_a_full_cache_forgets_all_for_a_new_key_and_nothing_for_a_known_one():
    cache = Cache[str, int](2)
    cache.keep("a", 1)
    cache.keep("b", 1)
    cache.keep("b", 2)
    assert (cache.get("a"), cache.get("b")) == (1, 2)
    cache.keep("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == (None, None, 3, 1)


def test_a_cleared_cache_is_asked_and_filled_as_before():
    cache = Cache[str, int]()
    asked = cache.get
    cache.keep("a", 1)
    cache.clear()
    assert asked("a") is None
    cache.keep("a", 2)
    assert asked("a") == 2
