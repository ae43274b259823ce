"""Does a session keep to its campaign's brand? A list of what does not, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.brand import words
from services.brand_kit import BrandKit
from services.domain import Brief, Plan, Recipe, Variant
from services.generation.compositor.brand import brand_settings
from services.messages import N_, Message, message
from services.sessions import SessionView


class Rule(StrEnum):
    """What was broken."""

    AVOID = "avoid"  # a word to avoid stands in it
    USE = "use"  # no word to use stands in the headline
    LOGO = "logo"
    COLOURS = "colours"
    FONT = "font"


@dataclass(frozen=True, slots=True)
class Violation:
    """`variant` is the id of the one that it is about; None: the words of the session."""

    rule: Rule
    reason: Message
    variant: int | None = None


_PLACES = {
    "topic": N_("The topic says “{word}”, a word that your brand avoids."),
    "text": N_("The product text says “{word}”, a word that your brand avoids."),
    "headline": N_("The headline says “{word}”, a word that your brand avoids."),
    "summary": N_("The plan's summary says “{word}”, a word that your brand avoids."),
    "subquery": N_("A sub-query says “{word}”, a word that your brand avoids."),
}


def check(view: SessionView) -> tuple[Violation, ...]:
    """Of the words first, then of each variant. Empty: nothing found, or no brand kit."""
    kit = view.brief.brand
    if kit is None:
        return ()
    of_variants = [found for variant in view.variants for found in _variant(variant, kit)]
    return (*_words(view.brief, view.plan, kit), *of_variants)


def _words(brief: Brief, plan: Plan | None, kit: BrandKit) -> list[Violation]:
    texts = [("topic", brief.topic), ("text", brief.product_text), ("headline", brief.headline)]
    if plan is not None:
        texts += [("summary", plan.summary), *(("subquery", q.text) for q in plan.subqueries)]
    found = [
        Violation(Rule.AVOID, message(_PLACES[place], word=word))
        for place, text in texts
        for word in words.found(kit.words_to_avoid, text)
    ]
    if brief.headline and kit.words_to_use and not words.found(kit.words_to_use, brief.headline):
        reason = N_("The headline has none of the words that your brand likes to use ({words}).")
        found.append(Violation(Rule.USE, message(reason, words=", ".join(kit.words_to_use[:5]))))
    return [one for place, one in enumerate(found) if one not in found[:place]]


def _variant(variant: Variant, kit: BrandKit) -> list[Violation]:
    """A layout is made with the kit, or with another one; diffusion knows no kit at all."""
    headline = words.found(kit.words_to_avoid, variant.recipe.headline)
    reasons = [(Rule.AVOID, message(_PLACES["headline"], word=word)) for word in headline]
    reasons += _composed(variant.recipe, kit) if variant.recipe.layout else _diffused(kit)
    return [Violation(rule, reason, variant.id) for rule, reason in reasons]


def _composed(recipe: Recipe, kit: BrandKit) -> list[tuple[Rule, Message]]:
    has, wants = dict(recipe.settings), dict(brand_settings(kit))
    differs = {
        name for name in {*has, *wants} if name.startswith("brand ") and has.get(name) != wants.get(name)
    }
    sentences = (
        (
            "colours",
            Rule.COLOURS,
            N_("Made with other colours than the brand's. Generate again to use them."),
        ),
        ("logo", Rule.LOGO, N_("Made without the brand's present logo. Generate again to set it.")),
        ("font", Rule.FONT, N_("Made with other fonts than the brand's. Generate again to use them.")),
    )
    return [(rule, message(text)) for part, rule, text in sentences if any(part in name for name in differs)]


def _diffused(kit: BrandKit) -> list[tuple[Rule, Message]]:
    found = []
    if kit.colours:
        reason = N_("Painted by diffusion, which does not know the brand's colours. Compare them by eye.")
        found.append((Rule.COLOURS, message(reason)))
    if kit.logo_sha256:
        reason = N_("Painted by diffusion, which sets no logo. Add it in your layout program.")
        found.append((Rule.LOGO, message(reason)))
    return found
