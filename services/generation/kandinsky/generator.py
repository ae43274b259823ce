"""Kandinsky as an engine part: conditions to an embedding, the embedding to pictures.

Importing this imports no torch; weights load at first use. Read `conditions.py` for what a picture is
made of, `decoders.py` for how it is drawn and `starts.py` for the product photo in it. The headline is
not drawn: a diffusion picture is a picture, type is set on it at export.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PIL import Image

from services.choices import EngineChoice, GenerationMode, GenerationOptions
from services.domain import Brief, Condition, ModelRef, Recipe
from services.generation.kandinsky import recipes as own
from services.generation.kandinsky.halving import in_halves, share_of
from services.generation.kandinsky.machine import write_down
from services.generation.kandinsky.schedulers import scheduler_class
from services.generation.kandinsky.sizes import deliver
from services.generation.kandinsky.speed import Speed, Stopwatch, remember
from services.generation.kandinsky.starts import finished_mask, start_of
from services.messages import Message
from services.models.device import place
from services.models.kandinsky import Family, family
from services.parts import ImageSource, Progress
from services.readiness import require
from services.settings import get_settings
from services.storage.images import get_store

if TYPE_CHECKING:
    from services.generation.kandinsky.decoders import Told
    from services.models.diffusion import DiffusionModel

PRIOR_SHARE = 0.1
"""Of a batch's work, about: the prior's steps are small ones beside the decoder's."""


class KandinskyGenerator:
    """parts.BatchGenerator. `name`: "kandinsky21" or "kandinsky22". Threads take turns."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._most: int | None = None

    @property
    def ref(self) -> ModelRef:
        return self._family.decoder().ref("generator")

    @property
    def _family(self) -> Family:
        return family(self.name)

    def recipes(self, brief: Brief, conditions: Sequence[Condition]) -> list[Recipe]:
        """`brief.variants` recipes, alike but for their seeds.

        Raises EngineUnavailable within seconds where weights are neither here nor to be had, InvalidInput
        for options out of range or a photo that cannot be cut out surely.
        """
        own.check(brief.options)
        self._require(brief.options)
        hero = brief.hero
        mask = finished_mask(brief.options, hero.sha256, get_store().open) if hero else None
        return own.make_recipes(
            brief, conditions, self._made(brief.options), get_settings().diffusion_side, mask
        )

    def notices(self, conditions: Sequence[Condition]) -> tuple[Message, ...]:
        """What the reader should know about how `conditions` are read, such as a text that is cut off."""
        from services.generation.kandinsky.conditions import cut_texts

        return cut_texts(self.name, conditions)

    def more_like(self, recipe: Recipe, count: int, seed: int) -> list[Recipe]:
        """`count` recipes with the same embedding and much of the same first noise."""
        self._require(own.read(recipe))
        return own.make_near(recipe, count, seed)

    def generate(self, recipe: Recipe, source: ImageSource, progress: Progress | None = None) -> Image.Image:
        """The picture of `recipe`, RGB of `recipe.size`. See `generate_many`."""
        return next(self.generate_many([recipe], source, progress))

    def batch_size(self, recipe: Recipe) -> int:
        """How many recipes like this one to give to `generate_many` at once. Loads the decoder's weights."""
        from services.generation.kandinsky.memory import batch_size

        options = own.read(recipe)
        width, height = own.decoded_size(recipe)
        with self._decoder(options).opened() as parts:
            size = batch_size(width * height, parts)
        return min(size, self._most or size)

    def generate_many(
        self, recipes: Sequence[Recipe], source: ImageSource, progress: Progress | None = None
    ) -> Iterator[Image.Image]:
        """The pictures of `recipes`, in order, each as soon as its batch is done.

        Out of memory halves the batch once, and says so in the log; then it is a clear failure. What
        `progress` raises ends it at once, within one step. Raises InvalidInput for recipes of another
        kind, NotFound for a picture that is gone, EngineUnavailable without weights or memory.
        """
        tell = progress or (lambda _: None)
        done = 0
        for batch in _batches(recipes):
            told = share_of(tell, done, len(batch), len(recipes))
            yield from in_halves(batch, partial(self._draw, source), told, self._at_most)
            done += len(batch)
        tell(1.0)

    def _draw(self, source: ImageSource, batch: Sequence[Recipe], tell: Progress) -> list[Image.Image]:
        """The delivered pictures of recipes that differ in seed and conditions alone."""
        from services.generation.kandinsky.conditions import embed
        from services.generation.kandinsky.decoders import Job, Seed, draw
        from services.generation.kandinsky.memory import make_room

        first, made, watch = batch[0], self._family, Stopwatch()
        options, size = own.read(first), own.decoded_size(first)
        pixels = size[0] * size[1]
        self._require(options)
        start = start_of(first, source)
        tell(0.0)
        with self._lock:
            seen = [own.for_embedding(recipe) for recipe in batch]
            embeddings = embed(self.name, seen, source, watch.prior(lambda share: tell(PRIOR_SHARE * share)))
            make_room(made, options.mode, pixels)
            job = Job(
                seeds=tuple(Seed(recipe.seed, own.near_seed(recipe)) for recipe in batch),
                size=size,
                options=options,
                embeddings=embeddings,
                words=own.words(first.conditions),
                start=start.picture(size) if start else None,
                repaint=start.repaint(size) if start else None,
            )
            images = draw(made, job, watch.decoder(_decoding(tell)))
            self._learn(watch.speed(options, pixels, len(batch)))
        delivered = [deliver(image, first.size) for image in images]
        return [start.restored(image) for image in delivered] if start else delivered

    def _learn(self, measured: Speed | None) -> None:
        """Remember how fast that was, for the next estimate."""
        settings = get_settings()
        here = write_down(place(settings.device, settings.dtype))
        if measured is not None:
            remember(self.name, here, measured)

    def _at_most(self, count: int) -> None:
        self._most = count

    def _require(self, options: GenerationOptions) -> None:
        """Raise EngineUnavailable at once, rather than in the middle of a run. Asks no network."""
        choice = EngineChoice(encoder=self.name, generator=self.name)
        require(choice, ("generator",), options.mode)

    def _decoder(self, options: GenerationOptions) -> DiffusionModel:
        keep = options.mode is GenerationMode.KEEP
        return self._family.inpainter() if keep else self._family.decoder()

    def _made(self, options: GenerationOptions) -> own.Made:
        settings, decoder = get_settings(), self._decoder(options)
        with decoder.opened() as parts:
            sampler = scheduler_class(parts.get("scheduler"), options.scheduler)
        return own.Made(
            decoder.ref("generator"),
            self._family.prior().ref("prior"),
            sampler,
            place(settings.device, settings.dtype).dtype,
        )


def _batches(recipes: Sequence[Recipe]) -> Iterator[list[Recipe]]:
    """`recipes` in their order, those together that can be drawn in one go."""
    batch: list[Recipe] = []
    for recipe in recipes:
        if batch and own.kin(batch[0]) != own.kin(recipe):
            yield batch
            batch = []
        batch.append(recipe)
    if batch:
        yield batch


def _decoding(tell: Progress) -> Told:
    return lambda step, total: tell(PRIOR_SHARE + (1 - PRIOR_SHARE) * step / total)
