"""Reading and saving a campaign's brand kit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session as OrmSession

from db import tables
from db.base import now
from db.repositories.campaigns import CampaignRepository
from services import audit
from services.brand.fonts import font_path
from services.brand_kit import BrandKit
from services.database import read_session, unit_of_work
from services.errors import InvalidInput, NotFound
from services.messages import N_
from services.people import Role, require
from services.storage.images import get_store

MAX_COLOURS = 6
"""More is not a palette: nobody recognises a brand by a seventh colour."""

MAX_WORDS = 40
WORD_CHARS = 60

_COLOUR = re.compile(r"#[0-9a-f]{6}")


def load_kit(campaign_id: str) -> BrandKit:
    """The campaign's kit, empty when it has none. Raises NotAllowed."""
    require(Role.VIEWER)
    with read_session() as session:
        return kit_of(session, campaign_id)


def kit_of(session: OrmSession, campaign_id: str) -> BrandKit:
    """As `load_kit`, within the caller's transaction."""
    row = session.get(tables.BrandKit, campaign_id)
    if row is None:
        return BrandKit()
    return BrandKit(
        colours=tuple(row.colours),
        logo_sha256=row.logo_sha256,
        heading_font=row.heading_font,
        body_font=row.body_font,
        words_to_use=tuple(row.words_to_use),
        words_to_avoid=tuple(row.words_to_avoid),
    )


def save_kit(campaign_id: str, kit: BrandKit) -> BrandKit:
    """Put `kit` in place of the campaign's; the kit as it was kept (words trimmed, doubles gone).

    Variants that are there stay as they are. Raises InvalidInput, NotAllowed, NotFound (no such campaign,
    logo or font).
    """
    require(Role.ADMIN)
    kit = checked(kit)
    with unit_of_work() as work:
        if CampaignRepository(work.session).get(campaign_id) is None:
            raise NotFound(N_("There is no campaign {id}."), id=campaign_id)
        row = work.session.get(tables.BrandKit, campaign_id)
        if row is None:
            row = tables.BrandKit(campaign_id=campaign_id)
            work.session.add(row)
        row.colours, row.logo_sha256 = list(kit.colours), kit.logo_sha256
        row.heading_font, row.body_font = kit.heading_font, kit.body_font
        row.words_to_use, row.words_to_avoid = list(kit.words_to_use), list(kit.words_to_avoid)
        row.updated_at = now()
        audit.record(work.session, "campaign.brand", campaign_id=campaign_id)
        work.commit()
    return kit


def checked(kit: BrandKit) -> BrandKit:
    """The kit in its kept form. Raises InvalidInput with what to change, NotFound for a lost file."""
    colours = tuple(dict.fromkeys(colour.strip().lower() for colour in kit.colours))
    for colour in colours:
        if not _COLOUR.fullmatch(colour):
            raise InvalidInput(
                N_("{colour!r} is no colour. Write it as #rrggbb, such as #e4b21f."), colour=colour
            )
    if len(colours) > MAX_COLOURS:
        raise InvalidInput(N_("A brand kit has at most {limit} colours. Take some away."), limit=MAX_COLOURS)
    use, avoid = _words(kit.words_to_use), _words(kit.words_to_avoid)
    both = {word.casefold() for word in use} & {word.casefold() for word in avoid}
    if both:
        raise InvalidInput(N_("{word!r} is both to use and to avoid. Decide for one."), word=sorted(both)[0])
    if kit.logo_sha256 is not None:
        get_store().path(kit.logo_sha256)
    for font in (kit.heading_font, kit.body_font):
        if font is not None:
            font_path(font)
    return replace(kit, colours=colours, words_to_use=use, words_to_avoid=avoid)


def _words(words: Sequence[str]) -> tuple[str, ...]:
    clean = {" ".join(word.split()).casefold(): " ".join(word.split()) for word in reversed(words)}
    kept = tuple(reversed([word for word in clean.values() if word]))
    if len(kept) > MAX_WORDS:
        raise InvalidInput(N_("A list has at most {limit} words. Take some away."), limit=MAX_WORDS)
    for word in kept:
        if len(word) > WORD_CHARS:
            raise InvalidInput(
                N_("{word}… is longer than {limit} characters. Shorten it."), word=word[:20], limit=WORD_CHARS
            )
    return kept
