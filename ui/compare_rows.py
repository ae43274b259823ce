"""What stands under compared pictures, line by line: their scores, and where their recipes differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.aim.ranking import mixed_scorers
from services.domain import AimScore, ConditionKind, Variant
from services.evaluation import Row
from services.evaluation.uploads import UPLOAD
from ui import formats
from ui.bars import metric_names, metric_of
from ui.i18n import _, tr
from ui.lineage_graph import shares_of
from ui.mixture import kind_names
from ui.text import short

SAME_SHARE = 0.005
"""Shares nearer than that read alike in whole per cent."""

HIDDEN_SETTINGS = frozenset({"sha256", "mask_sha256"})
"""Keys of pictures: nothing for people to read."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` for reading, `exact` for the hover; `share` (0..1) is drawn as a bar."""

    text: str
    exact: str = ""
    share: float | None = None
    best: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a cell for each picture. `colour` is its bars'."""

    label: str
    cells: tuple[Cell, ...]
    metric: str = ""


def name_of(row: Row) -> str:
    """The file's name of a picture that was brought along, else "Variant 3"."""
    if row.variant.recipe.generator == UPLOAD:
        return short(row.name, 32)
    return _("Variant {number}").format(number=row.variant.index + 1)


def comparable(rows: Sequence[Row]) -> bool:
    """Whether all scored ones were scored alike: by the same models and weights, against the same brief."""
    scores = [row.score for row in rows if row.score]
    ranked = {row.rank is not None for row in rows if row.score and row.score.final is not None}
    return mixed_scorers(scores) is None and len(ranked) < 2


def score_lines(rows: Sequence[Row]) -> list[Line]:
    """Final score, its parts, and coverage where anything was checked. The best are marked if comparable."""
    lines = [Line(_("Score"), tuple(_final(row) for row in rows))]
    for name, label in metric_names().items():
        lines.append(Line(label, tuple(_metric(row.score, name) for row in rows), name))
    if any(row.coverage and row.coverage.items for row in rows):
        lines.append(Line(_("Shows plan"), tuple(_coverage(row) for row in rows)))
    return [_with_best(line) for line in lines] if comparable(rows) else lines


def recipe_lines(variants: Sequence[Variant]) -> tuple[list[Line], list[str]]:
    """Where the recipes differ, and the names of what is the same in all of them."""
    facts = [_facts(variant) for variant in variants]
    differing, same = [], []
    for label in dict.fromkeys(label for each in facts for label in each):
        values = [each.get(label, formats.DASH) for each in facts]
        if len(set(values)) > 1:
            differing.append(Line(label, tuple(Cell(short(v, 90), v) for v in values)))
        elif label:
            same.append(label)
    mixture = _mixture(variants)
    if mixture:
        differing += mixture
    else:
        same.append(_("Weights of text, photos and references"))
    return differing, same


# --- ---------------------------------------------------------------------------------------------


def _final(row: Row) -> Cell:
    final = row.score.final if row.score else None
    if final is None:
        return Cell(_("not scored"))
    return Cell(formats.score(final), formats.exact(final), final / 100)


def _metric(score: AimScore | None, name: str) -> Cell:
    metric = metric_of(score, name) if score else None
    if metric is None or metric.norm is None:
        return Cell(_("not scored"), tr(metric.reason) if metric and metric.reason else "")
    exact = _("normalised {norm}, raw {raw}").format(
        norm=formats.exact(metric.norm), raw=formats.exact(metric.raw)
    )
    return Cell(formats.score(metric.norm * 100), exact, metric.norm)


def _coverage(row: Row) -> Cell:
    share = row.coverage.share if row.coverage else None
    if share is None:
        return Cell(_("not checked"))
    return Cell(formats.percent(share), formats.exact(share), share)


def _with_best(line: Line) -> Line:
    """The highest of the shown figures, unless all are alike."""
    shown = {cell.text for cell in line.cells if cell.share is not None}
    top = max((cell.share for cell in line.cells if cell.share is not None), default=None)
    if top is None or len(shown) < 2:
        return line
    best = next(cell.text for cell in line.cells if cell.share == top)
    cells = (Cell(c.text, c.exact, c.share, best=c.share is not None and c.text == best) for c in line.cells)
    return Line(line.label, tuple(cells), line.metric)


def _facts(variant: Variant) -> dict[str, str]:
    """Label -> value of everything in the recipe but its conditions."""
    recipe = variant.recipe
    facts = {
        _("Made by"): f"{recipe.generator.id} {recipe.generator.revision}".strip(),
        _("Layout"): recipe.layout,
        _("Headline"): recipe.headline,
        _("Size"): f"{variant.width} × {variant.height}",
        _("Seed"): str(recipe.seed),
    }
    names, words = _setting_names(), _setting_words()
    for key, value in recipe.settings:
        if key not in HIDDEN_SETTINGS:
            facts[names.get(key, key.replace("_", " "))] = words.get(value, value)
    return {label: value for label, value in facts.items() if value}


def _mixture(variants: Sequence[Variant]) -> list[Line]:
    """A line for each text, photo or reference whose share differs."""
    shares = [shares_of(variant) for variant in variants]
    kinds, labels = kind_names(), {}
    for variant in variants:
        for c in variant.recipe.conditions:
            words = c.ref if c.kind is ConditionKind.TEXT else c.label
            labels[c.kind, c.ref] = f"{kinds[c.kind]}: {short(words, 48)}"
    lines = []
    for key, label in labels.items():
        found = [each.get(key, 0.0) for each in shares]
        if max(found) - min(found) > SAME_SHARE:
            lines.append(Line(label, tuple(Cell(formats.percent(s), formats.exact(s)) for s in found)))
    return lines


def _setting_names() -> dict[str, str]:
    return {
        "palette": _("Colours"),
        "type": _("Lettering"),
        "side": _("Side of the product"),
        "alignment": _("Alignment"),
        "headline": _("Place of the headline"),
        "split": _("Split"),
        "photo": _("Photo"),
        "scene": _("Scene"),
        "without a sure cut-out": _("Without a sure cut-out"),
        "mode": _("Start from"),
        "strength": _("How far it may leave the photo"),
        "negative_prompt": _("Keep out of the picture"),
        "prior_guidance": _("Guidance of the prior"),
        "guidance": _("Guidance of the decoder"),
        "prior_steps": _("Steps of the prior"),
        "steps": _("Steps of the decoder"),
        "scheduler": _("Sampler"),
        "sampler": _("Sampler in use"),
        "raw_weights": _("Weights as typed"),
        "decode size": _("Size before the crop"),
        "prior": _("Prior"),
        "dtype": _("Number format"),
        "near": _("Began from seed"),
        "file": _("File"),
    }


def _setting_words() -> dict[str, str]:
    return {
        "left": _("left"),
        "right": _("right"),
        "centre": _("centre"),
        "top": _("top"),
        "bottom": _("bottom"),
        "rows": _("in rows"),
        "columns": _("in columns"),
        "true": _("yes"),
        "false": _("no"),
    }
