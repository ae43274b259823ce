"""The folder of an experiment from the command line: which experiment it belongs to, and what lies in it.

experiment.json   the experiment, and a digest of all that decides it
experiment.yaml   the same experiment as a file that runs again, with photos/ beside it
report.html       and report.pdf where it was asked for
scores.csv        all figures at full precision
pictures/         every variant as it was made
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from services.errors import Conflict, NotFound
from services.experiments import records
from services.experiments.records import Experiment
from services.experiments.rows import ScoreRow
from services.experiments.spec import ExperimentSpec
from services.experiments.yaml_file import to_yaml
from services.experiments.yaml_strategies import key_of
from services.messages import N_
from services.storage.files import write_whole
from services.storage.images import get_store

MARK = "experiment.json"

_PLAIN = re.compile(r"\w[\w .()-]{0,99}")
"""File names that every system takes."""


def digest(spec: ExperimentSpec) -> str:
    """Of all that decides the experiment's pictures and figures, the photos' pixels included."""
    return hashlib.sha256(json.dumps(spec.to_dict(), sort_keys=True).encode()).hexdigest()


def claim(folder: Path, spec: ExperimentSpec) -> str:
    """The folder's experiment: the one begun there, or a new one; its id.

    Raises Conflict for a folder with other things, or whose experiment is another one by now.
    """
    mark = folder / MARK
    if not mark.is_file():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Conflict(
                N_("{folder} is not empty. Name a new folder for this experiment."), folder=str(folder)
            )
        experiment_id = records.create(spec)
        write_whole(mark, _mark(experiment_id, spec))
        return experiment_id
    try:
        known = json.loads(mark.read_text("utf-8"))
        experiment_id, before = str(known["experiment"]), str(known["digest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Conflict(
            N_("{folder} holds another program's files. Name a new folder for this experiment."),
            folder=str(folder),
        ) from error
    if before != digest(spec):
        raise Conflict(
            N_(
                "{folder} belongs to this experiment as it was before the file, a photo or a saved strategy "
                "changed. What is there is safe. Name a new folder for the changed one."
            ),
            folder=str(folder),
        )
    try:
        records.load(experiment_id)
    except NotFound as error:
        raise Conflict(
            N_(
                "The experiment of {folder} is not in this studio: it was deleted, or made with another data "
                "folder. Name a new folder, or set AIM_STUDIO_HOME as it was."
            ),
            folder=str(folder),
        ) from error
    return experiment_id


def _mark(experiment_id: str, spec: ExperimentSpec) -> bytes:
    content = {"experiment": experiment_id, "digest": digest(spec), "name": spec.name}
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def write_spec(folder: Path, spec: ExperimentSpec) -> None:
    """experiment.yaml, with the photos that it names beside it: the folder runs again wherever it lies."""
    store = get_store()

    def place_of(sha256: str, name: str) -> str:
        plain = name if _PLAIN.fullmatch(name) else f"{key_of(Path(name).stem)[:40]}.png"
        place = f"photos/{sha256[:8]}/{plain}"  # by its own name: recipes tell it
        write_whole(folder / place, store.path(sha256).read_bytes())
        return place

    write_whole(folder / "experiment.yaml", to_yaml(spec, place_of).encode())


def write_pictures(folder: Path, experiment: Experiment, rows: list[ScoreRow]) -> int:
    """Every variant's stored bytes, unchanged, by brief, strategy, round and seed; how many there are."""
    briefs = {brief.name: place for place, brief in enumerate(experiment.spec.briefs, 1)}
    store, written = get_store(), 0
    for row in rows:
        if store.exists(row.sha256):
            write_whole(folder / "pictures" / picture_name(row, briefs), store.path(row.sha256).read_bytes())
            written += 1
    return written


def picture_name(row: ScoreRow, briefs: dict[str, int]) -> str:
    """`1-hoodie_filtered_seed-1.png`; a later round says so. `briefs` are names with their number from 1."""
    round_ = f"_round-{row.round}" if row.round else ""
    brief = f"{briefs[row.brief]}-{key_of(row.brief)[:40]}"
    return f"{brief}_{key_of(row.strategy)[:40]}{round_}_seed-{row.seed + 1}.png"
