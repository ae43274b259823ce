"""The full engine's explainer: CLIP's attention, and its relevance to a text."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from services.aim.explain.attention_clip import attention_maps
from services.aim.explain.geometry import processor_box
from services.aim.explain.heatmap import Heatmap, HeatmapKind, check_kind, checked_text, shares
from services.aim.explain.relevance_clip import relevance_maps
from services.domain import ModelRef
from services.models.clip import Clip


class ClipExplainer:
    """Explainer over a CLIP model."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip

    @property
    def ref(self) -> ModelRef:
        return self._clip.ref

    @property
    def kinds(self) -> tuple[HeatmapKind, ...]:
        return (HeatmapKind.RELEVANCE, HeatmapKind.ATTENTION)

    def explain(self, images: Sequence[Image.Image], text: str, kind: HeatmapKind) -> list[Heatmap]:
        """See `Explainer`."""
        if kind is HeatmapKind.ATTENTION:
            text, maps = "", attention_maps(self._clip, images)
        else:
            check_kind(kind, self.kinds)
            text = checked_text(text)
            maps = relevance_maps(self._clip, [(image, text) for image in images])
        with self._clip.opened() as opened:
            boxes = [processor_box(opened.processor.image_processor, image.size) for image in images]
        return [
            Heatmap(kind, text, shares(values), box, self.ref)
            for values, box in zip(maps, boxes, strict=True)
        ]
