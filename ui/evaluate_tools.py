"""Above the table: the order of its rows, the weights of the score, and files to take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from services import sessions
from services.aim.weights import DEFAULT_WEIGHTS, normalise_weights
from services.domain import AimWeights
from services.errors import InvalidInput
from services.evaluation import Evaluation
from services.export import scores as files
from ui import address, formats
from ui.bars import metric_names
from ui.evaluate_table import SORT_PARAM, orders
from ui.guard import guard
from ui.i18n import _
from ui.text import say

_FORMATS: dict[str, tuple[Callable[[Sequence[files.ScoreRow]], bytes], str]] = {
    "CSV": (files.to_csv, "text/csv"),
    "JSON": (files.to_json, "application/json"),
    "XLSX": (files.to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def tools(evaluation: Evaluation) -> None:
    """One row: sort by, weights, download."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluate_tools"):
        address.choice(_("Sort by"), SORT_PARAM, orders(), 220)
        with st.popover(_weights_label(evaluation.weights), icon=":material/balance:"):
            _weights(evaluation)
        with st.popover(_("Download"), icon=":material/download:"):
            downloads(evaluation)


def downloads(evaluation: Evaluation) -> None:
    """The table as files, with exact figures."""
    st.caption(_("The whole table, exact figures, best first."))
    for name, (write, mime) in _FORMATS.items():
        st.download_button(
            name,
            _writer(evaluation, write),
            file_name=f"scores_{evaluation.id}.{name.lower()}",
            mime=mime,
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
            key=f"save_{name}_{evaluation.id}",
        )


def _writer(
    evaluation: Evaluation, write: Callable[[Sequence[files.ScoreRow]], bytes]
) -> Callable[[], bytes]:
    """Made when it is asked for, not at every look at the page."""
    return lambda: write(files.score_rows(evaluation))


def _weights_label(weights: AimWeights) -> str:
    shares = " / ".join(f"{_share(weights, name) * 100:.0f}" for name in metric_names())
    return _("Weights {shares}").format(shares=shares)


def _weights(evaluation: Evaluation) -> None:
    """Three sliders whose proportion counts. Finals and ranks follow at once; nothing is measured again."""
    st.caption(_("How much each part counts. Ranks follow at once; nothing is measured again."))
    for name, label in metric_names().items():
        key = _key(evaluation.id, name)
        if key not in st.session_state:
            st.session_state[key] = round(_share(evaluation.weights, name) * 100)
        counts = _("counts {share}").format(share=formats.percent(_share(evaluation.weights, name)))
        st.slider(f"{label} :gray[{counts}]", 0, 100, key=key, on_change=_reweigh, args=(evaluation.id,))
    st.button(
        _("Reset to default"),
        icon=":material/restart_alt:",
        disabled=evaluation.default_weights,
        on_click=_reset,
        args=(evaluation.id,),
        key=f"weights_reset_{evaluation.id}",
    )
    if refused := st.session_state.pop(_key(evaluation.id, "refused"), None):
        st.warning(say(refused), icon=":material/info:")


def _key(session_id: str, name: str) -> str:
    return f"weight_{name}_{session_id}"


def _share(weights: AimWeights, name: str) -> float:
    return {"clip": weights.clip, "lpips": weights.lpips, "caption": weights.caption}[name]


def _reweigh(session_id: str) -> None:
    typed = {name: float(st.session_state[_key(session_id, name)]) for name in ("clip", "lpips", "caption")}
    try:
        sessions.set_weights(session_id, normalise_weights(**typed))
    except InvalidInput as error:  # a callback has no place on the page: told beneath the sliders
        st.session_state[_key(session_id, "refused")] = error.message


def _reset(session_id: str) -> None:
    for name in ("clip", "lpips", "caption"):
        st.session_state[_key(session_id, name)] = round(_share(DEFAULT_WEIGHTS, name) * 100)
    with guard():
        sessions.set_weights(session_id, DEFAULT_WEIGHTS)
