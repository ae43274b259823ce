"""The tables. One class each, in the order in which a run fills them.

Pictures are not here: a `sha256` column is a key into the image store. Enumerations are stored as
their text values and given their meaning by the services.
"""

from db.tables.campaigns import Campaign
from db.tables.explanations import Coverage, Fidelity, Heatmap, Twin
from db.tables.libraries import Item, ItemVector, Library
from db.tables.runs import Run, RunStep, Worker
from db.tables.sessions import Condition, Match, Photo, Plan, Session, SubQuery
from db.tables.variants import Score, Variant

__all__ = [
    "Campaign",
    "Condition",
    "Coverage",
    "Fidelity",
    "Heatmap",
    "Item",
    "ItemVector",
    "Library",
    "Match",
    "Photo",
    "Plan",
    "Run",
    "RunStep",
    "Score",
    "Session",
    "SubQuery",
    "Twin",
    "Variant",
    "Worker",
]
