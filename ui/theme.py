"""The little CSS that the theme file cannot say. Colours are made of the theme's own.

Keyed containers carry the class `st-key-<key>`; the rules below name them by their first part:
`card_` a thing, `shot_<ratio>_` a picture of fixed aspect, `empty_` an invitation.
"""

from __future__ import annotations

import json

import streamlit as st

from services.domain import Placement
from ui.i18n import _

RADIUS = "0.5rem"
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#8A8A8A")
"""Categories in the order of the theme file, told apart with any kind of colour vision."""
GOOD, CAUTION, BAD = "#009E73", "#E69F00", "#D55E00"
"""Okabe and Ito's bluish green, orange and vermilion: told apart with any kind of colour vision."""
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#5569E6" '
    'stroke-width="3" stroke-linecap="round"><path d="M4 11V6a2 2 0 0 1 2-2h5M21 4h5a2 2 0 0 1 2 2v5'
    'M28 21v5a2 2 0 0 1-2 2h-5M11 28H6a2 2 0 0 1-2-2v-5"/>'
    '<circle cx="16" cy="16" r="5.5" fill="#5569E6" stroke="none"/></svg>'
)
"""Crop marks around a point: aim, and a frame for a picture. Reads on both themes."""
METRIC_COLOURS = {"clip": "#0072B2", "caption": "#009E73", "lpips": "#CC79A7"}
"""The same colour for the same metric everywhere."""

_BASE = """
.stMainBlockContainer { max-width: 1400px; padding-left: 2.5rem; padding-right: 2.5rem; }
.stApp h1, .stApp h2, .stApp h3 { letter-spacing: -0.012em; padding: 0; text-wrap: balance; }
.stApp h1 { line-height: 1.15; margin-bottom: 0.35rem; }
.stApp :is(h1, h2, h3, p, li, dd) { word-break: keep-all; overflow-wrap: anywhere; }
.stApp h2 { margin: 1rem 0 0.6rem; }
.stApp h3 { margin: 0.5rem 0 0.25rem; }
.stApp .st-key-page_head { margin-bottom: 0.5rem; }
.stApp [data-testid="stCaptionContainer"] { opacity: 1; }
.stApp [data-testid="stCaptionContainer"] p { text-wrap: pretty; color: SOFT; }
.stApp .stExpander summary, .stApp .stExpander summary p { color: inherit; opacity: 1; }
.stApp button[kind="primary"] { color: light-dark(#FFFFFF, #14162B); }
.stApp :is([data-testid="stMarkdownContainer"], .stMarkdown) table { border: 0; }
.stApp [data-testid="stMarkdownContainer"] :is(th, td) {
  border-width: 0 0 1px; padding: 0.4rem 1rem 0.4rem 0; }
.stApp [data-testid="stMarkdownContainer"] th { font-weight: 600; font-size: 0.875rem; }

[data-testid="stSidebar"][data-collapsed="false"] { max-width: 16rem; }
[data-testid="stStatusWidget"] { display: none; }
[data-testid="stSidebarHeader"] > :first-child { display: flex; align-items: center; gap: 0.6rem; }
[data-testid="stSidebarHeader"] > :first-child::after { content: "AIM Studio"; white-space: nowrap;
  font: 600 1.2rem/1 "Source Serif", serif; letter-spacing: -0.01em; }
[data-testid="stSidebarContent"] { display: flex; flex-direction: column; }
[data-testid="stSidebarUserContent"] { flex: 1; display: flex; flex-direction: column;
  padding: 0.75rem 0 1.25rem; }
[data-testid="stSidebarUserContent"] > div, [data-testid="stSidebarUserContent"] > div > div {
  flex: 1; display: flex; flex-direction: column; }
:has(> .st-key-sidebar_foot) { margin-top: auto; }
.st-key-menu [data-testid="stCaptionContainer"] { margin-top: 0.75rem; font-weight: 600; }
.st-key-menu a[data-testid="stPageLink-NavLink"] { padding: 0.3rem 0.6rem; }

[class*="st-key-card_"], [class*="st-key-step_"] details { background: light-dark(#FFFEFB, #1A1817); }
[class*="st-key-card_"] { transition: border-color 120ms; overflow: hidden; }
[class*="st-key-card_"]:hover { border-color: light-dark(#BDB3A0, #57514A); }
[class*="st-key-shot_"] img, [class*="st-key-sheet_"] img, [class*="st-key-square_"] img {
  width: 100%; object-fit: cover; border-radius: RADIUS; background: light-dark(#EFEAE0, #24211F); }
[class*="st-key-shot_reference_"] img, [class*="st-key-shot_photo_"] img { aspect-ratio: 4 / 3; }
[class*="st-key-shot_tile_"] img, [class*="st-key-square_"] img { aspect-ratio: 1; }
[class*="st-key-tile_"] button { text-align: left; justify-content: flex-start; padding: 0; }
[class*="st-key-tile_"] button p { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical;
  overflow: hidden; font-size: 0.8125rem; line-height: 1.35; }
[class*="st-key-shot_photo_"] img { object-fit: contain; }
[class*="st-key-sheet_"] img { aspect-ratio: 2 / 1; }
[class*="_dropped_"] img { opacity: 0.5; filter: saturate(0.4); }
[class*="st-key-card_variant_rejected_"] img { opacity: 0.4; filter: saturate(0.3); }
[class*="st-key-card_variant_"] .stButton button { min-height: 2.1rem; padding: 0.15rem 0.55rem; }
[role="dialog"] img { max-height: 72vh; object-fit: contain; }
[class*="st-key-card_variant_picked_"] { border-color: #009E73; }

STEP_HEAD p { font-size: 1.0625rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
STEP_HEAD p > span { margin-left: 0.5rem; font-size: 0.9375rem; }
[class*="st-key-step_"][class*="_waiting"] { opacity: 0.8; }
[class*="_done"] > STEP_HEAD [data-testid="stExpanderIcon"] { color: #009E73; }
[class*="st-key-empty_"] { padding: 3rem 1.5rem; border-style: dashed;
  background: light-dark(#FFFEFB, #1A1817); }
[class*="st-key-empty_"] p > span[role="img"] { font-size: 2.25rem; }
[class*="st-key-card_welcome_"] { min-height: 12rem; }
[class*="st-key-card_welcome_"] span[role="img"] { font-size: 1.5rem; }

.stMain a[data-testid="stPageLink-NavLink"] { padding-left: 0; padding-right: 0; background: none; }
.stMain a[data-testid="stPageLink-NavLink"] p {
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.stMain a[data-testid="stPageLink-NavLink"]:hover p {
  text-decoration: underline; text-underline-offset: 0.2em; }

.tile-quiet { aspect-ratio: 1; display: grid; place-content: center; justify-items: center; gap: 0.25rem;
  border: 1px dashed light-dark(#BDB3A0, #57514A); border-radius: RADIUS; color: SOFT; font-size: 0.75rem;
  text-align: center; padding: 0.5rem; }
.tile-quiet b { font-size: 0.9375rem; letter-spacing: 0.04em; }
.why { font-size: 0.8125rem; line-height: 1.4; color: SOFT; margin: 0; }

.score { display: flex; align-items: baseline; gap: 0.5rem; flex-wrap: wrap; }
.score b { font: 600 1.75rem/1.1 "Source Serif", serif; font-variant-numeric: lining-nums; }
.score b.score-small { font-size: 1.25rem; }
.score .tag { font-size: 0.75rem; font-weight: 600; padding: 0.1rem 0.45rem; border-radius: RADIUS;
  background: color-mix(in srgb, currentColor 10%, transparent); }
.score .tag-first { color: light-dark(#2339A8, #AEB9FF); background: light-dark(#E5E8F8, #22284A); }
.score .tag-good { color: light-dark(#006248, #6FD6B1); background: light-dark(#DDF0E8, #15332A); }
.score .tag-bad { color: light-dark(#9A2D15, #F3A28D); background: light-dark(#F9E1DA, #40201A); }
.seen { font-size: 0.8125rem; font-style: italic; line-height: 1.4; color: SOFT;
  min-height: 2.8em; }
.match { font-size: 0.9375rem; line-height: 1.5; font-variant-numeric: tabular-nums; }
.match small { display: block; font-size: 0.8125rem; color: SOFT; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.45rem 1.5rem; margin: 0; padding: 0;
  font-size: 0.9375rem; }
.facts dt { color: SOFT; }
.facts dd { margin: 0; }
.hero-picture img { border-radius: RADIUS; }
.bars { display: grid; grid-template-columns: max-content 1fr 1.7em; align-items: center; gap: 0 0.6rem;
  font-size: 0.8125rem; line-height: 1.6; }
.bar-track { height: 6px; border-radius: 3px; overflow: hidden;
  background: color-mix(in srgb, currentColor 14%, transparent); }
.bar-track > span { display: block; height: 100%; border-radius: 3px; }
.bar-value { text-align: right; font-variant-numeric: tabular-nums; }
.bar-none { grid-column: 2 / 4; opacity: 0.75; font-style: italic; }
.share-bar { display: flex; gap: 2px; height: 14px; border-radius: RADIUS; overflow: hidden; }
.share-bar > span { display: block; min-width: 2px; }
.share-legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-top: 0.5rem;
  font-size: 0.875rem; line-height: 1.5; }
.share-key i { display: inline-block; width: 0.7em; height: 0.7em; border-radius: 2px; margin-right: 0.45em; }
"""

_UPLOAD = """
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
[data-testid="stFileUploaderDropzone"] button p::after { content: WORDS; font-size: 0.875rem; }
"""
"""Streamlit says "Upload" in English alone; the field's own help tells kinds and limits."""
_SOFT = "light-dark(#5C554A, #B9B1A4)"
"""Second-rank text: 7:1 on either ground."""
_STEP_HEAD = '[class*="st-key-open_"] > .stExpander > details > summary'
_RATIO = '[class*="st-key-shot_{name}_"] img {{ aspect-ratio: {width} / {height}; }}\n'


def ratio_name(placement: Placement) -> str:
    """The part of a key that fixes a picture's aspect: "4x5"."""
    return placement.value.replace(":", "x").replace(".", "_")


def inject_css() -> None:
    """Once a run, from Home.py."""
    ratios = "".join(
        _RATIO.format(name=ratio_name(p), width=p.pixels[0], height=p.pixels[1]) for p in Placement
    )
    upload = _UPLOAD.replace("WORDS", json.dumps(_("Choose or drop files"), ensure_ascii=False))
    rules = upload + _BASE.replace("RADIUS", RADIUS).replace("STEP_HEAD", _STEP_HEAD).replace("SOFT", _SOFT)
    st.html(f"<style>{rules}{ratios}</style>")
