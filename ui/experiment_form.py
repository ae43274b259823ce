"""A new experiment: name, briefs, strategies, engine and seeds; what it comes to; Start."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from services.domain import Photo, Placement
from services.errors import InvalidInput
from services.experiments import runs
from services.experiments.checks import check
from services.experiments.overview import seconds_expected
from services.experiments.spec import NAME_CHARS, ExperimentSpec
from services.experiments.statistics import FEW_PAIRS
from services.experiments.yaml_file import read_draft, to_yaml
from services.limits import EXPERIMENT_SEEDS, IMAGE_BYTES
from services.people import Role, require
from services.settings import get_settings
from services.storage.images import get_store
from services.storage.intake import store_photos
from ui import experiment_draft as draft
from ui import formats
from ui.experiment_briefs import briefs_part
from ui.experiment_strategies import strategies_part
from ui.experiment_words import pairs, size_of
from ui.generation_options import dials
from ui.guard import guard
from ui.i18n import _
from ui.layout import page_head, section
from ui.models_used import models_used
from ui.navigation import EXPERIMENT_PARAM, EXPERIMENTS, go, link
from ui.text import plain, say
from ui.uploads import TYPES


def new_experiment() -> None:
    require(Role.CREATOR)
    link(EXPERIMENTS, _("All experiments"), icon=":material/arrow_back:")
    with page_head(
        _("New experiment"), _("The same briefs and seeds with different ways of finding references.")
    ):
        with st.popover(_("Open a file"), icon=":material/upload_file:"):
            _upload()
        st.button(_("Begin anew"), icon=":material/restart_alt:", type="tertiary", on_click=draft.forget)
    begun = draft.start()
    st.text_input(
        _("Name"),
        draft.held("name", "" if begun.name == draft.FIRST.name else begun.name),
        max_chars=NAME_CHARS,
        key=draft.widget("name"),
        persist_state="session",
        placeholder=_("As its briefs"),
    )
    section(_("Briefs"))
    briefs_part()
    section(_("Strategies"), _("Tick two or more. They differ in references and weights alone."))
    strategies_part()
    section(_("How much is made"))
    _amount(begun)
    models_used(draft.KEY, begun.engine)
    _diffusion()
    _start()


def _amount(begun: ExperimentSpec) -> None:
    left, middle, right = st.columns([1, 1, 3], gap="small")
    most = min(EXPERIMENT_SEEDS, get_settings().variants_per_run)
    with left:
        st.number_input(
            _("Seeds"), 1, most, min(draft.held("seeds", begun.seeds), most), key=draft.widget("seeds"),
            persist_state="session",
            help=_("How many variants each strategy makes of a brief. More tell more."),
        )  # fmt: skip
    with middle:
        st.number_input(
            _("First seed"), 0, 2**32 - 1 - EXPERIMENT_SEEDS, draft.held("seed", begun.seed),
            key=draft.widget("seed"), persist_state="session",
            help=_("The same number makes the same pictures again."),
        )  # fmt: skip
    with right:
        st.segmented_control(
            _("Size"), list(Placement), default=draft.held("placement", begun.placement), required=True,
            format_func=formats.placement, key=draft.widget("placement"), persist_state="session",
        )  # fmt: skip


def _diffusion() -> None:
    """The dials of a diffusion picture, where there are any."""
    with guard():
        if draft.engine().generator != "lite":
            with st.expander(_("How the picture is made"), icon=":material/tune:"):
                dials(draft.KEY, draft.options())


def _start() -> None:
    """What it comes to in one line, what to bear in mind, and the one thing to do."""
    try:
        spec = draft.spec()
        check(spec)
    except InvalidInput as error:
        st.info(say(error.message), icon=":material/info:")
        st.button(_("Start"), icon=":material/play_arrow:", disabled=True, key="experiment_not_yet")
        return
    _told(spec)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Start"), type="primary", icon=":material/play_arrow:", key="experiment_go"):
            with guard():
                experiment_id = runs.begin(spec)
                draft.forget()
                go(EXPERIMENTS, **{EXPERIMENT_PARAM: experiment_id})
        yaml_button(spec)


def _told(spec: ExperimentSpec) -> None:
    size = size_of(len(spec.briefs), len(spec.strategies), spec.seeds)
    line = f"**{formats.variants(spec.variants)}**: {size}."
    seconds = seconds_expected(spec)
    if seconds is not None:
        line += " " + _("About {time} here.").format(time=formats.duration(seconds))
    if further := max(preset.rounds for preset in spec.strategies):
        line += " " + _("Draft and critique may make its own up to {count} times.").format(count=further + 1)
    st.markdown(line)
    planned = len(spec.briefs) * spec.seeds
    if planned < FEW_PAIRS:
        st.warning(
            _(
                "{pairs} for each comparison are few. {enough} or more say something: add seeds or briefs."
            ).format(pairs=pairs(planned), enough=FEW_PAIRS),
            icon=":material/balance:",
        )


def yaml_button(spec: ExperimentSpec, width: Literal["content", "stretch"] = "content") -> None:
    """The experiment as a file that runs again; its photos lie beside it, by their names."""
    st.download_button(
        _("Save as YAML"),
        lambda: to_yaml(spec, lambda _sha256, name: name).encode(),
        file_name="experiment.yaml",
        mime="application/yaml",
        icon=":material/download:",
        width=width,
        on_click="ignore",
        key="experiment_yaml",
        help=_("For the command line, or to open it here again together with its photos."),
    )


def _upload() -> None:
    files = st.file_uploader(
        _("A YAML file, with its photos"),
        type=["yaml", "yml", *TYPES],
        accept_multiple_files=True,
        max_upload_size=IMAGE_BYTES // 2**20,
        key="experiment_file",
    )
    st.caption(_("It takes the place of what is in the form. Photos that are missing can be added after."))
    tables = [file for file in files or [] if file.name.lower().endswith((".yaml", ".yml"))]
    if st.button(_("Open it"), disabled=len(tables) != 1, key="experiment_open"):
        with guard():
            sent = [(f.name, f.getvalue()) for f in files or [] if f not in tables]
            accepted, rejected = store_photos(sent, get_store())
            draft.take(read_draft(tables[0].getvalue(), tables[0].name, _by_name(accepted)))
            if rejected:
                names = ", ".join(plain(each.file) for each in rejected)
                st.toast(_("Not taken: {names}").format(names=names), icon=":material/info:")
            st.rerun()


def _by_name(photos: list[Photo]) -> dict[str, Photo]:
    return {photo.file_name: photo for photo in photos}
