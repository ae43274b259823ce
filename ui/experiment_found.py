"""Findings for pages: computed once for the same figures, with the strategies called as the reader does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from services.experiments import records
from services.experiments.findings import Findings, findings
from services.experiments.rows import ScoreRow, from_csv, load_rows, to_csv
from services.experiments.spec import ExperimentSpec
from services.messages import Message
from ui.experiment_words import title
from ui.i18n import language


def found(experiment_id: str, spec: ExperimentSpec, rows: Sequence[ScoreRow]) -> Findings:
    """What these rows say. An experiment's spec never changes, so its id stands for it."""
    return _found(experiment_id, to_csv(rows), language(), spec)


@st.cache_data(max_entries=48, show_spinner=False)
def _found(experiment_id: str, table: str, tongue: str, _spec: ExperimentSpec) -> Findings:
    return findings(_spec, from_csv(table), title)


def verdict(experiment_id: str, changed_at: datetime | None) -> tuple[Message, bool | None]:
    """The verdict and whether retrieval helped; read anew when one of the sessions changed."""
    text, helped = _verdict(experiment_id, changed_at, language())
    return Message.from_json(text), helped


@st.cache_data(max_entries=256, show_spinner=False)
def _verdict(experiment_id: str, changed_at: datetime | None, tongue: str) -> tuple[str, bool | None]:
    experiment = records.load(experiment_id)
    told = findings(experiment.spec, load_rows(experiment), title, measures=("final",))
    return told.verdict.to_json(), told.helped
