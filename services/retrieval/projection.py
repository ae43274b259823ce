"""Vectors of a library on a plane, for a map: principal components, or t-SNE, which keeps neighbours close.

UMAP was weighed: umap-learn brings numba and LLVM, some 150 MB and seconds of compiling at each start, for
a picture that t-SNE of scikit-learn, which is here already, draws as well at these sizes.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from services.parts import Vectors

Plane = NDArray[np.float32]
"""Shape (n, 2), in -1..1, both axes on one scale."""

FEW = 4
"""Up to so many pictures have no shape: they stand in a row or a square by their components alone."""

TSNE_DIMENSIONS = 50
"""t-SNE reads this many principal components: it is quicker, and the rest is noise (van der Maaten, 2008)."""

PERPLEXITY = 30.0
SEED = 0


class Layout(StrEnum):
    """How a map is laid out."""

    COMPONENTS = "components"
    NEIGHBOURS = "neighbours"


def project(units: Vectors, layout: Layout) -> Plane:
    """Unit vectors (n, dim) to places on the plane. The same vectors give the same map."""
    flat = components(units, 2)
    if layout is Layout.NEIGHBOURS and len(units) > FEW:
        flat = _neighbours(units, flat)
    return _scaled(flat)


def components(units: Vectors, count: int) -> Vectors:
    """The first `count` principal components, shape (n, count); missing ones are 0.

    By the covariance's eigenvectors: its size is the dimension's, however many pictures there are. Each
    axis points where its largest weight is positive, so that a map is never mirrored by chance.
    """
    found = np.zeros((len(units), count), np.float32)
    if len(units) < 2:
        return found
    centred = units.astype(np.float64) - units.mean(axis=0, dtype=np.float64)
    _values, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, : min(count, axes.shape[1])]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    found[:, : axes.shape[1]] = centred @ (axes * signs)
    return found


def _neighbours(units: Vectors, start: Vectors) -> Vectors:
    """t-SNE from the principal components on: the same map each time, and near ones stay near."""
    from sklearn.manifold import TSNE

    spread = float(np.std(start[:, 0])) or 1.0
    tsne = TSNE(
        perplexity=min(PERPLEXITY, (len(units) - 1) / 3),
        init=(start / spread * 1e-4).astype(np.float32),
        random_state=SEED,
        n_jobs=1,
    )
    reduced = components(units, min(TSNE_DIMENSIONS, units.shape[1]))
    return np.asarray(tsne.fit_transform(reduced), np.float32)


def _scaled(flat: Vectors) -> Plane:
    middle = (flat.max(axis=0) + flat.min(axis=0)) / 2 if len(flat) else np.zeros(2, np.float32)
    centred = flat - middle
    reach = float(np.abs(centred).max()) if len(flat) else 0.0
    return (centred / reach if reach > 0 else centred).astype(np.float32)
