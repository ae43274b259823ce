"""The tables. One class each, in the order in which a run fills them.

Pictures are not here: a `sha256` column is a key into the image store. Enumerations are stored as
their text values and given their meaning by the services.
"""

from db.tables.brand_kits import BrandKit
from db.tables.campaigns import Campaign
from db.tables.experiments import Experiment, ExperimentCell, SavedStrategy
from db.tables.explanations import Coverage, Fidelity, Heatmap, Twin
from db.tables.figures import (
    PeriodFigures,
    PeriodScores,
    ScorePoint,
    ScoreScale,
    SessionFigures,
    SessionScores,
    StaleFigures,
)
from db.tables.libraries import Item, ItemTag, ItemVector, Library, PictureRights
from db.tables.people import AuditEntry, Person
from db.tables.reviews import Comment, Rating, Tag, Vote
from db.tables.runs import QueueShare, Run, RunStep, Worker
from db.tables.sessions import Condition, Match, Photo, Plan, Session, SubQuery
from db.tables.spend import Spend
from db.tables.variants import Score, Variant

__all__ = [
    "AuditEntry",
    "BrandKit",
    "Campaign",
    "Comment",
    "Condition",
    "Coverage",
    "Experiment",
    "ExperimentCell",
    "Fidelity",
    "Heatmap",
    "Item",
    "ItemTag",
    "ItemVector",
    "Library",
    "Match",
    "PeriodFigures",
    "PeriodScores",
    "Person",
    "Photo",
    "PictureRights",
    "Plan",
    "QueueShare",
    "Rating",
    "Run",
    "RunStep",
    "SavedStrategy",
    "Score",
    "ScorePoint",
    "ScoreScale",
    "Session",
    "SessionFigures",
    "SessionScores",
    "Spend",
    "StaleFigures",
    "SubQuery",
    "Tag",
    "Twin",
    "Variant",
    "Vote",
    "Worker",
]
