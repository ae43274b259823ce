"""A campaign's shares of the three metrics, applied to every score that is there.

Finals and ranks follow from the norms: nothing is measured again. Columns and bulk statements, because a
campaign may have tens of thousands of variants; `services.sessions.set_weights` does the same for one
session, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.orm import Session as OrmSession

from db.base import now
from db.repositories.campaigns import IDS_PER_QUERY, CampaignRepository
from db.repositories.figures import AnyRow
from services.aim.normalisation import final_score
from services.domain import AimWeights


def reweigh_sessions(session: OrmSession, campaign_id: str, weights: AimWeights) -> int:
    """Within the caller's transaction: new finals and ranks in every session without weights of its own.

    Returns how many variants got a new final.
    """
    repository = CampaignRepository(session)
    ids = repository.sessions_by_weights(campaign_id)
    changed = 0
    for first in range(0, len(ids), IDS_PER_QUERY):
        rows = repository.scored_variants(ids[first : first + IDS_PER_QUERY])
        changed += len(rows)
        _reweigh(repository, rows, weights)
    return changed


def _reweigh(repository: CampaignRepository, rows: Sequence[AnyRow], weights: AimWeights) -> None:
    finals = {
        row.id: final_score(row.clip_norm, row.lpips_norm, row.caption_norm, weights, row.is_reference)
        for row in rows
    }
    sessions: dict[str, list[AnyRow]] = {}
    for row in rows:
        sessions.setdefault(row.session_id, []).append(row)
    ranks: dict[int, int | None] = dict.fromkeys(finals)
    bests = []
    for session_id, held in sessions.items():
        order = _order(held, finals)
        ranks |= {row.id: place for place, row in enumerate(order, start=1)}
        best = finals[order[0].id] if order else None
        bests.append({"key": session_id, "best_final": best, "updated_at": now()})
    repository.save_finals(asdict(weights), [{"key": key, "final": final} for key, final in finals.items()])
    repository.save_ranks([{"key": key, "rank": rank} for key, rank in ranks.items()])
    repository.save_bests(bests)


def _order(rows: Sequence[AnyRow], finals: dict[int, float | None]) -> list[AnyRow]:
    """Those that compare with the newest score, best first. All have the same weights now."""
    newest = max(rows, key=lambda row: row.score_id)
    alike = [r for r in rows if finals[r.id] is not None and _comparable(r) == _comparable(newest)]
    return sorted(alike, key=lambda row: (-(finals[row.id] or 0.0), row.position, row.id))


def _comparable(row: AnyRow) -> tuple[object, ...]:
    return (row.scorer, row.topic, row.prompt, row.reference_sha256)
