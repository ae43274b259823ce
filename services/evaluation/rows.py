"""Coverage, likeness, twins and heatmaps to rows and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from db import tables
from services.aim.coverage import Coverage, Measure, SubQueryCoverage, weighted_share
from services.aim.explain import Heatmap, HeatmapKind
from services.aim.explain.geometry import Box
from services.aim.fidelity import Fidelity
from services.domain import ModelRef, Photo
from services.evaluation.views import Likeness, MapKey, Twin
from services.messages import Message
from services.records import message_data, message_value

_FLOAT = np.dtype("<f4")


def coverage_rows(variant_id: int, sha256: str, coverage: Coverage) -> list[tables.Coverage]:
    return [
        tables.Coverage(
            variant_id=variant_id,
            position=position,
            sha256=sha256,
            text=item.text,
            weight=item.weight,
            value=item.value,
            visible=item.visible,
            reason=message_data(item.reason),
            model_id=coverage.checker.id,
            model_revision=coverage.checker.revision,
            measure=coverage.measure.value,
            threshold=coverage.threshold,
        )
        for position, item in enumerate(coverage.items)
    ]


def coverage_values(rows: Sequence[tables.Coverage]) -> dict[int, tuple[str, Coverage]]:
    """Variant id -> (picture, its checklist); `rows` lie together by variant, in the plan's order."""
    found = {}
    for variant_id, group in groupby(rows, key=lambda row: row.variant_id):
        lines = list(group)
        items = tuple(
            SubQueryCoverage(r.text, r.weight, r.value, r.visible, message_value(r.reason)) for r in lines
        )
        first = lines[0]
        checker = ModelRef("coverage", first.model_id, first.model_revision)
        checklist = Coverage(items, weighted_share(items), checker, Measure(first.measure), first.threshold)
        found[variant_id] = (first.sha256, checklist)
    return found


def fidelity_row(variant_id: int, sha256: str, fidelity: Fidelity, photo: Photo) -> tables.Fidelity:
    return tables.Fidelity(
        variant_id=variant_id,
        sha256=sha256,
        photo_sha256=photo.sha256,
        best=fidelity.best,
        mean=fidelity.mean,
        model_id=fidelity.model.id,
        model_revision=fidelity.model.revision,
    )


def likeness_value(row: tables.Fidelity, photos: Sequence[Photo]) -> Likeness:
    place = next((n for n, photo in enumerate(photos) if photo.sha256 == row.photo_sha256), None)
    model = ModelRef("clip", row.model_id, row.model_revision)
    figures = Fidelity(row.best, row.mean, -1 if place is None else place, model)
    return Likeness(figures, None if place is None else photos[place])


def twin_row(first: int, second: int, cosine: float, bits: int, reason: Message) -> tables.Twin:
    return tables.Twin(
        variant_id=first, twin_id=second, cosine=cosine, bits=bits, reason=message_data(reason) or {}
    )


def twin_value(row: tables.Twin) -> Twin:
    return Twin(
        row.variant_id, row.twin_id, row.cosine, Message(row.reason["template"], row.reason["values"])
    )


def heatmap_row(variant_id: int, sha256: str, heatmap: Heatmap) -> tables.Heatmap:
    height, width = heatmap.grid.shape
    return tables.Heatmap(
        variant_id=variant_id,
        key_sha256=heatmap_key(sha256, heatmap.kind, heatmap.text, heatmap.model),
        sha256=sha256,
        kind=heatmap.kind.value,
        text=heatmap.text,
        model_id=heatmap.model.id,
        model_revision=heatmap.model.revision,
        height=height,
        width=width,
        grid=np.ascontiguousarray(heatmap.grid, _FLOAT).tobytes(),
        box=[heatmap.box.left, heatmap.box.top, heatmap.box.right, heatmap.box.bottom],
    )


def heatmap_value(row: tables.Heatmap) -> Heatmap:
    grid = np.frombuffer(row.grid, _FLOAT).reshape(row.height, row.width).astype(np.float32)
    grid.setflags(write=False)
    model = ModelRef("clip", row.model_id, row.model_revision)
    return Heatmap(HeatmapKind(row.kind), row.text, grid, Box(*row.box), model)


def map_key(row: tables.Heatmap) -> MapKey:
    return MapKey(row.id, HeatmapKind(row.kind), row.text)


def heatmap_key(sha256: str, kind: HeatmapKind, text: str, model: ModelRef) -> str:
    """What a heatmap is made of, as one key: picture, kind, text, model."""
    parts = [sha256, kind.value, text, model.id, model.revision]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
