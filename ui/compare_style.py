"""Looks of the Compare page: the strip of thumbnails, the table under the pictures, the ballot."""

from __future__ import annotations

import streamlit as st

from ui.compare_stage import COMPARING_ROOM, VOTING_ROOM

_SOFT = "light-dark(#5C554A, #B9B1A4)"
_CSS = """
.st-key-compare_strip { flex-wrap: nowrap; overflow-x: auto; padding: 4px; margin: -4px; }
.st-key-compare_strip > * { flex: none; width: 60px; }
.st-key-stage_voting { min-height: max(21rem, calc(100dvh - VOTING)); }
.st-key-stage_comparing { min-height: max(21rem, calc(100dvh - COMPARING)); }
.st-key-compare_strip [class*="st-key-shot_tap_"] img { width: 60px; height: 60px; }
table.versus { width: 100%; border-collapse: collapse; table-layout: fixed; font-size: 0.9375rem;
  line-height: 1.4; font-variant-numeric: tabular-nums lining-nums; }
table.versus :is(th, td) { padding: 0.4rem 1.25rem 0.4rem 0; text-align: left; vertical-align: top;
  border: 0; border-bottom: 1px solid light-dark(#DFD8CA, #3A3632); overflow-wrap: anywhere; }
table.versus th[scope="row"], table.versus thead td { width: 22%; }
table.versus th[scope="row"] { font-weight: 400; color: SOFT; }
table.versus thead th { font-weight: 600; }
table.versus small { font-size: 0.8125rem; font-weight: 400; color: SOFT; }
table.versus thead small { display: block; }
table.versus .best { color: light-dark(#006248, #6FD6B1); font-weight: 600; margin-left: 0.35rem; }
table.versus .bar-track { display: block; height: 4px; margin-top: 0.3rem; max-width: 14rem; }
.st-key-ballot_answers .stButton button { min-height: 3rem; }
.stApp kbd { color: SOFT; opacity: 1; }
"""


def compare_css() -> None:
    """Once a run of the page. The pictures' place is kept free while they are on their way."""
    rules = _CSS.replace("VOTING", VOTING_ROOM).replace("COMPARING", COMPARING_ROOM)
    st.html(f"<style>{rules.replace('SOFT', _SOFT)}</style>")
