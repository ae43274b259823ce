"""What an administrator chooses on the Settings page, checked and kept. The environment wins over it."""

from __future__ import annotations

from pathlib import Path

from services import engines, settings_store
from services.choices import ENGINES, KNOWN_PARTS, EngineChoice
from services.errors import Conflict, EngineUnavailable, InvalidInput
from services.messages import N_
from services.models.hub_files import check_id, is_folder_name
from services.models.layout import is_whole
from services.models.registry import ModelCard
from services.people import Role, require
from services.settings import Settings, get_settings, set_by_environment
from services.settings_store import Values


def save_engine(choice: EngineChoice) -> None:
    """The models that new sessions are made with. Raises NotAllowed, Conflict with the environment."""
    require(Role.ADMIN)
    for field in ("engine", *KNOWN_PARTS):
        _not_fixed(field)
    changes: dict[str, str | None] = dict.fromkeys(("engine", *KNOWN_PARTS))
    if choice.name in ENGINES and choice == ENGINES[choice.name]:
        changes["engine"] = choice.name
    else:
        changes |= choice.to_dict()
    _save(changes)


def engine_fixed_by() -> str:
    """The environment's variables that fix the engine or a part of it, by name; "": none does."""
    return ", ".join(name for field in ("engine", *KNOWN_PARTS) if (name := set_by_environment(field)))


def use_folder(card: ModelCard, folder: str) -> None:
    """Read `card` from a folder of this machine. Raises InvalidInput where it holds no whole model."""
    require(Role.ADMIN)
    _choosable(card)
    if not folder.strip():
        raise InvalidInput(N_("There is no folder yet. Type its path."))
    path = Path(folder.strip()).expanduser().resolve()
    if not path.is_dir():
        raise InvalidInput(N_("There is no folder {folder} on this machine."), folder=str(path))
    if not is_whole(path):
        raise InvalidInput(
            N_(
                "The folder {folder} holds no model: it needs config.json and *.safetensors, or "
                "model_index.json with a folder for each part."
            ),
            folder=str(path),
        )
    _save({card.setting: str(path)})


def use_hub(card: ModelCard, model: str = "") -> None:
    """Read `card` from the hub again, or another `model` (owner/name) in its place. Raises InvalidInput."""
    require(Role.ADMIN)
    _choosable(card)
    if model:
        try:
            check_id(model)
        except EngineUnavailable as error:
            raise InvalidInput(error.message.template, **error.message.values) from error
        if is_folder_name(model):
            raise InvalidInput(N_("{folder} is a folder: choose it as one."), folder=model)
    _save({card.setting: None if model == default_model(card) else model or None})


def default_model(card: ModelCard) -> str:
    """The hub id that `card` has when nobody chose another; "" for one inside a package."""
    return str(Settings.model_fields[card.setting].default) if card.setting else ""


def save_chat(base_url: str, model: str) -> None:
    """Where the chat model that plans is, and its name. Its key stays in the environment.

    Raises EngineUnavailable for an address that cannot be one.
    """
    from services.planning.llm_target import check_address

    require(Role.ADMIN)
    changes: Values = {"llm_base_url": base_url.strip(), "llm_model": model.strip()}
    for field, value in changes.items():
        if value != getattr(get_settings(), field):
            _not_fixed(field)
    if changes["llm_base_url"]:
        check_address(changes["llm_base_url"])
    _save({field: value or None for field, value in changes.items() if not set_by_environment(field)})


def _choosable(card: ModelCard) -> None:
    if card.built_in:
        raise InvalidInput(
            N_("{name} comes with the studio's packages: there is nothing to choose."), name=card.name
        )
    _not_fixed(card.setting)


def _not_fixed(field: str) -> None:
    if variable := set_by_environment(field):
        raise Conflict(
            N_("This is set by {variable} in the studio's environment. Change it there."), variable=variable
        )


def _save(changes: dict[str, str | None]) -> None:
    settings_store.write(get_settings().home, changes)
    engines.refresh()
