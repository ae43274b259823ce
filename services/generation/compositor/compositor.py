"""The lite engine's generator: ad layouts composed from the photo, the references and the headline.

No diffusion: every pixel comes from the product photo, the retrieved images, the product's palette or
a typeface. Same recipe, same picture.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeVar

from PIL import Image

from services.domain import Brief, Condition, ConditionKind, ModelRef, Recipe
from services.errors import InvalidInput
from services.generation.compositor.brand import (
    LOGO,
    brand_colours,
    branded_palette,
    branded_scheme,
    branded_style,
    put_logo,
)
from services.generation.compositor.canvas import Canvas
from services.generation.compositor.choices import chosen, make_recipes, of_kind
from services.generation.compositor.cutout import CutOut, cut_out
from services.generation.compositor.job import Job, Reference
from services.generation.compositor.layouts import LAYOUTS
from services.generation.compositor.palette import SCHEMES
from services.generation.compositor.product import Product, look
from services.generation.compositor.type import STYLES
from services.generation.compositor.variations import make_variations
from services.messages import N_
from services.parts import ImageSource, Progress

VERSION = "1"
"""Raised whenever a change alters the pixels of an existing recipe."""

WORK_SIDE = 2400
"""Photos are worked on at no more than this: a quarter more than the largest placement."""

CACHED = 12
"""Photos and scenes kept decoded between the variants of a run: about 200 MB at the very most."""

T = TypeVar("T")


class LayoutCompositor:
    """parts.Generator over the layouts of this package. Safe to share between threads.

    With a `source`, `recipes` looks at the hero photo and offers the cut-out only where it is sure.
    Without one it is found out at `generate`, and the recipe says what stands in.
    """

    def __init__(self, source: ImageSource | None = None) -> None:
        self._source = source
        self._kept: OrderedDict[tuple[str, str], object] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def ref(self) -> ModelRef:
        return ModelRef("generator", "layout-compositor", VERSION)

    def recipes(self, brief: Brief, conditions: Sequence[Condition]) -> list[Recipe]:
        """`brief.variants` recipes that differ in layout, scene, crop, palette and type (see choices.py)."""
        photos = of_kind(conditions, ConditionKind.PHOTO)
        sure = None
        if self._source is not None and photos:
            sure = self._cut(photos[0].ref, self._source) is not None
        return make_recipes(brief, conditions, self.ref, sure)

    def more_like(self, recipe: Recipe, count: int, seed: int) -> list[Recipe]:
        """`count` recipes of the same layout with other choices (see variations.py)."""
        if recipe.layout not in LAYOUTS:
            raise _not_ours()
        return make_variations(recipe, count, seed)

    def generate(self, recipe: Recipe, source: ImageSource, progress: Progress | None = None) -> Image.Image:
        """The picture of `recipe`, RGB of `recipe.size`. Raises InvalidInput for a recipe of another kind,
        NotFound where a picture is gone."""
        return self.compose(recipe, source, progress).image

    def compose(self, recipe: Recipe, source: ImageSource, progress: Progress | None = None) -> Canvas:
        """Like `generate`, with the texts as they were set and the contrast measured behind each."""
        tell = progress or (lambda _: None)
        tell(0.0)
        job = self.job(recipe, source)
        tell(0.4)
        canvas = LAYOUTS[recipe.layout].draw(job)
        if logo := job.options.get(LOGO):
            put_logo(canvas, job, _reduced(source(logo)))
        tell(1.0)
        return canvas

    def job(self, recipe: Recipe, source: ImageSource) -> Job:
        """All that the recipe's layout draws from, pictures decoded."""
        options = dict(recipe.settings)
        photos = of_kind(recipe.conditions, ConditionKind.PHOTO)
        if recipe.layout not in LAYOUTS or not photos:
            raise _not_ours()
        product = self._product(photos[0].ref, source)
        scene = chosen(recipe.conditions, ConditionKind.MATCH, options.get("scene", ""))
        board = recipe.layout == "mood board"
        scheme = options.get("palette", SCHEMES[0])
        cuts = recipe.layout in ("cut-out on scene", "studio")
        colours = brand_colours(options)
        palette = branded_palette(product.palette, colours)
        return Job(
            size=recipe.size,
            placement=recipe.placement,
            product=product,
            weight=photos[0].weight,
            others=tuple(
                (c.weight, self._product(c.ref, source)) for c in photos[1:] if c.weight > 0 and board
            ),
            scene=self._picture(scene.ref, source) if scene else None,
            references=self._references(recipe, source) if board else (),
            palette=palette,
            scheme=branded_scheme(palette, scheme if scheme in SCHEMES else SCHEMES[0], colours),
            style=branded_style(STYLES.get(options.get("type", ""), STYLES["bold grotesque"]), options),
            headline=recipe.headline,
            options=options,
            seed=recipe.seed,
            cut=self._cut(photos[0].ref, source) if cuts else None,
        )

    def _references(self, recipe: Recipe, source: ImageSource) -> tuple[Reference, ...]:
        matches = of_kind(recipe.conditions, ConditionKind.MATCH)
        return tuple(Reference(self._picture(c.ref, source), c.weight) for c in matches if c.weight > 0)

    def _product(self, sha256: str, source: ImageSource) -> Product:
        return self._once("product", sha256, lambda: look(_reduced(source(sha256))))

    def _cut(self, sha256: str, source: ImageSource) -> CutOut | None:
        return self._once("cut-out", sha256, lambda: cut_out(self._product(sha256, source)))

    def _picture(self, sha256: str, source: ImageSource) -> Image.Image:
        return self._once("scene", sha256, lambda: _reduced(source(sha256)).convert("RGB"))

    def _once(self, kind: str, sha256: str, make: Callable[[], T]) -> T:
        """`make()`, kept for the next variant; the least recently used is forgotten."""
        with self._lock:
            if (kind, sha256) in self._kept:
                self._kept.move_to_end((kind, sha256))
                return self._kept[kind, sha256]  # type: ignore[return-value]
        made = make()
        with self._lock:
            self._kept[kind, sha256] = made
            while len(self._kept) > CACHED:
                self._kept.popitem(last=False)
        return made


def _not_ours() -> InvalidInput:
    return InvalidInput(
        N_("This recipe was not made by the layout compositor; it cannot be drawn again here.")
    )


def _reduced(image: Image.Image) -> Image.Image:
    """At most WORK_SIDE on its longer side, RGB or RGBA."""
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    scale = WORK_SIDE / max(image.size)
    if scale >= 1:
        return image
    size = tuple(max(round(s * scale), 1) for s in image.size)
    return image.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)
