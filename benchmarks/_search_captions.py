"""The weight of captions beside pictures, for `benchmarks.library_search`."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np

from benchmarks._search_quality import (
    HERE,
    Queries,
    Stored,
    head,
    quality,
    rank_names,
    read_queries,
    row,
    stored,
    unit,
)
from services.parts import Encoder, Vectors

SPLITS = 200
WEIGHTS = tuple(round(0.1 * step, 1) for step in range(11))
TRUSTS = (0, 1, 2, 3)


def caption_weight(photos: Stored, check: Queries, other: Queries, encoder: Encoder) -> None:
    """The weight of captions, chosen on half of the queries and measured on the other half."""
    from services.libraries import BACKDROPS_LIBRARY, ensure_backdrops
    from services.retrieval.fusion import CAPTION_WEIGHT, TRUST

    ensure_backdrops(encoder)
    backdrops = stored(BACKDROPS_LIBRARY, encoder)
    drawn = read_queries(HERE / "library_backdrops.json", backdrops.names)
    both = photos + backdrops
    asked = Queries(check.texts + other.texts, check.relevant + other.relevant)
    texts = [unit(encoder.encode_texts(queries.texts)) for queries in (asked, drawn)]
    tables = {}
    for weight, trust in itertools.product(WEIGHTS, TRUSTS):
        units = fused(both, weight, trust)
        tables[weight, trust] = [
            quality(rank_names(t, units, both.names), queries)
            for t, queries in zip(texts, (asked, drawn), strict=True)
        ]
    columns = ("photos: recall", "nDCG", "drawn: recall", "nDCG")
    head(f"Captions, {len(asked)} and {len(drawn)} queries, {len(both.names)} pictures", *columns)
    for trust, weight in itertools.product((0, TRUST), WEIGHTS):
        row(f"weight {weight}, trust {trust}", [t[i].mean() for t in tables[weight, trust] for i in (0, 2)])
    head(f"{SPLITS} halvings, unseen half", *columns)
    generator = np.random.default_rng(0)
    rows: dict[str, list[list[float]]] = {}
    picks: Counter[tuple[float, int]] = Counter()
    for _ in range(SPLITS):
        seen = [generator.permutation(len(q)) < len(q) // 2 for q in (asked, drawn)]

        def goal(key: tuple[float, int], seen: list[np.ndarray] = seen) -> float:  # type: ignore[type-arg]
            return float(
                np.mean([t[i][s].mean() for t, s in zip(tables[key], seen, strict=True) for i in (0, 2)])
            )

        chosen = max((key for key in tables if key[1] == TRUST), key=goal)
        picks[chosen] += 1
        for label, key in {
            "pictures alone": (0.0, 0),
            "0.7 for every picture": (0.7, 0),
            "chosen, one for every picture": max((key for key in tables if key[1] == 0), key=goal),
            f"chosen, with trust {TRUST}": chosen,
            f"the product: {CAPTION_WEIGHT}, trust {TRUST}": (CAPTION_WEIGHT, TRUST),
        }.items():
            unseen = zip(tables[key], seen, strict=True)
            rows.setdefault(label, []).append([t[i][~s].mean() for t, s in unseen for i in (0, 2)])
    for label, values in rows.items():
        row(label, np.mean(values, axis=0))
    print(f"  chosen with trust {TRUST}:", ", ".join(f"{k[0]} in {n}" for k, n in picks.most_common(3)))


def fused(vectors: Stored, weight: float, trust: int) -> Vectors:
    """What `services.retrieval.fusion` makes of them with other constants."""
    lengths = np.minimum(np.linalg.norm(vectors.pictures, axis=1), 1.0)
    units = unit(vectors.pictures)
    said = vectors.captions.any(axis=1)
    share = ((1 - weight) * lengths**trust)[said, None]
    units[said] = unit(share * units[said] + weight * unit(vectors.captions[said]))
    return units
