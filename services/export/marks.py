"""What people said about variants, as an export tells it: sums and words, no names."""

from __future__ import annotations

from dataclasses import dataclass

from db.repositories.exports import ExportRepository
from services.database import read_session


@dataclass(frozen=True, slots=True)
class Marks:
    """`stars` is the mean of all ratings, 1..5, None where nobody rated; `raters` how many did."""

    shortlisted: bool = False
    stars: float | None = None
    raters: int = 0
    tags: tuple[str, ...] = ()


def marks_of(session_id: str) -> dict[int, Marks]:
    """Variant id -> marks, for every variant of the session."""
    with read_session() as session:
        repository = ExportRepository(session)
        shortlisted = repository.shortlisted(session_id)
        stars = repository.stars(session_id)
        tags = repository.tags(session_id)
    found = {}
    for variant_id, listed in shortlisted.items():
        mean, raters = stars.get(variant_id, (None, 0))
        found[variant_id] = Marks(listed, mean, raters, tuple(tags.get(variant_id, ())))
    return found
