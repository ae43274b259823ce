"""Brand kits: kept per campaign, applied by planner and compositor, checked with reasons."""

from services.brand.store import load_kit, save_kit

__all__ = ["load_kit", "save_kit"]
