"""The variants of an experiment as rows of figures: what comparisons, reports and the CSV are made of."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from services.evaluation.load import load_evaluation
from services.evaluation.views import Row
from services.experiments.records import Cell, Experiment


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


def load_rows(experiment: Experiment) -> list[ScoreRow]:
    """All variants made so far, by brief, strategy (the baseline first), round and seed."""
    place = {strategy: number for number, strategy in enumerate(experiment.spec.order)}
    cells = sorted(experiment.cells, key=lambda cell: (cell.brief, place[cell.strategy], cell.round))
    rows: list[ScoreRow] = []
    for cell in cells:
        last = experiment.last(cell.brief, cell.strategy) == cell
        found = sorted(load_evaluation(cell.session_id).rows, key=lambda row: row.variant.index)
        rows += [_row(experiment, cell, row, last) for row in found]
    return rows


def _row(experiment: Experiment, cell: Cell, row: Row, last: bool) -> ScoreRow:
    score = row.score
    parts = {"clip": score.clip, "caption": score.caption, "lpips": score.lpips} if score else {}
    lacking = next((part.reason for part in parts.values() if part.reason is not None), None)
    return ScoreRow(
        brief=experiment.spec.briefs[cell.brief].name,
        strategy=experiment.spec.strategies[cell.strategy].key,
        round=cell.round,
        seed=row.variant.index,
        session_id=cell.session_id,
        variant_id=row.id,
        sha256=row.variant.sha256,
        scorer=score.scorer if score else "",
        final=score.final if score else None,
        clip=parts["clip"].norm if score else None,
        caption=parts["caption"].norm if score else None,
        lpips=parts["lpips"].norm if score else None,
        coverage=row.coverage.share if row.coverage else None,
        fidelity=row.likeness.figures.best if row.likeness else None,
        reason=str(lacking) if lacking is not None else "" if score else "not scored yet",
        last=last,
    )


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
