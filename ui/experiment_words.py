"""Names, explanations and colours of strategies and measures, in the advertiser's words."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain import Strategy
from services.experiments.presets import BY_KEY, Preset
from services.experiments.spec import ExperimentSpec
from services.generation.conditioning import HERO_SHARE, TextRule
from ui import formats
from ui.bars import metric_names
from ui.charts import strategy_colour
from ui.i18n import _, ngettext
from ui.theme import OKABE_ITO

_FURTHER = {"complex": OKABE_ITO[4], "critique": OKABE_ITO[5]}
"""Beside the four ways of finding references, which have their colours everywhere."""
_FREE = (OKABE_ITO[4], OKABE_ITO[5], OKABE_ITO[7], OKABE_ITO[6])


@dataclass(frozen=True, slots=True)
class MeasureWords:
    """How a measure is called, what it says, how its figures are written: times `scale`, with `digits`."""

    name: str
    told: str
    scale: float
    digits: int


def measures() -> dict[str, MeasureWords]:
    """Key of a measure -> its words, the one that counts first."""
    parts = metric_names()
    return {
        "final": MeasureWords(_("AIM score"), _("The score in all, 0 to 100."), 1, 1),
        "clip": MeasureWords(parts["clip"], _("How well the picture matches the product text."), 100, 1),
        "caption": MeasureWords(
            parts["caption"], _("Whether what is seen in the picture is the topic."), 100, 1
        ),
        "lpips": MeasureWords(parts["lpips"], _("How close it is to your main photo, by eye."), 100, 1),
        "coverage": MeasureWords(
            _("Shows the plan"), _("The share of the plan's parts that can be seen, by weight."), 100, 1
        ),
        "fidelity": MeasureWords(
            _("Product likeness"), _("How much the picture looks like the product photos, at most 1."), 1, 3
        ),
    }


def written(measure: str, value: float | None, signed: bool = False) -> str:
    """A figure of this measure: "61.4", "+3.1", "–" where there is none."""
    if value is None:
        return formats.DASH
    words = measures()[measure]
    text = f"{value * words.scale:{'+' if signed else ''}.{words.digits}f}"
    return text.replace("-", "−")


def title(preset: Preset) -> str:
    """A built-in strategy's name in the reader's language; a saved one's as it was written."""
    return _(preset.title) if preset.key in BY_KEY else preset.title


def describe(preset: Preset) -> str:
    """What the strategy does, in one or two sentences."""
    told = {
        "none": _("Your photos and the product text, nothing else. What the others are measured against."),
        "keywords": _(
            "Looks for references with the whole text at once. The text's keywords guide the picture."
        ),
        "subqueries": _("Takes the text apart and looks for references to each part. The parts guide it."),
        "complex": _("For long texts: a summary leads, the parts and their references follow."),
        "filtered": _("As for long texts, but references that fit too little or are too alike are left out."),
        "critique": _(
            "Makes a draft, looks what it does not show, finds references to that alone and makes it again."
        ),
    }
    return told[preset.key] if preset.key in BY_KEY else _in_words(preset)


def rules(preset: Preset) -> list[str]:
    """The exact rule, for those who ask: how it searches, what weighs how much, where it is from."""
    hero, other = preset.photos * HERO_SHARE, preset.photos * (1 - HERO_SHARE)
    said = [
        f"{_('Search')}: {formats.strategy(preset.search)}",
        f"{_('Texts')}: {text_rule(preset.texts)}",
        _(
            "Photos: a single one has 0.4; several {all} in all, of two the main one {hero}, "
            "the other {other}."
        ).format(all=f"{preset.photos:g}", hero=f"{hero:g}", other=f"{other:g}"),
    ]
    if preset.search is not Strategy.NONE:
        said.append(
            _("References guide the picture with the weight of the part they were found for.")
            if preset.matches
            else _("References are looked for but do not guide the picture.")
        )
    if preset.filter_above is not None:
        said.append(
            _(
                "Filter: of two references with a cosine above {limit} the heavier stays; those below the "
                "search model's floor are dropped."
            ).format(limit=f"{preset.filter_above:g}")
        )
    if preset.rounds:
        said.append(_further_rounds(preset.rounds))
    return said


def text_rule(rule: TextRule) -> str:
    return {
        TextRule.PRODUCT_TEXT: _("the product text as it is"),
        TextRule.KEYWORDS: _("its keywords, each by its similarity to the whole text"),
        TextRule.SUBQUERIES: _("the plan's parts, each by its importance"),
        TextRule.SUMMARY_AND_SUBQUERIES: _(
            "a summary, and the plan's parts that a reference was found for, each by its importance"
        ),
    }[rule]


def colours(spec: ExperimentSpec) -> dict[str, str]:
    """Key of each strategy -> its colour; a built-in one's is the same everywhere."""
    found: dict[str, str] = {}
    for preset in spec.strategies:
        if preset.key in BY_KEY:
            found[preset.key] = _FURTHER.get(preset.key, strategy_colour(preset.strategy.value))
    free = [colour for colour in _FREE if colour not in found.values()] or list(_FREE)
    own = [preset.key for preset in spec.strategies if preset.key not in found]
    return found | {key: free[place % len(free)] for place, key in enumerate(own)}


def size_of(briefs: int, strategies: int, seeds: int) -> str:
    """ "3 briefs × 4 strategies × 4 seeds"."""
    parts = (
        ngettext("{count} brief", "{count} briefs", briefs).format(count=briefs),
        ngettext("{count} strategy", "{count} strategies", strategies).format(count=strategies),
        ngettext("{count} seed", "{count} seeds", seeds).format(count=seeds),
    )
    return " × ".join(parts)


def pairs(count: int) -> str:
    return ngettext("{count} pair", "{count} pairs", count).format(count=formats.number(count))


def _in_words(preset: Preset) -> str:
    said = [f"{formats.strategy(preset.search)}; {text_rule(preset.texts)}."]
    if preset.rounds:
        said.append(_further_rounds(preset.rounds))
    return " ".join(said)


def _further_rounds(count: int) -> str:
    return ngettext(
        "Searches and makes again up to {count} time for parts that the picture does not show.",
        "Searches and makes again up to {count} times for parts that the picture does not show.",
        count,
    ).format(count=count)
