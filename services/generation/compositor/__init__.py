"""Ad layouts without diffusion. `compositor.py` is the file to read first."""

from services.generation.compositor.compositor import LayoutCompositor

__all__ = ["LayoutCompositor"]
