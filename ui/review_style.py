"""Looks of the review: stars, tags, threads, the trail, and the large picture of one-by-one."""

from __future__ import annotations

import streamlit as st

_SOFT = "light-dark(#5C554A, #B9B1A4)"
_STAR = "light-dark(#9A5B00, #F2BC52)"
"""Stars in amber: 4.5:1 and more on either ground."""

_CSS = """
.stands { align-items: center; font-size: 0.9375rem; }
.facts-line { display: flex; flex-wrap: wrap; gap: 0.1rem 0; margin-top: 0.35rem; color: SOFT;
  font-size: 0.875rem; }
.facts-line span + span::before { content: "·"; margin: 0 0.5rem; }
.mean { font-size: 0.875rem; color: SOFT; font-variant-numeric: tabular-nums; }
.mean b { color: STAR; }
.tags { display: flex; flex-wrap: wrap; gap: 0.3rem; }
.tags .tag, .remark .tag { font-size: 0.75rem; font-weight: 600; padding: 0.1rem 0.45rem;
  border-radius: 0.5rem; background: color-mix(in srgb, currentColor 10%, transparent);
  overflow-wrap: anywhere; }
.tags .tag-late { color: light-dark(#7F4C00, #F2BC52); background: light-dark(#FBECD0, #392A0E); }
[class*="st-key-stars_row_"] { min-height: 1.75rem; }
[class*="st-key-card_variant_rejected_"] [class*="st-key-stars_row_"] img { opacity: 1; filter: none; }
.st-key-star_keys button p { font-size: 0; }
.st-key-star_keys button p::before { content: "☆" / ""; font-size: 1.5rem; line-height: 1; }
[class*="st-key-star_lit_"] button p::before { content: "★" / ""; color: STAR; }
[class*="st-key-card_variant"] { position: relative; }
[class*="st-key-mark_"] { position: absolute; top: 1.35rem; right: 1.35rem; width: auto; z-index: 1; }
.stApp [class*="st-key-mark_"] button { padding: 0; width: 2rem; min-height: 2rem; }
[class*="st-key-mark_"] button p { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
[class*="st-key-mark_on_"] button, [class*="st-key-mark_on_"] button span {
  color: light-dark(#2339A8, #AEB9FF); }
.score .score-name { margin-left: auto; font-size: 0.8125rem; color: SOFT; white-space: nowrap; }
.stApp [class*="st-key-talk_"] button { padding: 0; }
.st-key-review_answers h2 { margin-top: 0; }
[class*="st-key-shortlist_on_"] button { color: light-dark(#2339A8, #AEB9FF);
  border-color: light-dark(#2B44C7, #93A3FF); }
.st-key-review_picture img { max-height: calc(100vh - 9rem); object-fit: contain;
  background: light-dark(#EFEAE0, #1A1817); border-radius: 0.5rem; }
.remark header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.6rem; }
.remark time, .trail time { color: SOFT; font-size: 0.8125rem; }
.stApp kbd { color: SOFT; opacity: 1; }
.stApp [data-tag] { color: light-dark(#FFFFFF, #14162B); }
.stApp [data-tag] * { color: inherit; }
.remark { display: flex; gap: 0.75rem; align-items: flex-start; }
.remark > div { flex: 1; min-width: 0; }
.remark img { width: 56px; height: 56px; border-radius: 0.5rem; flex: none; }
.remark p { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.25rem 0 0; line-height: 1.5; }
[class*="st-key-answer_"] .remark { border-left: 2px solid light-dark(#DFD8CA, #3A3632);
  padding-left: 0.9rem; margin-left: 0.25rem; }
.stApp ol.trail { list-style: none; margin: 0; padding: 0; font-size: 0.9375rem; }
.stApp .trail li { margin: 0; padding: 0.4rem 0; line-height: 1.45;
  border-bottom: 1px solid light-dark(#DFD8CA, #3A3632); }
.trail time { display: block; }
"""


def review_css() -> None:
    """Once a run of a page that shows reviews."""
    st.html(f"<style>{_CSS.replace('SOFT', _SOFT).replace('STAR', _STAR)}</style>")
