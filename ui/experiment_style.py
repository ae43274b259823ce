"""Looks of the Experiments page: the answer, the matrix's cells, the table of figures."""

from __future__ import annotations

import streamlit as st

from ui.theme import RADIUS

_SOFT = "light-dark(#5C554A, #B9B1A4)"
_LINE = "light-dark(#DFD8CA, #3A3632)"
_CSS = """
.answer { display: grid; gap: 0.35rem; }
.answer .verdict { font: 600 1.5rem/1.25 "Source Serif", "Noto Sans KR", serif; text-wrap: balance;
  margin: 0 0 0.25rem; word-break: keep-all; }
.answer p { margin: 0; line-height: 1.5; word-break: keep-all; }
.answer .beware { font-size: 0.875rem; color: SOFT; }
.answer .beware::before { content: "△"; margin-right: 0.45em; }
.dot { display: inline-block; width: 0.7em; height: 0.7em; border-radius: 50%; margin-right: 0.45em; }
.lane { border-top: 3px solid var(--lane); padding-top: 0.4rem; line-height: 1.3; font-size: 0.9375rem; }
.lane b { display: block; }
.lane small { color: SOFT; font-size: 0.8125rem; }
[class*="st-key-cell_"] { gap: 0.35rem; }
.cell { display: grid; gap: 0.3rem; font-size: 0.8125rem; line-height: 1.35; margin-bottom: 0.6rem;
  font-variant-numeric: tabular-nums lining-nums; }
.cell .top { display: flex; align-items: baseline; gap: 0.5rem; flex-wrap: wrap; }
.cell .top b { font: 600 1.375rem/1.1 "Source Serif", serif; font-variant-numeric: lining-nums; }
.cell .top span { color: SOFT; }
.cell .top .up { color: light-dark(#006248, #6FD6B1); font-weight: 600; }
.cell .top .down { color: light-dark(#9A2D15, #F3A28D); font-weight: 600; }
.cell .mini { display: grid; grid-template-columns: 1fr 1.9em; gap: 0.1rem 0.5rem; align-items: center; }
.cell .mini > b { font-weight: 400; text-align: right; }
.cell .ticks { line-height: 1.3; }
.cell .none { font-style: italic; color: SOFT; }
.cell .rounds { color: SOFT; }
.seed { color: SOFT; font-size: 0.8125rem; border-top: 1px solid LINE; padding-top: 0.35rem; }
.figures-scroll { overflow-x: auto; }
table.figures { width: 100%; border-collapse: collapse; font-size: 0.9375rem; line-height: 1.35;
  font-variant-numeric: tabular-nums lining-nums; }
table.figures :is(th, td) { border: 0; border-bottom: 1px solid LINE; padding: 0.5rem 1rem 0.5rem 0;
  text-align: left; vertical-align: top; }
table.figures thead th { font-weight: 600; font-size: 0.875rem; vertical-align: bottom; }
table.figures th[scope="row"] { font-weight: 400; min-width: 9rem; }
table.figures small { display: block; color: SOFT; font-size: 0.8125rem; white-space: nowrap; }
table.figures .shown small { color: inherit; font-weight: 600; }
[class*="st-key-strategy_row_"] { border-bottom: 1px solid LINE; padding-bottom: 0.6rem; }
[class*="st-key-strategy_row_"] [data-testid="stCaptionContainer"] { padding-left: 1.75rem; }
[class*="st-key-shot_tap_cell_"] img { border-radius: RADIUS; object-fit: cover; }
"""


def experiment_css() -> None:
    """Once a run of the page, after `evaluate_css`, whose ticks it uses."""
    rules = _CSS.replace("SOFT", _SOFT).replace("LINE", _LINE).replace("RADIUS", RADIUS)
    st.html(f"<style>{rules}</style>")
