"""A session with real layouts, as exports and imports need one; and a composer that costs nothing."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from db import tables
from services import sessions, studio
from services.database import unit_of_work
from services.domain import Match, Photo, Placement, Recipe
from services.export.options import ExportOptions
from services.export.package import Report, write_package
from services.generation.compositor import LayoutCompositor
from services.parts import ImageSource
from services.storage.images import get_store
from tests.pages import seeds
from tests.unit import generation_pictures as pictures

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TOPIC = "A red bottle on a table"
SCENES = ("sofa.png", "wood.png", "linen.png")


class Painter:
    """Stands for the compositor: a plain picture of the recipe's size, at once."""

    def generate(self, recipe: Recipe, source: ImageSource) -> Image.Image:
        return Image.new("RGB", recipe.size, (recipe.seed % 200, 90, 60))


class LayoutEngine:
    """An engine of which only the generator is asked."""

    def __init__(self) -> None:
        self.generator = LayoutCompositor(get_store().open)


def layout_session(variants: int = 2, placement: Placement = Placement.SQUARE) -> str:
    """A finished session of the layout compositor: photo, three references, scored variants; its id."""
    session_id = unmade_session(variants, placement)
    make(session_id)
    return session_id


def unmade_session(variants: int = 2, placement: Placement = Placement.SQUARE) -> str:
    """The same before anything is generated."""
    store = get_store()
    photo = store.put_image(pictures.bottle((400, 500)))
    scenes = [store.put_image(pictures.scene(n)) for n in range(len(SCENES))]
    brief = replace(
        seeds.brief(TOPIC, variants, placement),
        photos=(Photo(photo, "bottle.png", 400, 500, hero=True),),
        headline="포근한 하루",
    )
    session_id = sessions.create(brief, campaign="Autumn")
    sessions.save_plan(session_id, seeds.plan())
    matches = tuple(
        Match(n, seeds.QUERIES[n], n + 1, sha256, name, 0.6, 0.2)
        for n, (sha256, name) in enumerate(zip(scenes, SCENES, strict=True))
    )
    sessions.save_matches(session_id, matches)
    sessions.save_conditions(session_id, seeds.conditions(matches, brief.photos[0]))
    return session_id


def make(session_id: str) -> None:
    """Generate and score the session's variants."""
    engine: Any = LayoutEngine()
    batch = studio.prepare_batch(session_id, engine)
    ids = [studio.make_variant(session_id, engine, batch, n) for n in range(len(batch.recipes))]
    view = sessions.load(session_id)
    scores = {variant: seeds.score(90.0 - 7 * n) for n, variant in enumerate(ids)}
    sessions.save_scores(session_id, scores, view.brief.topic, view.brief.product_text, view.reference_sha256)


def pack(session_id: str, path: Path, *placements: Placement, composer: Any = None, **options: Any) -> Report:
    """The ZIP of a session; without the slower extras unless they are asked for."""
    extras = {"safe_zones": False, "contact_sheet": False, **options}
    chosen = ExportOptions(placements or (Placement.SQUARE,), **extras)
    return write_package(session_id, chosen, path, composer or Painter(), AT)


def shortlist(variant_id: int) -> None:
    with unit_of_work() as work:
        row = work.session.get_one(tables.Variant, variant_id)
        row.shortlisted = True
        work.commit()


def rewritten(path: Path, changes: dict[str, bytes | None]) -> bytes:
    """The ZIP with members replaced, left out (None) or added."""
    target = path.with_suffix(".changed.zip")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for member in before.infolist():
            data = changes.get(member.filename, before.read(member))
            if data is not None:
                after.writestr(member.filename, data)
        for name in changes.keys() - set(before.namelist()):
            if (data := changes[name]) is not None:
                after.writestr(name, data)
    return target.read_bytes()
