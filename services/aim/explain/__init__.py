"""Where in a picture a score comes from: heatmaps of the models that gave it, and their overlays.

An explanation is of the model that scored: `explainer_for(scorer.clip.ref)` picks it by that name.
Importing this package loads no model library.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PIL import Image

from services.aim.explain.heatmap import Heatmap, HeatmapKind
from services.domain import ModelRef
from services.errors import EngineUnavailable
from services.messages import N_

__all__ = ["Explainer", "Heatmap", "HeatmapKind", "explainer_for"]

LITE_MODEL = "conse:"
"""How the ids of the lite engine's space begin."""


class Explainer(Protocol):
    """Heatmaps of one scorer's picture side. Loads at first use; safe to share between threads."""

    @property
    def ref(self) -> ModelRef:
        """The model explained; its id is the scorer's."""
        ...

    @property
    def kinds(self) -> tuple[HeatmapKind, ...]:
        """What it can draw, the most telling first."""
        ...

    def explain(self, images: Sequence[Image.Image], text: str, kind: HeatmapKind) -> list[Heatmap]:
        """One heatmap of each picture. `text` is the prompt or any part of it; ATTENTION ignores it.

        Raises InvalidInput for empty text or a kind that is not in `kinds`, EngineUnavailable.
        """
        ...


def explainer_for(clip: ModelRef) -> Explainer:
    """The explainer of the model that gave a CLIP score (`scorer.clip.ref`, or that of a saved score).

    Raises EngineUnavailable when this installation has another model in its place.
    """
    if clip.id.startswith(LITE_MODEL):
        from services.aim.explain.activation_conse import ConseExplainer
        from services.models.lite import classifier, conse_space

        return _same(ConseExplainer(conse_space(), classifier()), clip)
    from services.aim.explain.explainer_clip import ClipExplainer
    from services.models.hub import load_clip

    return _same(ClipExplainer(load_clip()), clip)


def _same(explainer: Explainer, clip: ModelRef) -> Explainer:
    if explainer.ref.id != clip.id:
        raise EngineUnavailable(
            N_("This score is of {model}, which is not the model set up here: score again to see maps."),
            model=clip.id,
        )
    return explainer
