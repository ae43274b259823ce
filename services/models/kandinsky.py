"""The two Kandinsky families (Razzhigaev et al., 2023): which models each is made of.

A prior turns words into an image embedding, and its CLIP puts pictures into the same space; a decoder
makes a picture of such an embedding. Nothing is loaded here: `services.models.diffusion` loads.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.errors import InvalidInput
from services.messages import N_
from services.models.diffusion import DiffusionModel, load_diffusion
from services.settings import get_settings

_CLIP = {
    "prior": "diffusers.PriorTransformer",
    "scheduler": "diffusers.UnCLIPScheduler",
    "text_encoder": "transformers.CLIPTextModelWithProjection",
    "tokenizer": "transformers.CLIPTokenizer",
    "image_encoder": "transformers.CLIPVisionModelWithProjection",
    "image_processor": "transformers.CLIPImageProcessor",
}
_DECODER_22 = {
    "unet": "diffusers.UNet2DConditionModel",
    "scheduler": "diffusers.DDPMScheduler",
    "movq": "services.models.movq.SlicedVQModel",
}
_DECODER_21 = {
    "unet": "diffusers.UNet2DConditionModel",
    "scheduler": "diffusers.DDIMScheduler",
    "movq": "services.models.movq.SlicedVQModel",
    "text_encoder": "diffusers.pipelines.kandinsky.MultilingualCLIP",
    "tokenizer": "transformers.XLMRobertaTokenizer",
}


@dataclass(frozen=True, slots=True)
class Family:
    """One generation of Kandinsky. Models are hub ids or local folders, as the settings name them.

    `dim` is the width of the published CLIP; `DiffusionModel.config` knows that of a local copy.
    `reads_text` is True where the decoder takes the words beside the embedding (2.1).
    """

    name: str
    title: str
    prior_model: str
    decoder_model: str
    inpaint_model: str
    dim: int
    reads_text: bool

    def prior(self) -> DiffusionModel:
        """Prior, text and image encoder: the pipeline folder of `prior_model`. Loads nothing."""
        return load_diffusion(self.prior_model, _CLIP)

    def decoder(self) -> DiffusionModel:
        """UNet and MoVQ, for text-to-image and image-to-image alike. Loads nothing."""
        return load_diffusion(self.decoder_model, _DECODER_21 if self.reads_text else _DECODER_22)

    def inpainter(self) -> DiffusionModel:
        """The decoder that fills in around a mask. Loads nothing."""
        return load_diffusion(self.inpaint_model, _DECODER_21 if self.reads_text else _DECODER_22)


def family(name: str) -> Family:
    """ "kandinsky21" or "kandinsky22", with the models of the settings. Raises InvalidInput."""
    settings = get_settings()
    if name == "kandinsky21":
        return Family(
            name, "Kandinsky 2.1", settings.kandinsky21_prior_model, settings.kandinsky21_model,
            settings.kandinsky21_inpaint_model, dim=768, reads_text=True,
        )  # fmt: skip
    if name == "kandinsky22":
        return Family(
            name, "Kandinsky 2.2", settings.kandinsky22_prior_model, settings.kandinsky22_model,
            settings.kandinsky22_inpaint_model, dim=1280, reads_text=False,
        )  # fmt: skip
    raise InvalidInput(
        N_("There is no {part} {name!r}. Choose one of: {known}."),
        part="generator", name=name, known="kandinsky21, kandinsky22",
    )  # fmt: skip
