"""Scores as the JSON document that `services.cli score` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.domain import AimScore, MetricScore


def score_document(scorer: str, files: Sequence[str], scores: Sequence[AimScore]) -> dict[str, Any]:
    """{scorer, images: [{file, clip, caption, lpips, final}]}, in the order of `files`.

    A metric is {raw, norm}, caption {text, raw, norm} besides; one that is not scored has nulls and its
    `reason`. The reference's own row has `reference: true`; what the reader should know is in `notices`.
    Raises ValueError unless there is one score per file.
    """
    images = [_image(file, score) for file, score in zip(files, scores, strict=True)]
    return {"scorer": scorer, "images": images}


def _image(file: str, score: AimScore) -> dict[str, Any]:
    row: dict[str, Any] = {
        "file": file,
        "clip": _metric(score.clip),
        "caption": {"text": score.caption.text, **_metric(score.caption)},
        "lpips": _metric(score.lpips),
        "final": score.final,
    }
    if score.is_reference:
        row["reference"] = True
    if score.notices:
        row["notices"] = [str(notice) for notice in score.notices]
    return row


def _metric(metric: MetricScore) -> dict[str, Any]:
    row: dict[str, Any] = {"raw": metric.raw, "norm": metric.norm}
    if metric.reason is not None:
        row["reason"] = str(metric.reason)
    return row
