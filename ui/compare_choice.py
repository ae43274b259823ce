"""Which variants lie side by side: two to four of a session, kept in the address (?v=12,15)."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from services.domain import Decision, Variant
from services.evaluation import Row
from services.sessions import SessionView
from ui import address, formats
from ui.compare_rows import name_of
from ui.evaluate_tap import tap
from ui.i18n import _
from ui.navigation import COMPARE, DETAILS_PARAM, SESSION_PARAM, link

VOTE_PARAM = "vote"
MOST = 4
"""Pictures at a time: five are too small on a laptop to tell anything."""


def chosen(rows: Sequence[Row]) -> list[Row]:
    """Those that the address names, in its order; the two best (or those picked) when it names none."""
    by_id = {str(row.id): row for row in rows}
    wanted = dict.fromkeys(address.read(DETAILS_PARAM).split(","))
    found = [by_id[each] for each in wanted if each in by_id][:MOST]
    return found or [by_id[str(v)] for v in first_two([row.variant for row in rows])]


def first_two(variants: Sequence[Variant]) -> list[int]:
    """The ids of what one most likely wants to compare: those picked, then the best."""
    order = sorted(variants, key=lambda v: v.decision is not Decision.PICKED)
    return [v.id for v in order if v.decision is not Decision.REJECTED][:2] or [v.id for v in order][:2]


def with_best(variants: Sequence[Variant], variant_id: int) -> str:
    """For a link: this variant beside the best of the others."""
    others = first_two([v for v in variants if v.id != variant_id])
    return joined([variant_id, *others[:1]])


def joined(ids: Sequence[int]) -> str:
    return ",".join(str(each) for each in ids)


def compare_links(view: SessionView) -> None:
    """On a session's page, above its variants: to the comparison and to the blind vote."""
    if len(view.variants) < 2:
        return
    with st.container(horizontal=True, gap="small", key="compare_links"):
        link(COMPARE, _("Compare"), ":material/compare:", **{SESSION_PARAM: view.id})
        link(COMPARE, _("Vote blind"), ":material/how_to_vote:", **{SESSION_PARAM: view.id, VOTE_PARAM: "1"})


def strip(rows: Sequence[Row], shown: Sequence[Row]) -> None:
    """All the session's pictures, small: a press puts one in or takes it out."""
    ids = [row.id for row in shown]
    with st.container(horizontal=True, gap="small", key="compare_strip"):
        for row in rows:
            inside = row.id in ids
            name = name_of(row)
            final = row.score.final if row.score else None
            if final is not None:
                name = f"{name} · {formats.score(final)}"
            words = _("Take {variant} out") if inside else _("Compare {variant}")
            tap(
                row.variant.sha256,
                name,
                words.format(variant=name),
                f"compare_{row.id}",
                _toggle,
                row.id,
                ids,
                chosen=inside,
            )


def _toggle(variant_id: int, ids: Sequence[int]) -> None:
    """Out if it is in; a fifth takes the place of the one that came last. One always stays."""
    if variant_id in ids:
        kept = [each for each in ids if each != variant_id] or list(ids)
    else:
        kept = [*ids[: MOST - 1], variant_id]
    st.query_params[DETAILS_PARAM] = joined(kept)
