"""A new evaluation: pictures, topic and prompt, the reference; saved and started with one button."""

from __future__ import annotations

import streamlit as st

from services import campaigns
from services.choices import SCORERS
from services.domain import Photo
from services.engines import get_evaluator
from services.evaluation import create_evaluation, start_evaluation
from services.limits import PRODUCT_TEXT_CHARS, TOPIC_CHARS
from services.settings import get_settings
from ui import formats
from ui.brief_form import campaign_name
from ui.evaluate_reference import Tile, reference_grid
from ui.evaluate_uploads import drop_pictures
from ui.guard import guard
from ui.i18n import _
from ui.layout import empty_state
from ui.studio_state import open_run
from ui.uploads import photo_field

PICTURES, REFERENCE = "evaluate_pictures", "evaluate_reference"
PRODUCT = "evaluate"
"""The key of the product photos' field."""


def new_evaluation() -> None:
    pictures: tuple[Photo, ...] = st.session_state.setdefault(PICTURES, ())
    left, right = st.columns([2, 3], gap="medium")
    with left:
        drop_pictures("new", len(pictures), _keep)
    with right:
        text_fields("new", "", "")
        with st.expander(_("More choices"), type="compact", icon=":material/tune:"):
            _choices()
    if pictures:
        _reference_step(st.session_state[PICTURES])
    else:
        with empty_state(
            "add_photo_alternate", _("No pictures yet"), _("Drop the pictures that you want to compare.")
        ):
            return


def text_fields(key: str, topic: str, prompt: str) -> tuple[str, str]:
    """Topic and prompt as typed."""
    typed_topic = st.text_input(
        _("Topic"),
        topic,
        max_chars=TOPIC_CHARS,
        key=f"evaluate_topic_{key}",
        persist_state="session",
        placeholder=_("A dog in a yellow hoodie"),
        help=_("What the picture is about, in one short sentence. Captions are compared with it."),
    )
    typed_prompt = st.text_area(
        _("Prompt"),
        prompt,
        max_chars=PRODUCT_TEXT_CHARS,
        height=116,
        key=f"evaluate_prompt_{key}",
        persist_state="session",
        placeholder=_("A cute dog wearing a yellow hoodie sits on a stylish sofa in a cozy living room …"),
        help=_("The detailed text that the pictures should match. Long texts are scored in parts."),
    )
    return typed_topic or "", typed_prompt or ""


def _choices() -> None:
    names = list(campaigns.names().values())
    st.selectbox(
        _("Campaign"),
        list(dict.fromkeys([*names, campaigns.DEFAULT_CAMPAIGN])),
        key="evaluate_campaign",
        persist_state="session",
        accept_new_options=True,
        format_func=campaign_name,
        help=_("Choose one, or type a new name."),
    )
    st.segmented_control(
        _("Scored by"),
        list(SCORERS),
        default=get_settings().engine_choice.scorer,
        required=True,
        format_func=formats.engine,
        key="evaluate_engine",
        persist_state="session",
        help=_("Lite is quick and needs no download. Full uses the reference models."),
    )
    st.caption(_("With product photos, likeness to the product is told for each picture."))
    photo_field(PRODUCT, ())


def _reference_step(pictures: tuple[Photo, ...]) -> None:
    products: tuple[Photo, ...] = st.session_state.get(f"photos_{PRODUCT}", ())
    reference = _reference(pictures, products)
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluate_bar"):
        with st.container(gap="small"):
            st.header(_("Choose the reference"), anchor=False)
            st.caption(_("Press the picture that has the look you want. The others are compared with it."))
        label = _("Evaluate {pictures}").format(pictures=formats.pictures(len(pictures)))
        pressed = st.button(label, type="primary", icon=":material/grading:", key="evaluate_start")
    if pressed:
        with guard():
            _start(pictures, products, reference)
    tiles = [Tile(photo.sha256, photo.file_name) for photo in pictures]
    known = {tile.sha256 for tile in tiles}
    tiles += [Tile(p.sha256, p.file_name, product=True) for p in products if p.sha256 not in known]
    reference_grid(tiles, reference, _choose, _remove)


def _reference(pictures: tuple[Photo, ...], products: tuple[Photo, ...]) -> str:
    """The one pressed, as long as it is there; else the first product photo, else the first picture."""
    known = [photo.sha256 for photo in (*products, *pictures)]
    chosen: str | None = st.session_state.get(REFERENCE)
    return chosen if chosen in known else known[0]


def _start(pictures: tuple[Photo, ...], products: tuple[Photo, ...], reference: str) -> None:
    engine = st.session_state.get("evaluate_engine") or get_settings().engine_choice.scorer
    get_evaluator(engine).require()
    session_id = create_evaluation(
        st.session_state.get("evaluate_topic_new") or "",
        st.session_state.get("evaluate_prompt_new") or "",
        pictures,
        reference_sha256=reference,
        photos=products,
        campaign=(st.session_state.get("evaluate_campaign") or "").strip() or None,
        engine=engine,
    )
    run_id = start_evaluation(session_id)
    _forget()
    open_run(session_id, run_id)


def _forget() -> None:
    """The next new evaluation starts clean."""
    mine = ("evaluate_", f"photos_{PRODUCT}")
    for name in [n for n in st.session_state if str(n).startswith(mine)]:
        del st.session_state[name]


def _keep(photo: Photo) -> None:
    pictures: tuple[Photo, ...] = st.session_state[PICTURES]
    if photo.sha256 not in {known.sha256 for known in pictures}:
        st.session_state[PICTURES] = (*pictures, photo)


def _choose(sha256: str) -> None:
    st.session_state[REFERENCE] = sha256


def _remove(sha256: str) -> None:
    st.session_state[PICTURES] = tuple(p for p in st.session_state[PICTURES] if p.sha256 != sha256)
