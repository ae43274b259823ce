"""What was repaired in a chat model's plan, in words. Shown with the plan, which stays editable."""

from __future__ import annotations

from services.messages import N_

SCALED = N_("The weights did not add up to 100 % and were scaled.")
FILLED = N_("Weights that were missing or made no sense were set to an average one: {count}.")
MERGED = N_("Parts that asked for the same picture were merged: {count}.")
TOO_MANY = N_("The model proposed {count} parts; the {limit} heaviest were kept.")
NOT_ENGLISH = N_("Parts that were not in English, which the search reads, were left out: {count}.")
NOT_ALONE = N_("Parts that made no sense by themselves were left out: {count}.")
NOT_PHRASES = N_("Parts that were a link, a path or code instead of words were left out: {count}.")
EMPTY_PARTS = N_("Empty parts were left out: {count}.")
REWORDED = N_("Parts were reworded to stand by themselves: {count}.")
SHORTENED = N_("Parts were too long and were shortened: {count}.")
ADDED = N_("The model proposed too few parts; some were taken from its summary: {count}.")
SUMMARY_MADE = N_("The summary could not be used; it was put together from the parts.")
SUMMARY_SHORTENED = N_("The summary was too long and was shortened.")
HEADLINE_SHORTENED = N_("The proposed headline was too long and was shortened.")
HEADLINE_DROPPED = N_("The proposed headline could not be used and was left out.")
EXTRA = N_("The model's answer held things that nobody asked for; they were ignored.")

REPAIR_TEMPLATES = frozenset(
    (
        SCALED,
        FILLED,
        MERGED,
        TOO_MANY,
        NOT_ENGLISH,
        NOT_ALONE,
        NOT_PHRASES,
        EMPTY_PARTS,
        REWORDED,
        SHORTENED,
        ADDED,
        SUMMARY_MADE,
        SUMMARY_SHORTENED,
        HEADLINE_SHORTENED,
        HEADLINE_DROPPED,
        EXTRA,
    )
)
"""A plan with one of these notices is the chat model's, repaired."""
