"""Score tables as CSV, JSON and XLSX: exact figures, one row a picture, best first.

Texts that a spreadsheet would run as a formula (they begin with =, +, -, @, a tab or a line break) get an
apostrophe in front, in CSV and XLSX alike. Figures stay numbers, negative ones too.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from services.domain import AimScore, AimWeights
from services.evaluation.views import Evaluation
from services.messages import Message

Cell = str | int | float | bool | None

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell must not begin with (OWASP, CSV injection)."""

SHEET = "Scores"


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One line of the table, in the order of its columns.

    raw: cosine -1..1 for clip and caption, LPIPS >= 0 where lower is more alike. norm: 0..1. final:
    0..100. A metric that is not scored has empty figures and its reason. The weights are the session's;
    the reference's own row is scored without LPIPS. `coverage` is 0..1, `likeness` a cosine.
    """

    rank: int | None
    name: str
    final: float | None
    clip_raw: float | None
    clip_norm: float | None
    caption_raw: float | None
    caption_norm: float | None
    lpips_raw: float | None
    lpips_norm: float | None
    caption: str
    not_scored: str
    is_reference: bool
    coverage: float | None
    likeness: float | None
    weight_clip: float
    weight_lpips: float
    weight_caption: float
    topic: str
    prompt: str
    reference: str
    scorer: str
    sha256: str


COLUMNS = tuple(ScoreRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Question:
    """What the pictures were measured against. `reference` names the picture of LPIPS, "" for none."""

    topic: str
    prompt: str
    reference: str


def score_rows(evaluation: Evaluation) -> list[ScoreRow]:
    """The table of a session, best first; pictures that were never scored come last, with no figures."""
    brief, reference = evaluation.session.brief, evaluation.session.reference_sha256 or ""
    names = {row.variant.sha256: row.name for row in evaluation.rows}
    names |= {photo.sha256: photo.file_name for photo in brief.photos}
    question = Question(brief.topic, brief.product_text, names.get(reference, reference))
    return [
        score_row(
            row.name,
            row.variant.sha256,
            row.score,
            row.rank,
            question,
            evaluation.weights,
            coverage=row.coverage.share if row.coverage else None,
            likeness=row.likeness.figures.best if row.likeness else None,
        )
        for row in evaluation.rows
    ]


def score_row(
    name: str,
    sha256: str,
    score: AimScore | None,
    rank: int | None,
    question: Question,
    weights: AimWeights,
    coverage: float | None = None,
    likeness: float | None = None,
) -> ScoreRow:
    """One line. `weights` stand where there is no score that has its own."""
    shares = score.weights if score else weights
    metrics = {"clip": score.clip, "caption": score.caption, "lpips": score.lpips} if score else {}
    figures: dict[str, Any] = {
        f"{part}_{kind}": getattr(metrics[part], kind) if metrics else None
        for part in ("clip", "caption", "lpips")
        for kind in ("raw", "norm")
    }
    return ScoreRow(
        rank=rank,
        name=name,
        final=score.final if score else None,
        caption=score.caption.text if score else "",
        not_scored=_reasons({part: metric.reason for part, metric in metrics.items()}) if score else "",
        is_reference=bool(score and score.is_reference),
        coverage=coverage,
        likeness=likeness,
        weight_clip=shares.clip,
        weight_lpips=shares.lpips,
        weight_caption=shares.caption,
        topic=question.topic,
        prompt=question.prompt,
        reference=question.reference,
        scorer=score.scorer if score else "",
        sha256=sha256,
        **figures,
    )


def to_csv(rows: Sequence[ScoreRow]) -> bytes:
    """UTF-8 with a byte-order mark, so that Excel reads Korean; empty cells for what is not scored."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([safe_cell(getattr(row, column)) for column in COLUMNS])
    return buffer.getvalue().encode("utf-8-sig")


def to_json(rows: Sequence[ScoreRow]) -> bytes:
    """A list of objects with the columns as keys; null for what is not scored. Texts are as they are."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2).encode()


def to_xlsx(rows: Sequence[ScoreRow]) -> bytes:
    """One sheet with a fixed heading row and filters. Texts are texts: nothing in it is a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    for column, name in enumerate(COLUMNS, start=1):
        sheet.cell(1, column, name).font = Font(bold=True)
    for number, row in enumerate(rows, start=2):
        for column, name in enumerate(COLUMNS, start=1):
            _fill(sheet.cell(number, column), safe_cell(getattr(row, name)))
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(rows) + 1}"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def safe_cell(value: Cell) -> Cell:
    """`value`, with an apostrophe in front where a spreadsheet would take the text for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _fill(cell: Any, value: Cell) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"  # whatever it looks like
    else:
        cell.value = value


def _reasons(reasons: dict[str, Message | None]) -> str:
    return " ".join(f"{part}: {reason}" for part, reason in reasons.items() if reason is not None)
