"""Byte counts as people read them: the same figures in sentences of services, the CLI and pages."""

from __future__ import annotations


def readable(byte_count: float) -> str:
    """Bytes as B, kB, MB or GB of 1000 each, with the decimals that one reads."""
    for unit in ("B", "kB", "MB"):
        if byte_count < 1000:
            return f"{byte_count:.0f} {unit}"
        byte_count /= 1000
    return f"{byte_count:.1f} GB"
