"""A new experiment as its form holds it: drawn or not, kept while one looks elsewhere, saved by Start alone.

What the widgets start from is `start`, an experiment or an example that was taken over; each brief has a
number of its own, so that taking one out leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import streamlit as st

from services import libraries
from services.choices import EngineChoice, GenerationOptions
from services.domain import Photo, Placement
from services.errors import InvalidInput
from services.experiments import saved
from services.experiments.presets import BY_KEY, Preset
from services.experiments.spec import NAME_CHARS, BriefSpec, ExperimentSpec
from services.messages import N_
from services.settings import get_settings
from ui.engine_choice import chosen
from ui.generation_options import drafted

KEY = "experiment"
"""Under which the form's widgets are kept, and the engine's and options' beside them."""
START, BRIEFS, NEXT, OWN = "experiment_start", "experiment_briefs", "experiment_next", "experiment_own"
CHECKED = ("none", "keywords", "subqueries", "filtered")
NEW_BRIEF = BriefSpec("", "", "", (), library=libraries.BACKDROPS_LIBRARY)
FIRST = ExperimentSpec("-", (replace(NEW_BRIEF, name="-"),), tuple(BY_KEY[key] for key in CHECKED), "none")
"""What a form starts from that nothing was taken into."""

T = TypeVar("T")


def start() -> ExperimentSpec:
    """What the widgets begin with."""
    held: ExperimentSpec | None = st.session_state.get(START)
    return held or replace(FIRST, engine=get_settings().engine_choice)


def held(field: str, fallback: T) -> T:
    """A widget's value, or what it starts from."""
    value: T | None = st.session_state.get(widget(field))
    return fallback if value is None else value


def widget(field: str) -> str:
    return f"{KEY}_{field}"


def forget() -> None:
    """Empty the form."""
    for name in [str(n) for n in st.session_state]:
        mine = name.startswith((f"{KEY}_", f"photos_{KEY}_")) or name.endswith(f"_{KEY}")
        if mine:
            del st.session_state[name]


def take(spec: ExperimentSpec) -> None:
    """Begin again from `spec`: an example, a file, an experiment that was made."""
    forget()
    st.session_state[START] = spec
    st.session_state[OWN] = [preset for preset in spec.strategies if BY_KEY.get(preset.key) != preset]
    for brief in spec.briefs:
        add(brief)


# --- briefs -------------------------------------------------------------------------------------


def briefs() -> dict[int, BriefSpec]:
    """Number -> the brief that its widgets began with."""
    found: dict[int, BriefSpec] = st.session_state.setdefault(BRIEFS, {})
    return found


def add(brief: BriefSpec = NEW_BRIEF) -> None:
    """One more brief, under a name that no other has; an unknown library becomes the built-in one."""
    number = st.session_state.get(NEXT, 0)
    st.session_state[NEXT] = number + 1
    known = {card.name for card in libraries.list_libraries()}
    if brief.library is not None and brief.library not in known:
        brief = replace(brief, library=libraries.BACKDROPS_LIBRARY)
    taken = {name_of(other) for other in briefs()}
    name, count = brief.name, 2
    while name and name in taken:
        name, count = f"{brief.name} {count}", count + 1
    briefs()[number] = replace(brief, name=name)


def remove(number: int) -> None:
    briefs().pop(number, None)
    st.session_state.pop(f"photos_{KEY}_{number}", None)


def name_of(number: int) -> str:
    """As typed; a brief without a name is called by its topic."""
    begun = briefs()[number]
    typed = str(held(f"name_{number}", begun.name)).strip()
    return typed or str(held(f"topic_{number}", begun.topic)).strip()[:40]


def brief_of(number: int) -> BriefSpec:
    begun = briefs()[number]
    photos: tuple[Photo, ...] = st.session_state.get(f"photos_{KEY}_{number}", begun.photos)
    return replace(
        begun,
        name=name_of(number),
        topic=str(held(f"topic_{number}", begun.topic)).strip(),
        product_text=str(held(f"text_{number}", begun.product_text)).strip(),
        photos=photos,
        headline=str(held(f"headline_{number}", begun.headline)).strip(),
        library=held(f"library_{number}", begun.library or "") or None,
        plan=begun.plan if held(f"plan_{number}", True) else None,
    )


# --- strategies ---------------------------------------------------------------------------------


def presets() -> tuple[Preset, ...]:
    """All that can be ticked: the study's, saved ones, and those that a file brought along."""
    own: list[Preset] = st.session_state.get(OWN, [])
    known = saved.every()
    keys = {preset.key for preset in known}
    return (*known, *(preset for preset in own if preset.key not in keys))


def ticked(known: Sequence[Preset]) -> tuple[Preset, ...]:
    begun = {preset.key for preset in start().strategies}
    return tuple(preset for preset in known if held(f"use_{preset.key}", preset.key in begun))


# --- the whole ----------------------------------------------------------------------------------


def engine() -> EngineChoice:
    """Raises InvalidInput for parts that do not fit together."""
    return chosen(KEY, start().engine)


def options() -> GenerationOptions:
    return drafted(KEY, start().options)


def spec() -> ExperimentSpec:
    """The experiment as it stands. Raises InvalidInput for what lacks or cannot be compared."""
    begun, strategies = start(), ticked(presets())
    if not briefs():
        raise InvalidInput(N_("There is no brief yet. Add one first."))
    baseline = held("baseline", begun.baseline)
    keys = [preset.key for preset in strategies]
    if len(keys) < 2:
        raise InvalidInput(N_("A comparison takes two strategies or more. Tick another one."))
    name = str(held("name", "" if begun.name == FIRST.name else begun.name)).strip()
    return ExperimentSpec(
        name=name or ", ".join(name_of(number) for number in briefs())[:NAME_CHARS].strip(" ,"),
        briefs=tuple(brief_of(number) for number in briefs()),
        strategies=strategies,
        baseline=baseline if baseline in keys else keys[0],
        seeds=int(held("seeds", begun.seeds)),
        seed=int(held("seed", begun.seed)),
        engine=engine(),
        placement=Placement(held("placement", begun.placement)),
        options=options(),
        campaign=begun.campaign,
    )
