"""What every picture of a campaign has in common: its brand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class BrandKit:
    """A campaign's colours, logo, fonts and words; empty where the team has said nothing.

    `colours` are "#rrggbb", the first leads. `logo_sha256` is a picture in the image store, best with
    transparency. Fonts are keys of files in `services.brand.fonts`. A word may be several words.
    """

    colours: tuple[str, ...] = ()
    logo_sha256: str | None = None
    heading_font: str | None = None
    body_font: str | None = None
    words_to_use: tuple[str, ...] = ()
    words_to_avoid: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return self == BrandKit()

    @property
    def look(self) -> str:
        """Digest of all that a picture shows of it. Words do not count: they only guide the plan."""
        shown = asdict(self) | {"words_to_use": (), "words_to_avoid": ()}
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
