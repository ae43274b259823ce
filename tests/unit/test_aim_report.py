"""The JSON document of the `score` command."""

from __future__ import annotations

import json

import pytest

from services.aim.report import score_document
from tests.unit.aim_fakes import fake_scorer, picture


def test_one_row_per_file_in_order() -> None:
    scorer = fake_scorer()
    scores = scorer.score([picture(51), picture(204)], "t", "p", picture(204))
    document = json.loads(json.dumps(score_document(scorer.id, ["a.png", "b.png"], scores)))
    assert document["scorer"] == scorer.id
    first, second = document["images"]
    assert set(first) == {"file", "clip", "caption", "lpips", "final"}
    assert first["file"] == "a.png"
    assert first["caption"]["text"] == "red 51"
    assert first["lpips"] == {"raw": pytest.approx(0.6), "norm": 1.0}
    assert first["final"] == scores[0].final
    assert second["reference"] is True
    assert second["lpips"]["raw"] is None
    assert "reference picture" in second["lpips"]["reason"]


def test_not_scored_is_null_with_a_reason() -> None:
    scorer = fake_scorer()
    (row,) = score_document(scorer.id, ["a"], scorer.score([picture(1)], "t", "p", None))["images"]
    assert row["final"] is None
    assert row["lpips"]["norm"] is None
    assert "choose one" in row["lpips"]["reason"]


def test_files_and_scores_must_match() -> None:
    scorer = fake_scorer()
    with pytest.raises(ValueError, match="zip"):
        score_document(scorer.id, ["a", "b"], scorer.score([picture(1)], "t", "p", None))
