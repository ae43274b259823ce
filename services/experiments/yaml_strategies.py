"""Strategies in an experiment's file: by key, by the title of a saved one, or field by field."""

from __future__ import annotations

import re
from typing import Any

from services.domain import Strategy
from services.errors import InvalidInput
from services.experiments import saved
from services.experiments.presets import BY_KEY, Preset
from services.experiments.yaml_reader import Field
from services.generation.conditioning import TextRule
from services.messages import N_

FIELDS = ("key", "title", "search", "texts", "photos", "matches", "filter_above", "rounds", "source")
SEARCHES = (Strategy.NONE.value, Strategy.KEYWORDS.value, Strategy.SUBQUERIES.value)
"""A filter is a field of its own: filter_above."""


def strategies_of(field: Field) -> tuple[Preset, ...]:
    """Raises InvalidInput for what is no strategy."""
    return tuple(
        _inline(entry) if isinstance(entry.value, dict) else _named(entry) for entry in field.items()
    )


def _named(field: Field) -> Preset:
    preset = saved.find(field.text())
    if preset is None:
        raise field.wrong(
            N_("{place} in {file} is {value}, which is no strategy here. Choose one of: {known}."),
            value=field.shown,
            known=", ".join([*BY_KEY, *(preset.title for preset in saved.saved())]),
        )
    return preset


def _inline(field: Field) -> Preset:
    field.only(*FIELDS)
    title = field.need("title").text()
    search = Strategy(field.need("search").choice(SEARCHES))
    values: dict[str, Any] = {
        "key": field.child("key").text() if field.has("key") else key_of(title),
        "title": title,
        "search": search,
        "texts": TextRule(field.need("texts").choice([rule.value for rule in TextRule])),
        "photos": field.need("photos").number(),
        "matches": field.child("matches").flag() if field.has("matches") else search is not Strategy.NONE,
        "filter_above": field.child("filter_above").number() if field.has("filter_above") else None,
        "rounds": field.child("rounds").integer() if field.has("rounds") else 0,
        "source": field.child("source").text() if field.has("source") else "",
    }
    if values["key"] in BY_KEY:
        raise field.wrong(N_("{place} in {file} has the name of one of the studio's strategies. Change it."))
    try:
        return Preset(**values)
    except InvalidInput as error:
        raise field.wrong(N_("{place} in {file}: {why}"), why=str(error)) from error


def key_of(title: str) -> str:
    """A key made of the title: "My own, 0.7" is "my-own-0-7"."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-") or "own"
