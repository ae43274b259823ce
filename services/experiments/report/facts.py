"""Everything a report tells, read once: no model is needed, and nothing is worked out twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from db.repositories.libraries import LibraryRepository
from services import sessions
from services.database import read_session
from services.domain import Match, ModelRef
from services.experiments.findings import Findings, findings
from services.experiments.presets import Preset
from services.experiments.records import Cell, Experiment
from services.experiments.rows import MEASURES, ScoreRow, load_rows
from services.export.words import Words
from services.provenance import made_by
from services.sessions import SessionView


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """A library as it is now. `count` and `version` are None where it was deleted."""

    name: str
    count: int | None
    version: int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """An experiment with its figures. `views` are sessions by id; `models` are named once each."""

    experiment: Experiment
    rows: tuple[ScoreRow, ...]
    findings: Findings
    views: dict[str, SessionView]
    models: tuple[ModelRef, ...]
    libraries: tuple[LibraryFacts, ...]

    @property
    def strategies(self) -> tuple[Preset, ...]:
        """The baseline first."""
        spec = self.experiment.spec
        return tuple(spec.strategies[place] for place in spec.order)

    @property
    def baseline(self) -> Preset:
        return self.strategies[0]

    def last(self) -> list[ScoreRow]:
        """What is compared: each cell's last round."""
        return [row for row in self.rows if row.last]

    def cell(self, brief: int, preset: Preset) -> Cell | None:
        """The cell that is compared."""
        return self.experiment.last(brief, self.experiment.spec.strategies.index(preset))

    def references(self, cell: Cell | None) -> tuple[Match, ...]:
        """What a cell used, heaviest first, each picture once."""
        if cell is None:
            return ()
        kept = sorted((m for m in self.views[cell.session_id].matches if m.kept), key=lambda m: -m.weight)
        return tuple({match.sha256: match for match in reversed(kept)}.values())[::-1]


def gather(experiment: Experiment, words: Words) -> Facts:
    """The experiment's facts, strategies by their names in the reader's language."""
    rows = load_rows(experiment)
    views = {cell.session_id: sessions.load(cell.session_id) for cell in experiment.cells}
    done = [cell.session_id for cell in experiment.cells if cell.done]
    return Facts(
        experiment=experiment,
        rows=tuple(rows),
        findings=findings(experiment.spec, rows, lambda preset: words(preset.title)),
        views=views,
        models=tuple(dict.fromkeys(ref for session_id in done for ref in made_by(views[session_id]))),
        libraries=_libraries(experiment),
    )


def mean(rows: Sequence[ScoreRow], measure: str) -> float | None:
    """Of what is scored; None where nothing is."""
    if measure not in MEASURES:
        raise ValueError(f"no measure {measure!r}")
    known = [value for row in rows if (value := getattr(row, measure)) is not None]
    return float(np.mean(known)) if known else None


def _libraries(experiment: Experiment) -> tuple[LibraryFacts, ...]:
    names = dict.fromkeys(brief.library for brief in experiment.spec.briefs if brief.library)
    with read_session() as session:
        repository = LibraryRepository(session)
        found = {name: repository.by_name(name) for name in names}
        return tuple(
            LibraryFacts(name, repository.count(row.id), row.version)
            if row is not None
            else LibraryFacts(name, None, None)
            for name, row in found.items()
        )
