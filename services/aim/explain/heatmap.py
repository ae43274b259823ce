"""What every explanation is made of: a grid of shares and the part of the picture it covers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from services.aim.explain.geometry import Box
from services.domain import ModelRef
from services.errors import InvalidInput
from services.messages import N_, Message, message

Grid = NDArray[np.float32]
"""(h, w), row 0 at the top; values >= 0 that sum to 1, or all 0 where nothing was found."""


class HeatmapKind(StrEnum):
    ATTENTION = "attention"  # where the model looks, whatever the text (aim.md, version 2)
    RELEVANCE = "relevance"  # what answers to a text (Chefer et al., ICCV 2021)
    ACTIVATION = "activation"  # the same on the lite engine (Zhou et al., CVPR 2016)


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """One picture's map. `text` is what was asked for, "" for ATTENTION.

    `box` is the part of the picture that the grid covers: models see the middle square, not all of it.
    """

    kind: HeatmapKind
    text: str
    grid: Grid
    box: Box
    model: ModelRef

    @property
    def empty(self) -> bool:
        """No part of the picture speaks for the text."""
        return not self.grid.any()


def shares(values: NDArray[np.floating]) -> Grid:
    """`values` (h, w) as a grid: negatives to 0, scaled to sum 1 unless all are 0; read-only.

    Raises ValueError for a value that is not finite.
    """
    if not np.isfinite(values).all():
        raise ValueError("a heatmap value is not finite")
    positive = np.maximum(np.asarray(values, np.float64), 0)
    total = positive.sum()
    grid = np.asarray(positive / total if total > 0 else positive, np.float32)
    grid.setflags(write=False)
    return grid


def legend(heatmap: Heatmap) -> Message:
    """How to read the overlay, in a sentence for people."""
    if heatmap.empty:
        return message(N_("No part of this picture speaks for “{text}”."), text=heatmap.text)
    if heatmap.kind is HeatmapKind.ATTENTION:
        return message(
            N_("Bright: where the model looks most in this picture, whatever the text. Dark: least.")
        )
    return message(
        N_("Bright: the parts of this picture that speak most for “{text}”. Dark: those that do not."),
        text=heatmap.text,
    )


def unseen(heatmap: Heatmap) -> Message | None:
    """What to add to the legend where the model did not see all of the picture."""
    if heatmap.box == Box():
        return None
    return message(N_("Grey edges: the model does not see them; it looks at the middle of a picture."))


def check_kind(kind: HeatmapKind, known: tuple[HeatmapKind, ...]) -> None:
    """Raises InvalidInput unless `kind` is one of `known`."""
    if kind not in known:
        raise InvalidInput(N_("The engine that scored this has no map of the kind {kind!r}."), kind=str(kind))


def checked_text(text: str) -> str:
    """`text` without outer space. Raises InvalidInput when nothing is left."""
    if not text.strip():
        raise InvalidInput(N_("There is no text to explain: choose the product text or a part of it."))
    return text.strip()
