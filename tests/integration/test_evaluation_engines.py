"""The scorer chosen by itself: names, refusals, memory given back, and groups that change no value."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from services import engines
from services.aim.pictures import StoredCandidate, groups
from services.aim.scorer import Candidate
from services.engines import free, get_evaluator, get_scorer, use_evaluator
from services.errors import EngineUnavailable, InvalidInput, StorageError
from services.models.hub import load_clip
from services.settings import get_settings
from tests.tiny_models import noise_images, save_tiny_clip
from tests.unit.aim_fakes import fake_scorer, picture


def test_lite_is_the_scorer_unless_the_settings_say_otherwise(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert get_scorer() is get_scorer("lite")
    monkeypatch.setenv("AIM_STUDIO_ENGINE", "full")
    get_settings.cache_clear()
    assert get_scorer() is get_scorer("full")
    assert get_scorer("full") is not get_scorer("lite")
    with pytest.raises(InvalidInput, match=r"no scorer 'best'.*lite, full"):
        get_scorer("best")
    use_evaluator(None, "full")


def test_full_is_refused_only_when_nothing_of_it_is_here(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLIP", "CAPTION", "TOPIC"):
        monkeypatch.setenv(f"AIM_STUDIO_{name}_MODEL", str(tmp_path / "nothing"))
    get_settings.cache_clear()
    with pytest.raises(EngineUnavailable, match="holds no model"):
        engines.get_evaluator("full").require()
    monkeypatch.setenv("AIM_STUDIO_TOPIC_MODEL", str(save_tiny_clip(tmp_path / "clip")))
    get_settings.cache_clear()
    engines.get_evaluator("full").require()
    use_evaluator(None, "full")


def test_free_gives_the_models_back_and_they_load_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_CLIP_MODEL", str(save_tiny_clip(tmp_path / "clip")))
    monkeypatch.setenv("AIM_STUDIO_DEVICE", "cpu")
    get_settings.cache_clear()
    scorer, clip = get_evaluator("full").scorer, load_clip()
    before = scorer.clip.similarities(noise_images(2), "a cat")
    assert clip._opened is not None
    free("full")
    assert clip._opened is None
    free()  # again, and all: nothing to give back is no fault
    assert scorer.clip.similarities(noise_images(2), "a cat") == pytest.approx(before, abs=1e-6)
    free("full")
    use_evaluator(None, "full")


def test_groups_hold_what_fits_and_keep_the_order() -> None:
    pictures = {c.sha256: c for c in (picture(red, (10 * (red + 1), 10)) for red in range(6))}
    limit = 3 * 10 * 60  # the largest alone
    found = list(groups(pictures, limit))
    assert [sha256 for group in found for sha256 in group] == list(pictures)
    assert [len(group) for group in found] == [3, 1, 1, 1]
    for group in found:
        assert sum(3 * p.size[0] * p.size[1] for p in group.values()) <= limit
    assert [len(group) for group in groups(pictures, 1)] == [1] * 6  # one that is too large goes alone
    assert list(groups({})) == []


def test_groups_change_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    eager = [picture(red) for red in (0, 51, 102, 153, 204, 255)]
    whole = fake_scorer().score(eager, "t", "p", eager[2])
    pixels = {c.sha256: c.image for c in eager}
    lazy = [StoredCandidate(c.sha256, c.image.size, pixels.__getitem__) for c in eager]
    monkeypatch.setattr(groups, "__defaults__", (1,))
    told: list[float] = []
    assert fake_scorer().score(lazy, "t", "p", lazy[2], told.append) == whole
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_size_policy_is_one_for_all_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """One picture of another size makes all comparisons at 256 px, in whatever group it lies."""
    monkeypatch.setattr(groups, "__defaults__", (1,))
    scorer = fake_scorer()
    same, other = [picture(red, (96, 96)) for red in (1, 2, 3)], picture(4, (300, 100))
    scorer.score([*same, other], "t", "p", same[0])
    assert scorer.lpips.sizes == {(256, 256)}  # type: ignore[attr-defined]


def test_a_picture_that_cannot_be_read_says_so_alone() -> None:
    def broken(sha256: str) -> Image.Image:
        raise StorageError("The stored picture {sha256} is damaged on disk.", sha256=sha256)

    good = picture(51)
    bad = StoredCandidate("bad", (32, 32), broken)
    first, second = fake_scorer().score([bad, good], "t", "p", Candidate("r", good.image))
    assert (first.final, str(first.caption.reason)) == (None, "The stored picture bad is damaged on disk.")
    assert second.final is not None
