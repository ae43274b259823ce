"""Kandinsky 2.1 and 2.2 through diffusers: conditions to embeddings, embeddings to pictures.

`generator.py` is the file to read first. Importing this imports no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.generation.kandinsky.generator import KandinskyGenerator

__all__ = ["KandinskyGenerator"]


def __getattr__(name: str) -> Any:
    """The generator, imported when asked for: modules of this package are read by pages one by one."""
    if name == "KandinskyGenerator":
        from services.generation.kandinsky.generator import KandinskyGenerator

        return KandinskyGenerator
    raise AttributeError(name)
