"""What an evaluation measures against, to look at and to change: texts, reference, more pictures."""

from __future__ import annotations

import streamlit as st

from services import sessions
from services.domain import Photo
from services.errors import InvalidInput
from services.evaluation import Evaluation, add_images, start_evaluation, update_texts
from services.sessions import SessionKind
from ui.evaluate_form import text_fields
from ui.evaluate_reference import Tile, reference_grid
from ui.evaluate_uploads import drop_pictures
from ui.guard import guard
from ui.i18n import _
from ui.studio_state import open_run
from ui.text import say


def setup(evaluation: Evaluation, running: bool) -> None:
    """Closed until asked for. What is changed is saved at once; scores follow when they are asked for."""
    view = evaluation.session
    if view.kind != SessionKind.EVALUATE:
        return
    key = f"setup_{view.id}"
    box = st.expander(_("Pictures, texts and reference"), icon=":material/tune:", key=key, on_change="rerun")
    if not box.open:
        return
    with box:
        if running:
            st.caption(_("Wait until the scores are there, then change what you like."))
            return
        left, right = st.columns([2, 3], gap="medium")
        with left:
            drop_pictures(view.id, len(evaluation.rows), lambda photo: _add(view.id, photo))
        with right:
            _texts(evaluation)
        st.caption(_("Press a picture to make it the reference."))
        reference_grid(
            _tiles(evaluation),
            view.reference_sha256,
            lambda sha256: _refer(view.id, sha256),
            scope=view.id,
        )


def score_again(evaluation: Evaluation) -> None:
    """Where scores are missing or no longer fit: say so, with the one button to press."""
    view = evaluation.session
    unscored = sum(row.score is None for row in evaluation.rows)
    if not (view.stale_scores or unscored):
        return
    sentence = _("Texts or reference changed since these scores were measured.")
    if unscored:
        sentence = _("Some pictures are not scored yet.")
    with st.container(horizontal=True, vertical_alignment="center", key="score_again"):
        st.info(sentence, icon=":material/sync_problem:")
        if st.button(_("Score now"), type="primary", icon=":material/grading:", key="evaluate_again"):
            with guard():
                open_run(view.id, start_evaluation(view.id))


def _texts(evaluation: Evaluation) -> None:
    view = evaluation.session
    topic, prompt = text_fields(view.id, view.brief.topic, view.brief.product_text)
    if (topic.strip(), prompt.strip()) == (view.brief.topic, view.brief.product_text):
        return
    try:
        update_texts(view.id, topic, prompt)
    except InvalidInput as error:
        st.warning(say(error.message), icon=":material/info:")
    else:
        st.rerun()


def _tiles(evaluation: Evaluation) -> list[Tile]:
    rows = sorted(evaluation.rows, key=lambda row: row.variant.index)
    tiles = [Tile(row.variant.sha256, row.name) for row in rows]
    known = {tile.sha256 for tile in tiles}
    products = [p for p in evaluation.session.brief.photos if p.sha256 not in known]
    return tiles + [Tile(photo.sha256, photo.file_name, product=True) for photo in products]


def _add(session_id: str, photo: Photo) -> None:
    add_images(session_id, [photo])


def _refer(session_id: str, sha256: str) -> None:
    with guard():
        sessions.set_reference(session_id, sha256)
