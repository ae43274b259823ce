"""Score tables: exact figures, every column, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.domain import AimScore, AimWeights, MetricScore
from services.export.scores import (
    COLUMNS,
    FORMULA,
    Question,
    ScoreRow,
    safe_cell,
    score_row,
    to_csv,
    to_json,
    to_xlsx,
)
from services.messages import message

QUESTION = Question("a mug", "A red mug.", "ref.png")


def row(name: str = "mug.png", caption: str = "a mug", clip: float = -0.25, **changes: Any) -> ScoreRow:
    score = AimScore(
        scorer="clip=a; caption=b",
        clip=MetricScore(clip, (clip + 1) / 1.4),
        caption=MetricScore(0.35, 0.5, text=caption),
        lpips=MetricScore(reason=message("No reference picture is chosen: choose one to compare with.")),
        final=None,
        weights=AimWeights(0.1, 0.2, 0.7),
    )
    return score_row(name, "ab" * 32, score, None, QUESTION, AimWeights(), **changes)


def read_csv(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_xlsx(data: bytes) -> list[dict[str, Any]]:
    sheet = load_workbook(io.BytesIO(data)).active
    heading, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, line, strict=True)) for line in lines]


def test_every_format_has_every_column_and_the_exact_figures() -> None:
    rows = [row(coverage=1 / 3, likeness=0.875)]
    [from_csv], [from_json], [from_xlsx] = (
        read_csv(to_csv(rows)),
        json.loads(to_json(rows)),
        read_xlsx(to_xlsx(rows)),
    )
    for found in (from_csv, from_json, from_xlsx):
        assert tuple(found) == COLUMNS
        assert float(found["clip_raw"]) == -0.25
        assert float(found["clip_norm"]) == 0.75 / 1.4
        assert float(found["coverage"]) == 1 / 3
        assert float(found["weight_caption"]) == 0.7
        assert found["caption"] == "a mug"
        assert found["scorer"] == "clip=a; caption=b"
        assert found["not_scored"].startswith("lpips: No reference picture")
        assert found["final"] in ("", None)
        assert found["lpips_raw"] in ("", None)
    assert (from_json["final"], from_xlsx["rank"]) == (None, None)


def test_a_picture_without_a_score_has_its_row() -> None:
    empty = score_row("new.png", "cd" * 32, None, None, QUESTION, AimWeights())
    [found] = json.loads(to_json([empty]))
    assert found["final"] is None
    assert (found["not_scored"], found["weight_lpips"], found["reference"]) == ("", 0.3, "ref.png")


@pytest.mark.parametrize("start", FORMULA)
def test_no_text_begins_as_a_formula(start: str) -> None:
    evil = f"{start}cmd|' /C calc'!A0"
    rows = [row(name=evil, caption=evil)]
    [from_csv], [from_xlsx] = read_csv(to_csv(rows)), read_xlsx(to_xlsx(rows))
    assert from_csv["name"] == from_csv["caption"] == f"'{evil}"
    assert not str(from_xlsx["caption"]).startswith(FORMULA)
    sheet = load_workbook(io.BytesIO(to_xlsx(rows))).active
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n", "b"}
    [from_json] = json.loads(to_json(rows))
    assert from_json["caption"] == evil


@given(st.text(max_size=40))
def test_safe_cells_differ_by_the_apostrophe_alone(text: str) -> None:
    safe = safe_cell(text)
    assert isinstance(safe, str)
    assert not safe.startswith(FORMULA)
    assert safe in (text, f"'{text}")


def test_negative_figures_stay_figures() -> None:
    assert safe_cell(-0.5) == -0.5
    assert read_csv(to_csv([row(clip=-0.5)]))[0]["clip_raw"] == "-0.5"


def test_control_characters_do_not_break_the_sheet() -> None:
    assert read_xlsx(to_xlsx([row(caption="a\x01b")]))[0]["caption"] == "ab"
