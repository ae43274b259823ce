"""Finished pictures of any origin, saved as a session whose variants they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services import sessions
from services.aim.weights import check_weights
from services.choices import SCORERS
from services.domain import AimWeights, Brief, ModelRef, Photo, Placement, Recipe, Strategy, Variant
from services.errors import InvalidInput, NotFound
from services.limits import EVALUATION_IMAGES
from services.messages import N_
from services.people import Role, require
from services.sessions import SessionKind
from services.storage.images import get_store

UPLOAD = ModelRef("generator", "upload")
"""The "generator" of a picture that was brought along: nothing made it here."""

_FILE = "file"
_SHA = "sha256"


def create_evaluation(
    topic: str,
    prompt: str,
    images: Sequence[Photo],
    *,
    reference_sha256: str | None = None,
    photos: Sequence[Photo] = (),
    campaign: str | None = None,
    engine: str = "lite",
    weights: AimWeights | None = None,
) -> str:
    """Save pictures for scoring as a session of its own; its id. Nothing is measured yet.

    `topic` is the short text, `prompt` the detailed one. `images` are in the image store
    (`services.storage.intake.store_photos`); the same picture twice counts once. `reference_sha256` is
    any stored picture (None: the first product photo, if any). `weights` None: the campaign's.
    Raises InvalidInput.
    """
    require(Role.CREATOR)
    _check(images, engine)
    if weights is not None:
        check_weights(weights)
    if reference_sha256 is not None:
        _check_stored(reference_sha256)
    brief = Brief(
        topic, prompt, tuple(photos), strategy=Strategy.NONE, placement=_placement(images[0]), variants=1
    )
    session_id = sessions.create(brief, campaign, engine=engine, kind=SessionKind.EVALUATE)
    sessions.set_reference(session_id, reference_sha256)
    if weights is not None:
        sessions.set_weights(session_id, weights)
    add_images(session_id, images)
    return session_id


def add_images(session_id: str, images: Sequence[Photo]) -> list[int]:
    """Add stored pictures to an evaluation; their variant ids. Those it has already stay as they are.

    Raises InvalidInput for too many, NotFound.
    """
    require(Role.CREATOR)
    view = sessions.load(session_id)
    if view.kind != SessionKind.EVALUATE:
        raise InvalidInput(N_("Pictures can only be added to an evaluation. Start one on the Evaluate page."))
    known = {variant.sha256: variant.id for variant in view.variants}
    new = {image.sha256: image for image in images if image.sha256 not in known}
    _check_count(len(known) + len(new))
    for position, image in enumerate(new.values(), start=len(known)):
        known[image.sha256] = sessions.save_variant(
            session_id, None, position, recipe_of(image), image.sha256, image.width, image.height
        )
    return [known[sha256] for sha256 in dict.fromkeys(image.sha256 for image in images)]


def update_texts(session_id: str, topic: str, prompt: str) -> None:
    """Other texts for the same pictures; score again afterwards. Raises InvalidInput, NotFound."""
    require(Role.CREATOR)
    view = sessions.load(session_id)
    sessions.save_brief(session_id, replace(view.brief, topic=topic, product_text=prompt))


def recipe_of(image: Photo) -> Recipe:
    """The recipe of a picture that was brought along: its file name, and what it is made of, itself."""
    return Recipe(
        generator=UPLOAD,
        seed=0,
        placement=_placement(image),
        size=(image.width, image.height),
        conditions=(),
        settings=((_FILE, image.file_name), (_SHA, image.sha256)),
    )


def name_of(variant: Variant) -> str:
    """The file's name of a picture that was brought along, else the variant's number from 1."""
    return dict(variant.recipe.settings).get(_FILE, "") or str(variant.index + 1)


def _placement(image: Photo) -> Placement:
    """The ad placement nearest in shape."""
    shape = image.width / image.height
    return min(Placement, key=lambda p: abs(p.pixels[0] / p.pixels[1] - shape))


def _check(images: Sequence[Photo], engine: str) -> None:
    if engine not in SCORERS:
        raise InvalidInput(
            N_("There is no scorer {name!r}. Choose one of: {known}."), name=engine, known=", ".join(SCORERS)
        )
    if not images:
        raise InvalidInput(N_("There is no picture to evaluate. Add at least one."))
    _check_count(len({image.sha256 for image in images}))
    for image in images:
        _check_stored(image.sha256)


def _check_count(count: int) -> None:
    if count > EVALUATION_IMAGES:
        raise InvalidInput(
            N_("{count} pictures are too many for one evaluation. Choose {limit} or fewer."),
            count=count,
            limit=EVALUATION_IMAGES,
        )


def _check_stored(sha256: str) -> None:
    if not get_store().exists(sha256):
        raise NotFound(
            N_("The picture {sha256} is not in the image store. Add it again, or make it again."),
            sha256=sha256[:12],
        )
