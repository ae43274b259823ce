"""The words of a report, and the reader's language: the one place in services that opens a catalogue.

A report is one file for somebody who may never open the studio, written by the command line as well as by a
page, so its language is named by its code and read from the catalogue that pages use.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from services.domain import Strategy
from services.export.words import Words
from services.generation.conditioning import TextRule
from services.messages import N_

LOCALE_DIR = Path(__file__).resolve().parents[3] / "locale"

REPORT = N_("Experiment report")
FACTS = N_("{briefs} briefs × {strategies} strategies × {seeds} seeds · {variants} variants · {date}")
UNFINISHED = N_("{done} of {count} cells are finished; what follows is of these.")
FOUND = N_("What was found")
BEWARE = N_("To bear in mind")
FIGURE = N_("AIM score against {baseline}")
FIGURE_LEAD = N_(
    "Dots are mean differences in AIM points, bars their intervals. A bar that touches the line at 0 "
    "shows no "
    "difference."
)
FIGURE_ALT = N_("Differences to {baseline} with their intervals; the same figures are in the table below.")
POINTS = N_("AIM points")
NO_PAIRS = N_("too few pairs")
MEANS = N_("Means and differences")
MEANS_LEAD = N_(
    "Means are of all scored variants. Beneath: the paired difference to {baseline} with its "
    "interval, in bold "
    "where the interval leaves 0 out. All run from 0 to 100, product likeness to 1; higher is better."
)
STRATEGY = N_("Strategy")
BASELINE = N_("Baseline")
EFFECT = N_("Effect size")
EFFECT_LEAD = N_("Effect size and pairs are those of the AIM score; the effect is in standard deviations.")
PAIRED = N_("Pairs")
PAIRS = N_("{pairs} pairs")
PICTURES = N_("Pictures")
PICTURES_LEAD = N_(
    "Strategies across, seeds down. A row has the same seed, plan and product photo; its best AIM "
    "score is marked."
)
SEED = N_("Seed {number}")
BEST = N_("best of its row")
REFERENCES = N_("References")
NONE_USED = N_("none")
REFERENCE = N_("Reference: {name}")
PHOTO = N_("Product photo: {name}")
VARIANT = N_("{brief}, {strategy}, seed {seed}")
LOST = N_("The file of this picture is missing.")
NOT_MADE = N_("not made yet")
NOT_SCORED = N_("Not scored")
PLAN = N_("Plan")
PLAN_TYPED = N_("typed by hand")
ROUNDS = N_("Rounds before the last")
ROUND = N_("Round {number}")
DRAFT = N_("Draft")
UNSCORED = N_("Not scored, and why")
UNSCORED_LEAD = N_("A variant without a figure is left out of that figure's pairs; nothing is filled in.")
HOW_MANY = N_("Variants")
WHY = N_("Why")
METHOD = N_("Method")
STRATEGIES = N_("Strategies")
SEARCH = N_("Looks for")
TEXTS = N_("Words to the generator")
PHOTO_WEIGHT = N_("Photos' weight")
FILTER = N_("Filter")
SOURCE = N_("Source")
MODELS = N_("Engine parts and models")
PART = N_("Part")
MODEL = N_("Model")
REVISION = N_("Revision")
SETTINGS = N_("Settings")
VALUE = N_("Value")
LIBRARY = N_("Library")
LIBRARY_FACTS = N_("{name}: {count} pictures, version {version}")
LIBRARY_GONE = N_("{name}: deleted since")
SEEDS = N_("Seeds")
SEEDS_FACTS = N_("{count} for each cell, from {first}")
SIZE = N_("Size")
NO_LIBRARY = N_("no library")
STATISTICS = N_("Statistics")
STATISTICS_TEXT = (
    N_(
        "A pair is the same brief and the same seed, once by a strategy and once by the baseline. The mean "
        "difference counts each brief alike."
    ),
    N_(
        "Intervals are studentised bootstrap intervals (Efron and Tibshirani, 1993) of {resamples} "
        "draws. They are "
        "over briefs from {briefs} briefs on, else over the seeds of these briefs. Simulated on "
        "symmetric, skewed "
        "and heavy-tailed differences they hold what they promise in 93 to 97 of 100 experiments."
    ),
    N_(
        "With several strategies each interval is widened so that all of them hold together "
        "(Bonferroni): each by "
        "itself is one of {level} %. The measures beside the AIM score are not counted: read those as hints."
    ),
    N_("The effect size is Cohen's d of paired values with Hedges' correction for few pairs."),
)
AGAIN = N_("How to make this again")
AGAIN_LEAD = N_(
    "In the folder of this report, with the same library and models. experiment.yaml and photos/ lie "
    "beside it; "
    "scores.csv has every figure at full precision."
)
PHOTO_SPLIT = N_("{weight}; a single photo 0.4")
ABOVE = N_("above {cosine}")
AGAIN_ROUNDS = N_("up to {count} rounds more")
WITHOUT_REFERENCES = N_("references not shown to the generator")

MEASURES = {
    "final": N_("AIM score"),
    "clip": N_("Matches text"),
    "caption": N_("Shows topic"),
    "lpips": N_("Looks like reference"),
    "coverage": N_("Shows the plan"),
    "fidelity": N_("Product likeness"),
}
SEARCHES = {
    Strategy.NONE: N_("nothing"),
    Strategy.KEYWORDS: N_("the whole text"),
    Strategy.SUBQUERIES: N_("each sub-query"),
    Strategy.FILTERED: N_("each sub-query"),
}
TEXT_RULES = {
    TextRule.PRODUCT_TEXT: N_("the product text, 0.6"),
    TextRule.KEYWORDS: N_("keywords, each by its similarity"),
    TextRule.SUBQUERIES: N_("sub-queries, each by its importance"),
    TextRule.SUMMARY_AND_SUBQUERIES: N_("the summary by the best keyword's similarity, and sub-queries"),
}
PARTS = {
    "planner": N_("Planner"),
    "encoder": N_("Search model"),
    "generator": N_("Generator"),
    "prior": N_("Prior"),
    "clip": N_("Matches text"),
    "caption": N_("Shows topic"),
    "topic": N_("Compares captions"),
    "lpips": N_("Looks like reference"),
}


@lru_cache(maxsize=4)
def words_in(language: str) -> Words:
    """The catalogue of `language` ("en", "ko"); English for what it does not have."""
    from babel.messages.pofile import read_po

    path = LOCALE_DIR / language / "LC_MESSAGES" / "studio.po"
    if not (language.isalpha() and path.is_file()):
        return Words()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    table = {
        str(entry.id): str(entry.string)
        for entry in catalogue
        if isinstance(entry.id, str) and entry.string and not entry.fuzzy
    }
    return Words(language, table)
