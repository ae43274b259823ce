"""Experiments as the services save them, filled without any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from db.repositories.explanations import ExplanationRepository
from services import sessions
from services.aim.coverage import Coverage, Measure, SubQueryCoverage, weighted_share
from services.aim.fidelity import Fidelity
from services.database import unit_of_work
from services.domain import AimScore, ModelRef, Photo, Recipe
from services.evaluation.rows import coverage_rows, fidelity_row
from services.experiments import records
from services.experiments.presets import BY_KEY, Preset
from services.experiments.spec import BriefSpec, ExperimentSpec
from tests.pages import seeds

GAINS = {"none": 0.0, "keywords": 1.0, "subqueries": 4.0, "complex": 5.0, "filtered": 9.0, "critique": 6.0}
LIBRARY = "Studio backdrops"
NAMES = ("Yellow hoodie", "Navy collar", "Rain boots", "Dog bed", "Leash", "Bowl")


def spec(*keys: str, briefs: int = 1, count: int = 4, name: str = "Autumn hoodies") -> ExperimentSpec:
    photo = Photo(seeds.drawn(1), "hoodie front.png", 320, 240, hero=True)
    presets = tuple(BY_KEY[key] for key in keys or ("none", "keywords", "subqueries", "filtered"))
    made = tuple(
        BriefSpec(NAMES[n], seeds.TOPIC, seeds.TEXT, (photo,), library=LIBRARY) for n in range(briefs)
    )
    return ExperimentSpec(name, made, presets, presets[0].key, count)


def experiment(
    made: ExperimentSpec | None = None,
    gains: dict[str, float] | None = None,
    cells: int | None = None,
    unscored: Sequence[tuple[int, int]] = (),
    seed: int = 1,
) -> str:
    """An experiment whose first `cells` cells are done (all of them without); its id.

    `unscored` are (strategy, seed) places that have no score in any brief.
    """
    made, gains = made or spec(), gains if gains is not None else GAINS
    experiment_id = records.create(made)
    chance, left = np.random.default_rng(seed), cells
    pictures = [seeds.drawn(500 + number, (320, 320)) for number in range(made.seeds)]
    luck = chance.normal(58, 7, (len(made.briefs), made.seeds))
    for place in made.order:
        for brief in range(len(made.briefs)):
            if left is not None:
                if left <= 0:
                    return experiment_id
                left -= 1
            preset = made.strategies[place]
            finals = luck[brief] + gains.get(preset.key, 0.0) + chance.normal(0, 3, made.seeds)
            rounds = [finals - 4 * n for n in range(preset.rounds, -1, -1)]
            for number, values in enumerate(rounds):
                none = [n for s, n in unscored if s == place]
                scores: list[AimScore | None] = [
                    seeds.unscored() if n in none else _score(value, chance) for n, value in enumerate(values)
                ]
                _cell(experiment_id, (brief, place, number), preset, scores, pictures)
    return experiment_id


def _score(final: float, chance: np.random.Generator) -> AimScore:
    base = seeds.score(float(final))
    shift = chance.normal(0, 0.08, 3)
    parts = [replace(m, norm=float(np.clip(final / 100 + s, 0.02, 0.99))) for m, s in zip(
        (base.clip, base.caption, base.lpips), shift, strict=True)]  # fmt: skip
    return replace(base, clip=parts[0], caption=parts[1], lpips=parts[2])


def _cell(
    experiment_id: str,
    at: tuple[int, int, int],
    preset: Preset,
    scores: Sequence[AimScore | None],
    pictures: Sequence[str],
) -> None:
    """No plan and no references: nothing of the page reads them."""
    made = records.load(experiment_id).spec
    brief = made.briefs[at[0]].brief(made, preset)
    session_id = sessions.create(brief, campaign=made.campaign, engine=made.engine)
    records.note_cell(experiment_id, *at, session_id)
    ids = []
    for index, sha256 in enumerate(pictures):
        recipe = Recipe(ModelRef("generator", "layouts", "1"), index, made.placement, (320, 320), ())
        ids.append(sessions.save_variant(session_id, None, index, recipe, sha256, 320, 320))
    told = {key: score for key, score in zip(ids, scores, strict=True) if score is not None}
    sessions.save_scores(session_id, told, brief.topic, brief.product_text, brief.photos[0].sha256)
    _beside(session_id, ids, at, pictures)
    records.note_done(experiment_id, *at)


def _beside(session_id: str, ids: Sequence[int], at: tuple[int, int, int], pictures: Sequence[str]) -> None:
    """Coverage that grows with strategy and round, and likeness to the product."""
    photo = sessions.load(session_id).brief.photos[0]
    with unit_of_work() as work:
        repository = ExplanationRepository(work.session)
        for number, (variant_id, sha256) in enumerate(zip(ids, pictures, strict=True)):
            items = tuple(
                SubQueryCoverage(part.text, part.weight, 0.3, place <= (number + at[1] + at[2]) % 4)
                for place, part in enumerate(seeds.plan().subqueries)
            )
            checker = ModelRef("coverage", "fake")
            coverage = Coverage(items, weighted_share(items), checker, Measure.SIMILARITY, 0.2)
            repository.replace_coverage(variant_id, coverage_rows(variant_id, sha256, coverage))
            likeness = Fidelity(0.6 + 0.02 * number, 0.6, 0, ModelRef("clip", "fake"))
            repository.replace_fidelity([variant_id], [fidelity_row(variant_id, sha256, likeness, photo)])
        work.commit()
