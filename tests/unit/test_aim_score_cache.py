"""The cache of measured values."""

from __future__ import annotations

from services.aim.score_cache import MemoryScoreCache, cache_key
from services.domain import ModelRef

MODEL = ModelRef("clip", "a", "1")


def test_keeps_and_gives() -> None:
    cache = MemoryScoreCache()
    assert cache.get("x") is None
    cache.put("x", 0.0)
    cache.put("y", "a caption")
    assert (cache.get("x"), cache.get("y")) == (0.0, "a caption")


def test_the_one_not_used_for_longest_goes() -> None:
    cache = MemoryScoreCache(entries=2)
    cache.put("a", 1.0)
    cache.put("b", 2.0)
    assert cache.get("a") == 1.0
    cache.put("c", 3.0)
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == (1.0, None, 3.0, 2)


def test_all_that_decides_a_value_is_in_its_key() -> None:
    keys = {
        cache_key(MODEL, "sha", "text"),
        cache_key(MODEL, "sha", "text2"),
        cache_key(MODEL, "sha2", "text"),
        cache_key(MODEL, "shatext"),
        cache_key(ModelRef("clip", "a", "2"), "sha", "text"),
        cache_key(ModelRef("clip", "b", "1"), "sha", "text"),
        cache_key(ModelRef("topic", "a", "1"), "sha", "text"),
    }
    assert len(keys) == 7
    assert cache_key(MODEL, "sha", "text") in keys


def test_odd_text_has_a_key() -> None:
    assert len(cache_key(MODEL, "\ud800 한국어 \0")) == 64
