"""Which search model an imported index belongs to: its vectors do not say, the person does.

A library may be imported before its model is on this machine. Its vectors are kept under the model's bare
name then, and take the name with the revision as soon as that is known: see `adopt`.
"""

from __future__ import annotations

from dataclasses import dataclass

from db.repositories.library_imports import LibraryImportRepository
from db.tables import Library
from services.choices import ENCODERS
from services.database import unit_of_work
from services.engines import get_encoder
from services.errors import Conflict, EngineUnavailable, InvalidInput
from services.messages import N_
from services.people import Role, require
from services.retrieval.vectors import encoder_key

DEFAULT_SPACE = "kandinsky21"
"""CLIP ViT-L/14, 768 numbers: what people indexed pictures with for Kandinsky 2.1."""


@dataclass(frozen=True, slots=True)
class ImportSpace:
    """A search model by its name in `choices.ENCODERS`, with the key of its vectors."""

    encoder: str
    key: str
    dim: int
    title: str


def import_space(encoder: str, dim: int) -> ImportSpace:
    """The space that vectors of `dim` numbers are said to be of. Raises InvalidInput when they cannot be."""
    if encoder not in ENCODERS:
        raise InvalidInput(
            N_("There is no {part} {name!r}. Choose one of: {known}."),
            part="encoder", name=encoder, known=", ".join(ENCODERS),
        )  # fmt: skip
    model = get_encoder(encoder)
    title = str(getattr(model, "title", encoder))
    try:
        key, expected = encoder_key(model.ref), model.dim
    except EngineUnavailable as error:  # a folder without a model: its name would be no model's
        raise InvalidInput(
            N_("The folder that is set for {model} holds no model. Set it right in Settings, then import."),
            model=title,
        ) from error
    if dim != expected:
        raise InvalidInput(
            N_(
                "These vectors have {dim} numbers each; those of {model} have {expected}. Choose the search "
                "model that made them. Nothing was imported."
            ),
            dim=dim, model=title, expected=expected,
        )  # fmt: skip
    return ImportSpace(encoder, key, dim, title)


def key_in(library: Library | None, space: ImportSpace) -> str:
    """Under which key the vectors are kept in `library`. Raises Conflict when it is searched otherwise."""
    if library is None or library.encoder == space.key:
        return space.key
    if model_of(library.encoder) == model_of(space.key):
        return library.encoder
    raise Conflict(
        N_(
            "{library} is searched with another model than {model}. Import the index into a library of its "
            "own. Nothing was changed."
        ),
        library=library.name, model=space.title,
    )  # fmt: skip


def model_of(key: str) -> str:
    """The model's name in a key of vectors, without its revision."""
    return key.partition("@")[0]


def adopt(name: str, key: str) -> bool:
    """Give vectors that were imported under the bare name of `key`'s model the key itself; whether any were.

    Nothing is encoded: the person said at the import that this model made them.
    """
    require(Role.CREATOR)
    bare = model_of(key)
    if bare == key:
        return False
    with unit_of_work() as work:
        repository = LibraryImportRepository(work.session)
        library = repository.library(name)
        if library is None or not repository.rename_space(library.id, bare, key, library.version + 1):
            return False
        library.version += 1
        if library.encoder == bare:
            library.encoder = key
        work.commit()
    return True
