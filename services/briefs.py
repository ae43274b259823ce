"""What a brief must be before anything is made from it."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from services.domain import Brief
from services.errors import InvalidInput
from services.limits import (
    HEADLINE_CHARS,
    PHOTOS_PER_BRIEF,
    PRODUCT_TEXT_CHARS,
    TOPIC_CHARS,
)
from services.messages import N_
from services.settings import get_settings

SEED_LIMIT = 2**32
"""Seeds are 0 <= seed < this, as torch and numpy both take them."""


def clean(brief: Brief) -> Brief:
    """The brief without what cannot be stored or seen: outer spaces, control characters, half surrogates."""
    return replace(
        brief,
        topic=_clean(brief.topic),
        product_text=_clean(brief.product_text),
        headline=_clean(brief.headline),
    )


def _clean(text: str) -> str:
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def validate(brief: Brief, photo_needed: bool = True) -> None:
    """Raise InvalidInput with one sentence for the first fault found; return when there is none.

    An evaluation of finished pictures needs no product photo: `photo_needed` is False then.
    """
    brief = clean(brief)
    _check_texts(brief)
    _check_photos(brief, photo_needed)
    limit = get_settings().variants_per_run
    if not 1 <= brief.variants <= limit:
        raise InvalidInput(
            N_("{count} variants cannot be made in one go. Choose 1 to {limit}."),
            count=brief.variants,
            limit=limit,
        )
    if not 0 <= brief.seed < SEED_LIMIT:
        raise InvalidInput(N_("The seed must be a whole number from 0 to {limit}."), limit=SEED_LIMIT - 1)


def _check_texts(brief: Brief) -> None:
    if not brief.topic:
        raise InvalidInput(N_("The topic is empty. Say in a few words what the picture is about."))
    if len(brief.topic) > TOPIC_CHARS:
        raise InvalidInput(
            N_("The topic has {count} characters. Shorten it to {limit} or fewer."),
            count=len(brief.topic),
            limit=TOPIC_CHARS,
        )
    if not brief.product_text:
        raise InvalidInput(N_("The product text is empty. Describe the product and the picture you want."))
    if len(brief.product_text) > PRODUCT_TEXT_CHARS:
        raise InvalidInput(
            N_("The product text has {count} characters. Shorten it to {limit} or fewer."),
            count=len(brief.product_text),
            limit=PRODUCT_TEXT_CHARS,
        )
    if len(brief.headline) > HEADLINE_CHARS:
        raise InvalidInput(
            N_("The headline has {count} characters. Shorten it to {limit} or fewer."),
            count=len(brief.headline),
            limit=HEADLINE_CHARS,
        )


def _check_photos(brief: Brief, photo_needed: bool) -> None:
    if photo_needed and not brief.photos:
        raise InvalidInput(N_("There is no product photo. Add at least one."))
    if len(brief.photos) > PHOTOS_PER_BRIEF:
        raise InvalidInput(
            N_("{count} photos are too many for one brief. Choose the best {limit} or fewer."),
            count=len(brief.photos),
            limit=PHOTOS_PER_BRIEF,
        )
    if sum(photo.hero for photo in brief.photos) > 1:
        raise InvalidInput(N_("More than one photo is marked as the main one. Choose one."))
