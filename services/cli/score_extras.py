"""What `score` adds beside AIM, unless --aim-only: coverage, likeness, near-duplicates, heatmaps.

    plan              [{text, weight}]: the prompt's sub-queries, as the lite planner reads them
    images[].coverage {share, checker, measure, threshold, items: [{text, weight, value, visible, reason?}]}
    images[].fidelity {best, mean, photo, model}: likeness to --photo; absent without one
    images[].heatmaps [{kind, text, file, model}]: overlays written to --heatmaps
    near_duplicates   [{files: [a, b], likeness, reason}]
    weights           {clip, lpips, caption} of the finals

None of it changes a score. What could not be done is in `notes`, one sentence each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from services.aim.coverage import Coverage, check_coverage
from services.aim.explain.overlay import overlay_png
from services.aim.fidelity import Look, fidelity, look, twins
from services.aim.pictures import Picture, decoded, groups
from services.aim.scorer import Candidate
from services.cli.output import Document
from services.domain import Brief, Plan
from services.engines import get_engine
from services.errors import StudioError
from services.evaluators import Evaluator, Readers
from services.parts import Vectors
from services.storage.files import write_whole


def add_extras(
    document: Document,
    evaluator: Evaluator,
    pictures: Sequence[Picture],
    photos: Sequence[Picture],
    prompt: str,
    folder: Path | None,
) -> None:
    """Put everything beside the scores into `document`; its own keys stay as they are."""
    document["notes"] = []
    if evaluator.readers is None:
        return
    readers = evaluator.readers
    work: list[Callable[[], None]] = [
        partial(_coverage, document, readers, pictures, prompt),
        partial(_likeness, document, readers, pictures, photos),
    ]
    if folder:
        work.append(partial(_heatmaps, document, readers, pictures, prompt, folder))
    for part in work:
        try:
            part()
        except StudioError as error:
            document["notes"].append(str(error))


def _coverage(document: Document, readers: Readers, pictures: Sequence[Picture], prompt: str) -> None:
    plan = _plan(prompt)
    document["plan"] = [asdict(subquery) for subquery in plan.subqueries]
    found: dict[str, Coverage] = {}
    for group in groups({picture.sha256: picture for picture in pictures}):
        candidates = [Candidate(picture.sha256, picture.image) for picture in group.values()]
        found |= dict(zip(group, check_coverage(readers.checker(), candidates, plan.subqueries), strict=True))
    for row, picture in zip(document["images"], pictures, strict=True):
        row["coverage"] = _checklist(found[picture.sha256])


def _plan(prompt: str) -> Plan:
    return get_engine("lite").planner.plan(Brief(topic=prompt, product_text=prompt))


def _checklist(coverage: Coverage) -> dict[str, Any]:
    items = []
    for item in coverage.items:
        line = {"text": item.text, "weight": item.weight, "value": item.value, "visible": item.visible}
        items.append(line if item.reason is None else {**line, "reason": str(item.reason)})
    return {
        "share": coverage.share,
        "checker": coverage.checker.id,
        "measure": coverage.measure.value,
        "threshold": coverage.threshold,
        "items": items,
    }


def _likeness(
    document: Document, readers: Readers, pictures: Sequence[Picture], photos: Sequence[Picture]
) -> None:
    space, vectors, looks = readers.space(), dict[str, Vectors](), dict[str, Look]()
    for group in groups({picture.sha256: picture for picture in (*pictures, *photos)}):
        images = decoded(list(group.values()))
        vectors |= dict(zip(group, space.encode_images(images), strict=True))
        looks |= {sha256: look(image) for sha256, image in zip(group, images, strict=True)}
    own = np.stack([vectors[picture.sha256] for picture in pictures])
    if photos:
        given = np.stack([vectors[photo.sha256] for photo in photos])
        for row, figures in zip(document["images"], fidelity(own, given, space.ref), strict=True):
            row["fidelity"] = {
                "best": figures.best,
                "mean": figures.mean,
                "photo": figures.best_photo,
                "model": figures.model.id,
            }
    files = [row["file"] for row in document["images"]]
    document["near_duplicates"] = [
        {"files": [files[p.first], files[p.second]], "likeness": p.cosine, "reason": str(p.reason)}
        for p in twins(own, [looks[picture.sha256] for picture in pictures])
    ]


def _heatmaps(
    document: Document, readers: Readers, pictures: Sequence[Picture], prompt: str, folder: Path
) -> None:
    """NN-name-kind.png for each picture and kind, in the order of the command line."""
    explainer = readers.explainer()
    for number, (row, picture) in enumerate(zip(document["images"], pictures, strict=True), start=1):
        image = picture.image
        row["heatmaps"] = []
        for kind in explainer.kinds:
            [heatmap] = explainer.explain([image], prompt, kind)
            target = folder / f"{number:02d}-{Path(row['file']).stem}-{kind.value}.png"
            write_whole(target.absolute(), overlay_png(heatmap, image))
            row["heatmaps"].append(
                {"kind": kind.value, "text": heatmap.text, "file": str(target), "model": heatmap.model.id}
            )
