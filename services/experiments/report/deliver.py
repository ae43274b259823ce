"""Report, figures and pictures of an experiment into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.experiments.findings import Findings, findings
from services.experiments.folder import write_pictures, write_spec
from services.experiments.records import Experiment
from services.experiments.report.facts import gather
from services.experiments.report.page import html_page
from services.experiments.report.words import words_in
from services.experiments.rows import to_csv
from services.storage.files import write_whole


@dataclass(frozen=True, slots=True)
class Delivered:
    """What lies in the folder now; `pictures` counts the variants. `findings` are in English,
    whatever the report's language: the command line speaks it."""

    files: tuple[str, ...]
    pictures: int
    findings: Findings


def deliver(experiment: Experiment, folder: Path, language: str = "en", pdf: bool = False) -> Delivered:
    """Write everything; what is there of a former time is replaced. Raises StorageError."""
    words = words_in(language)
    facts = gather(experiment, words)
    write_whole(folder / "report.html", html_page(facts, words))
    write_whole(folder / "scores.csv", to_csv(facts.rows).encode())
    write_spec(folder, experiment.spec)
    files = ["report.html", "scores.csv", "experiment.yaml"]
    if pdf:
        from services.experiments.report.pdf import pdf_report

        write_whole(folder / "report.pdf", pdf_report(facts, words))
        files.insert(1, "report.pdf")
    written = write_pictures(folder, experiment, list(facts.rows))
    found = facts.findings if words.language == "en" else findings(experiment.spec, facts.rows)
    return Delivered(tuple(files), written, found)
