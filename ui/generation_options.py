"""How the picture is made: what a diffusion picture starts from, and the dials behind it.

Drawn where a session's generator is Kandinsky, just before "Generate". What is set is part of the brief:
`drafted` reads it as `brief_form.draft` reads the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from services.choices import DEFAULT_OPTIONS, GenerationMode, GenerationOptions
from services.generation.kandinsky.recipes import STEPS, STRENGTH
from services.generation.kandinsky.schedulers import GOOD_STEPS, SCHEDULERS
from services.sessions import SessionView
from ui.generation_estimate import generation_estimate
from ui.i18n import _
from ui.mask_editor import mask_editor, mask_key

NEGATIVE_CHARS = 300
"""The prior reads 77 tokens: about so many letters."""

MOST_GUIDANCE = 12.0
"""Beyond it colours burn; what the CLI set higher is still shown."""

_READ: dict[str, Callable[[Any], Any]] = {
    "mode": GenerationMode,
    "strength": float,
    "negative_prompt": lambda text: str(text).strip(),
    "prior_guidance": float,
    "prior_steps": int,
    "guidance": float,
    "steps": int,
    "scheduler": str,
    "raw_weights": bool,
}


def drafted(key: str, saved: GenerationOptions) -> GenerationOptions:
    """The options as the form of session `key` holds them, drawn or not."""
    held = {name: st.session_state.get(_key(name, key)) for name in _READ}
    changes = {name: _READ[name](value) for name, value in held.items() if value is not None}
    mask = st.session_state.get(mask_key(key))
    if mask is not None:
        changes["mask_sha256"] = mask or None
    return replace(saved, **changes)


def generation_options(view: SessionView) -> None:
    """The expander and, below it, how long it will take. For the compositor, which is quick: nothing."""
    if view.parts.generator == "lite":
        return
    options = view.brief.options
    changed = options != DEFAULT_OPTIONS
    label = f"**{_('How the picture is made')}** :gray[{summary(options)}]"
    with st.expander(label, icon=":material/tune:", key=f"generation_{view.id}", expanded=changed):
        _start(view, options)
        st.text_input(
            _("Keep out of the picture"),
            options.negative_prompt,
            max_chars=NEGATIVE_CHARS,
            key=_key("negative_prompt", view.id),
            persist_state="session",
            placeholder=_("text, watermark, extra fingers"),
            help=_("What the pictures shall not look like. Leave it empty if in doubt."),
        )
        with st.expander(_("For experts"), type="compact", key=f"generation_experts_{view.id}"):
            dials(view.id, options)
        st.caption(_("No headline is set on these pictures: diffusion cannot spell. Layouts can."))
    generation_estimate(view)


def summary(options: GenerationOptions) -> str:
    """The options in a few words."""
    words = [mode_names()[options.mode]]
    if options.mode is GenerationMode.VARIATION:
        words.append(f"{options.strength:.0%}")
    words.append(_("{count} steps").format(count=options.steps))
    return " · ".join(words)


def mode_names() -> dict[GenerationMode, str]:
    return {
        GenerationMode.SCENE: _("A new scene"),
        GenerationMode.VARIATION: _("A variation of the photo"),
        GenerationMode.KEEP: _("The product as it is"),
    }


def _start(view: SessionView, options: GenerationOptions) -> None:
    mode = st.segmented_control(
        _("Start from"),
        list(GenerationMode),
        default=options.mode,
        required=True,
        format_func=lambda each: mode_names()[each],
        key=_key("mode", view.id),
        persist_state="session",
    )
    told = {
        GenerationMode.SCENE: _(
            "Everything is painted anew from your text, photos and references. The product will resemble "
            "yours, not match it."
        ),
        GenerationMode.VARIATION: _("Your main photo is painted over, as far from it as you allow."),
        GenerationMode.KEEP: _(
            "The product keeps the pixels of your main photo. All around it is painted to fit."
        ),
    }
    st.caption(told[GenerationMode(mode)])
    if mode == GenerationMode.VARIATION:
        st.slider(
            _("How far it may leave the photo"),
            *STRENGTH,
            options.strength,
            0.05,
            format="percent",
            key=_key("strength", view.id),
            persist_state="session",
            help=_("Up to 30% colours and light change, from 60% on shapes do as well."),
        )
    if mode == GenerationMode.KEEP and view.brief.hero is not None:
        mask_editor(view.id, view.brief.hero, options.mask_sha256)


def dials(key: str, options: GenerationOptions) -> None:
    """Guidance, steps and sampler, kept under `key`; `drafted` reads them."""
    left, right = st.columns(2, gap="medium")
    with left:
        _guidance("prior_guidance", _("Guidance of the prior"), key, options.prior_guidance)
        _guidance("guidance", _("Guidance of the decoder"), key, options.guidance)
        st.toggle(
            _("Weights as typed"),
            options.raw_weights,
            key=_key("raw_weights", key),
            persist_state="session",
            help=_(
                "The parts of the mixture are added up with the weights that you see, as in the original "
                "study. Otherwise they are shares of 1, which is safer."
            ),
        )
    with right:
        _steps("prior_steps", _("Steps of the prior"), key, options.prior_steps)
        _steps("steps", _("Steps of the decoder"), key, options.steps)
        st.selectbox(
            _("Sampler"),
            SCHEDULERS,
            index=SCHEDULERS.index(options.scheduler) if options.scheduler in SCHEDULERS else 0,
            format_func=lambda name: sampler_names().get(name, name),
            key=_key("scheduler", key),
            persist_state="session",
            help=_("DPM-Solver++ looks finished after {dpm} steps, UniPC after {unipc}.").format(
                **GOOD_STEPS
            ),
        )


def sampler_names() -> dict[str, str]:
    return {
        "default": _("The model's own"),
        "ddim": "DDIM",
        "dpm": "DPM-Solver++",
        "unipc": "UniPC",
    }


def _guidance(field: str, label: str, key: str, value: float) -> None:
    st.slider(
        label,
        1.0,
        max(MOST_GUIDANCE, value),
        max(value, 1.0),
        0.5,
        format="%.1f",
        key=_key(field, key),
        persist_state="session",
        help=_("How closely the picture follows its conditions. 1 switches it off and halves the time."),
    )


def _steps(field: str, label: str, key: str, value: int) -> None:
    st.number_input(label, *STEPS, value, key=_key(field, key), persist_state="session")


def _key(field: str, key: str) -> str:
    return f"generation_{field}_{key}"
