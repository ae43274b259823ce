"""The variants of an experiment as rows of figures: what comparisons, reports and the CSV are made of."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from db import tables
from db.repositories.experiment_rows import ExperimentRowRepository
from db.repositories.explanations import ExplanationRepository
from services.aim.coverage import Coverage
from services.database import read_session
from services.domain import AimScore
from services.evaluation.rows import coverage_values
from services.experiments.records import Cell, Experiment
from services.score_records import score_value


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One variant. `brief` is a name, `strategy` a preset's key; `seed` counts the cell's variants from 0.

    `final` is 0..100; clip, caption, lpips (normalised) and coverage are 0..1, fidelity is a cosine; higher
    is better for all. None: not scored, `reason` says why. `last`: of the cell's last round, which is what
    is compared.
    """

    brief: str
    strategy: str
    round: int
    seed: int
    session_id: str
    variant_id: int
    sha256: str
    scorer: str
    final: float | None
    clip: float | None
    caption: float | None
    lpips: float | None
    coverage: float | None
    fidelity: float | None
    reason: str = ""
    last: bool = True


MEASURES = ("final", "clip", "caption", "lpips", "coverage", "fidelity")
"""Columns that are compared, the first of them before all."""


@dataclass(frozen=True, slots=True)
class Result:
    """A variant's figures with what stands behind them, for those who look at the picture."""

    row: ScoreRow
    score: AimScore | None
    coverage: Coverage | None


def load_rows(experiment: Experiment) -> list[ScoreRow]:
    """All variants made so far, by brief, strategy (the baseline first), round and seed."""
    return [result.row for result in load_results(experiment)]


def load_results(experiment: Experiment) -> list[Result]:
    """As `load_rows`, in a fixed number of queries."""
    with read_session() as session:
        variants = ExperimentRowRepository(session).variants(experiment.id)
        beside = ExplanationRepository(session)
        ids = [variant.id for variant in variants]
        shown = coverage_values(beside.coverage(ids))
        likeness = {found.variant_id: found for found in beside.fidelity(ids)}
        by_session: dict[str, list[tables.Variant]] = {}
        for variant in variants:
            by_session.setdefault(variant.session_id, []).append(variant)
        place = {strategy: number for number, strategy in enumerate(experiment.spec.order)}
        cells = sorted(experiment.cells, key=lambda cell: (cell.brief, place[cell.strategy], cell.round))
        return [
            _result(experiment, cell, variant, shown.get(variant.id), likeness.get(variant.id))
            for cell in cells
            for variant in by_session.get(cell.session_id, ())
            if variant.position < experiment.spec.seeds  # more that somebody made there have no pair
        ]


def _result(
    experiment: Experiment,
    cell: Cell,
    variant: tables.Variant,
    checked: tuple[str, Coverage] | None,
    likeness: tables.Fidelity | None,
) -> Result:
    score = score_value(variant.score)
    coverage = checked[1] if checked and checked[0] == variant.sha256 else None
    parts = {"clip": score.clip, "caption": score.caption, "lpips": score.lpips} if score else {}
    lacking = next((part.reason for part in parts.values() if part.reason is not None), None)
    row = ScoreRow(
        brief=experiment.spec.briefs[cell.brief].name,
        strategy=experiment.spec.strategies[cell.strategy].key,
        round=cell.round,
        seed=variant.position,
        session_id=cell.session_id,
        variant_id=variant.id,
        sha256=variant.sha256,
        scorer=score.scorer if score else "",
        final=score.final if score else None,
        clip=parts["clip"].norm if score else None,
        caption=parts["caption"].norm if score else None,
        lpips=parts["lpips"].norm if score else None,
        coverage=coverage.share if coverage else None,
        fidelity=likeness.best if likeness and likeness.sha256 == variant.sha256 else None,
        reason=str(lacking) if lacking is not None else "" if score else "not scored yet",
        last=experiment.last(cell.brief, cell.strategy) == cell,
    )
    return Result(row, score, coverage)


def to_csv(rows: Sequence[ScoreRow]) -> str:
    """All figures at full precision; `from_csv` reads them back the same."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [field.name for field in fields(ScoreRow)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in asdict(row).items()})
    return stream.getvalue()


def from_csv(text: str) -> list[ScoreRow]:
    """Rows of `to_csv`."""
    found = []
    for line in csv.DictReader(io.StringIO(text)):
        values: dict[str, object] = dict(line)
        values |= {name: int(line[name]) for name in ("round", "seed", "variant_id")}
        values |= {name: float(line[name]) if line[name] else None for name in MEASURES}
        values["last"] = line["last"] == "yes"
        found.append(ScoreRow(**values))  # type: ignore[arg-type]
    return found


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)
