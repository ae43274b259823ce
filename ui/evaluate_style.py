"""The Evaluate page's own rules, beside those of ui/theme.py; of keyed containers and of small HTML."""

from __future__ import annotations

import streamlit as st

from ui.theme import RADIUS

_SOFT = "light-dark(#5C554A, #B9B1A4)"
_RULES = """
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
[class*="st-key-tap_"] { position: relative; }
[class*="st-key-tap_"] [class*="st-key-press_"] { position: absolute; inset: 0; z-index: 2; }
[class*="st-key-press_"] :is(div, button) { width: 100% !important; height: 100%; }
[class*="st-key-press_"] button, [class*="st-key-press_"] button:is(:hover, :active, :focus) {
  background: transparent; border: 2px solid transparent; border-radius: RADIUS; }
[class*="st-key-press_"] button:hover { border-color: light-dark(#BDB3A0, #57514A); }
[class*="st-key-press_"] button:focus-visible { border-color: var(--st-primary-color, #5569E6);
  box-shadow: none; }
[class*="st-key-press_"] button > div { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
[class*="st-key-tap_chosen_"] img { outline: 3px solid light-dark(#2B44C7, #93A3FF); outline-offset: -3px; }
[class*="st-key-shot_tap_"] img { aspect-ratio: 1; object-fit: contain; }
[class*="st-key-shot_row_"] img { aspect-ratio: 1; }
.tile-name { display: flex; gap: 0.4rem; align-items: baseline; font-size: 0.8125rem; line-height: 1.35; }
.tile-name > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.tile-name b { font-size: 0.75rem; padding: 0.05rem 0.4rem; border-radius: RADIUS; white-space: nowrap;
  color: light-dark(#2339A8, #AEB9FF); background: light-dark(#E5E8F8, #22284A); }

.report { display: grid; align-items: start; gap: 0.15rem 0.9rem; font-size: 0.9375rem; line-height: 1.35;
  grid-template-columns: minmax(0, 1fr) 3.4rem repeat(3, 6.6rem);
  font-variant-numeric: tabular-nums lining-nums; word-break: keep-all; }
.report.beside-1 { grid-template-columns: minmax(0, 1fr) 3.4rem repeat(3, 6.6rem) 4.2rem; }
.report.beside-2 { grid-template-columns: minmax(0, 1fr) 3.4rem repeat(3, 6.6rem) 4.2rem 4.2rem; }
.report-head { font-size: 0.8125rem; font-weight: 600; color: SOFT; align-items: end;
  margin: 0.5rem calc(84px + 1rem) 0 0; }
.report-head small { display: block; font-weight: 400; }
.report > .num { text-align: right; white-space: nowrap; }
.report-head > .num { white-space: normal; }
.report .num small { color: SOFT; font-size: 0.875em; }
.report .name { font-weight: 600; overflow-wrap: anywhere; }
.report .final { font: 600 1.375rem/1.1 "Source Serif", serif; }
.report .track { display: block; height: 4px; border-radius: 2px; margin-top: 0.3rem; overflow: hidden;
  background: color-mix(in srgb, currentColor 14%, transparent); }
.report .track > i { display: block; height: 100%; border-radius: 2px; }
.report .caption { font-size: 0.8125rem; font-style: italic; color: SOFT; }
.report .tags { display: flex; flex-wrap: wrap; gap: 0.3rem; margin-top: 0.3rem; }
.report .tag { font-size: 0.75rem; font-weight: 600; padding: 0.1rem 0.45rem; border-radius: RADIUS;
  background: color-mix(in srgb, currentColor 10%, transparent); }
.report .tag-first { color: light-dark(#2339A8, #AEB9FF); background: light-dark(#E5E8F8, #22284A); }
.report .tag-caution { color: light-dark(#7F4C00, #F2BC52); background: light-dark(#FBECD0, #392A0E); }
.report .none { font-style: italic; font-size: 0.8125rem; white-space: normal; }
.report .reason { grid-column: 1 / -1; font-size: 0.8125rem; color: SOFT; }
[class*="st-key-row_report_"] { border-top: 1px solid light-dark(#DFD8CA, #3A3632); padding: 0.6rem 0; }
[class*="st-key-row_report_"] .stButton button { min-height: 2rem; padding: 0.1rem 0.3rem; }

.ticks { font-size: 0.8125rem; line-height: 1.6; }
.ticks i { font-style: normal; font-weight: 700; margin-right: 0.25em; cursor: default; }
.ticks small { font-size: 0.8125rem; color: SOFT; }
.ticks .is-seen, .checklist .is-seen > i { color: light-dark(#006248, #6FD6B1); }
.ticks .is-unseen, .checklist .is-unseen > i { color: light-dark(#9A2D15, #F3A28D); }
.ticks .is-unknown, .checklist .is-unknown > i { color: SOFT; }
ul.checklist.checklist { list-style: none; margin: 0; padding: 0; font-size: 0.9375rem; line-height: 1.4; }
ul.checklist.checklist > li { display: grid; grid-template-columns: 1.1em minmax(0, 1fr) auto; gap: 0 0.5rem;
  padding: 0.3rem 0; margin: 0; }
.checklist li > i { font-style: normal; font-weight: 700; }
.checklist small { display: block; color: SOFT; font-size: 0.8125rem; }
.checklist b { font-weight: 400; color: SOFT; font-variant-numeric: tabular-nums; }
.colours { display: flex; align-items: center; gap: 0.6rem; font-size: 0.8125rem; color: SOFT; }
.colours i { flex: 1; height: 8px; border-radius: 4px; }
[class*="st-key-map_picture_"] img, [class*="st-key-map_overlay_"] img { width: 100%; max-height: 60vh;
  border-radius: RADIUS; }
[role="dialog"] [data-testid="stCaptionContainer"] { opacity: 1; }
[role="dialog"] [data-testid="stCaptionContainer"] p { color: SOFT; }
@media (max-width: 1100px) {
  .report, .report.beside-1, .report.beside-2 {
    grid-template-columns: minmax(0, 1fr) 3rem repeat(3, 5.6rem); }
  .report > .beside { display: none; }
}
"""


def evaluate_css() -> None:
    """Once a run, before anything of ui/evaluate_*, ui/coverage.py or ui/heatmap.py is drawn."""
    rules = _RULES.replace("RADIUS", RADIUS).replace("SOFT", _SOFT)
    # A dialog lies outside the app's block, which alone says whether light-dark() means light or dark.
    scheme = st.context.theme.type or "light dark"
    st.html(f"<style>{rules}[role='dialog'] {{ color-scheme: {scheme}; }}</style>")
