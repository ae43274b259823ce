"""Experiments: all of them, a new one (?new=1), or one with its answer (?e=ID)."""

from __future__ import annotations

import streamlit as st

from ui.experiment_form import new_experiment
from ui.experiment_list import experiment_list
from ui.experiment_page import one_experiment
from ui.experiment_style import experiment_css
from ui.guard import guard
from ui.navigation import EXPERIMENT_PARAM, NEW_PARAM, through_home

through_home()
with guard():
    experiment_css()
    experiment_id = st.query_params.get(EXPERIMENT_PARAM)
    if experiment_id:
        one_experiment(experiment_id)
    elif NEW_PARAM in st.query_params:
        new_experiment()
    else:
        experiment_list()
