"""The ways to walk from noise to picture: the decoder's own, and three that need fewer steps.

All are built from the decoder's own noise schedule. The UNet predicts a variance beside the noise, which
only DDPM uses: the others are told that there is none, so that the pipelines cut it off for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.errors import InvalidInput
from services.messages import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "default"
SCHEDULERS = (DEFAULT, "ddim", "dpm", "unipc")
"""`GenerationOptions.scheduler`: the decoder's own (DDPM in 2.2, DDIM in 2.1), DDIM (Song et al., 2020),
DPM-Solver++ (Lu et al., 2022) and UniPC (Zhao et al., 2023)."""

GOOD_STEPS = {DEFAULT: 50, "ddim": 50, "dpm": 25, "unipc": 20}
"""Steps after which more change little: the higher-order solvers get there in half as many."""


def scheduler(name: str, own: Any) -> Any:
    """A fresh scheduler `name` with the noise schedule of `own`. Raises InvalidInput for another name.

    Fresh each time: schedulers hold the state of the run that uses them.
    """
    if name not in SCHEDULERS:
        raise InvalidInput(
            N_("There is no sampler {name!r}. Choose one of: {known}."),
            name=name,
            known=", ".join(SCHEDULERS),
        )
    if name == DEFAULT:
        return type(own).from_config(own.config)
    return _kind(name).from_config(_without_variance(own.config))


def scheduler_class(own: Any, name: str) -> str:
    """The class that `name` stands for beside the decoder's scheduler `own`; recipes keep it."""
    return type(own).__name__ if name == DEFAULT else str(_kind(name).__name__)


def _without_variance(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key != "variance_type"}


def _kind(name: str) -> Any:
    from diffusers import DDIMScheduler, DPMSolverMultistepScheduler

    return {"ddim": DDIMScheduler, "dpm": DPMSolverMultistepScheduler}.get(name) or _unipc()


def _unipc() -> Any:
    from diffusers import UniPCMultistepScheduler

    class UniPC(UniPCMultistepScheduler):  # type: ignore[misc, no-any-unimported, unused-ignore]
        """UniPC draws no noise, and its `step` takes no generator; Kandinsky's pipelines pass one."""

        def step(self, *args: Any, generator: Any = None, **kwargs: Any) -> Any:
            own: Any = super()
            return own.step(*args, **kwargs)

    return UniPC
