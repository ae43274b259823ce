"""A finished session for the first visit, from a photo that a package ships (scikit-image's coffee)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from services import sessions, studio
from services.domain import Brief, Strategy
from services.errors import EngineUnavailable
from services.messages import N_
from services.people import Role, require
from services.storage.images import get_store
from services.storage.intake import store_photo

CAMPAIGN = "Morning coffee"


def start_example() -> tuple[str, str]:
    """Make the example session and start everything on it; (session id, run id)."""
    require(Role.CREATOR)
    from services.libraries import BACKDROPS_LIBRARY

    photo = store_photo(_coffee().read_bytes(), "coffee.png", get_store())
    brief = Brief(
        topic="A cup of espresso on a wooden table",
        product_text=(
            "A fresh cup of espresso with golden crema stands on a warm wooden table. Soft morning light "
            "falls through the window of a cozy kitchen. The mood is calm, with linen and autumn colours."
        ),
        photos=(photo,),
        headline="Slow mornings, bold espresso",
        library=BACKDROPS_LIBRARY,
        strategy=Strategy.FILTERED,
        variants=6,
        seed=7,
    )
    session_id = sessions.create(brief, campaign=CAMPAIGN)
    return session_id, studio.start_complete(session_id)


def _coffee() -> Path:
    """The photo in scikit-image's package, found without importing the package."""
    spec = importlib.util.find_spec("skimage")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "data" / "coffee.png"
        if path.is_file():
            return path
    raise EngineUnavailable(N_("The example's photo is missing. Run make studio: it installs the packages."))
