"""A plan -> matches, by the four ways of the study (rdm.md).

none         no references
keywords     one query, the whole product text; its keywords are conditions beside the matches
subqueries   one query per sub-query of the plan
filtered     the same, then the filters of `services.retrieval.filters`
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from db.repositories.libraries import LibraryRepository
from services.database import read_session
from services.domain import Brief, Match, Plan, Strategy, SubQuery
from services.limits import MATCHES_PER_SUBQUERY
from services.parts import Encoder, Progress
from services.retrieval.filters import Matches, apply_filters, share_weights
from services.retrieval.found import Found
from services.retrieval.search import search
from services.retrieval.vectors import encoder_key, unit, unpack, usable


def retrieve(
    brief: Brief,
    plan: Plan,
    encoder: Encoder,
    progress: Progress | None = None,
    count: int = MATCHES_PER_SUBQUERY,
) -> Matches:
    """Up to `count` matches per query, grouped by query, most similar first, with weights.

    An image appears once: see `assign`. Nothing found is a normal result. Raises NotFound or Conflict
    for a library that is unknown or was indexed with another encoder.
    """
    queries = queries_for(brief, plan)
    if not queries or brief.library is None:
        return ()
    top = count * len(queries)
    texts = [query.text for query in queries]
    found = search(brief.library, texts, top, encoder, shown_only=True)  # what is used must be seen
    matches = share_weights(_matches(queries, assign(found, count)))
    if progress is not None:
        progress(0.8)
    if brief.strategy is Strategy.FILTERED:
        matches = apply_filters(matches, image_cosines(matches, encoder), encoder.relevance_floor)
    if progress is not None:
        progress(1.0)
    return matches


def queries_for(brief: Brief, plan: Plan) -> tuple[SubQuery, ...]:
    """What is searched for, with weights that sum to 1 where there is anything."""
    if brief.strategy is Strategy.NONE:
        return ()
    if brief.strategy is Strategy.KEYWORDS:
        return (SubQuery(brief.product_text.strip(), 1.0),)
    return tuple(query for query in plan.subqueries if query.text.strip())


def assign(found: Sequence[Sequence[Found]], count: int = MATCHES_PER_SUBQUERY) -> list[list[Found]]:
    """Give each picture to one query: the one it is most similar to, as long as that has room.

    Best pairs first, so a picture that a full row cannot take may still serve another. Each result
    list has at most `count`, best first. Ties go to the earlier query, then the lower item id.
    """
    pairs = [(-hit.similarity, place, hit.item_id, hit) for place, hits in enumerate(found) for hit in hits]
    rows: list[list[Found]] = [[] for _ in found]
    taken: set[str] = set()
    for _, place, _, hit in sorted(pairs, key=lambda pair: pair[:3]):
        if hit.sha256 not in taken and len(rows[place]) < count:
            taken.add(hit.sha256)
            rows[place].append(hit)
    return rows


def image_cosines(matches: Sequence[Match], encoder: Encoder | None = None) -> NDArray[np.float32]:
    """Cosines between the matches' pictures, shape (n, n), from stored vectors; no model is used.

    In the space of `encoder`, or by default of each library's own. NaN for a picture that is no longer
    in a library: sessions outlive them.
    """
    key = encoder_key(encoder.ref) if encoder is not None else None
    with read_session() as session:
        stored = LibraryRepository(session).image_vectors([m.item_id for m in matches], key)
    cosines = np.full((len(matches), len(matches)), np.nan, np.float32)
    # Ids are used again after a deletion: the picture must still be the one that was matched.
    known = [i for i, m in enumerate(matches) if m.item_id in stored and stored[m.item_id][0] == m.sha256]
    rows = [stored[matches[i].item_id][1] for i in known]
    if rows:
        vectors = unpack(rows, len(rows[0]) // 4)
        units = unit(np.where(usable(vectors)[:, None], vectors, 1.0).astype(np.float32))
        cosines[np.ix_(known, known)] = np.clip(units @ units.T, -1.0, 1.0)
    return cosines


def _matches(queries: Sequence[SubQuery], rows: Sequence[Sequence[Found]]) -> list[Match]:
    return [
        Match(
            subquery=place,
            query=query.text,
            item_id=hit.item_id,
            sha256=hit.sha256,
            file_name=hit.file_name,
            similarity=hit.similarity,
            weight=0.0,
            caption=hit.caption,
            query_weight=query.weight,
        )
        for place, (query, row) in enumerate(zip(queries, rows, strict=True))
        for hit in row
    ]
