"""The pictures of each brief: strategies across, seeds down, references above, earlier rounds below."""

from __future__ import annotations

from services.domain import Plan
from services.experiments.presets import Preset
from services.experiments.report import words as w
from services.experiments.report.facts import Facts
from services.experiments.report.figures import number
from services.experiments.report.markup import Html, image, join, tag
from services.experiments.rows import MEASURES, ScoreRow
from services.experiments.spec import BriefSpec
from services.export.words import Words

SIDE, SMALL = 384, 96
"""Px of a variant, twice its width on the page at most, and of a reference."""


def pictures(facts: Facts, words: Words) -> Html:
    briefs = [_brief(facts, place, words) for place in range(len(facts.experiment.spec.briefs))]
    return join(
        [tag("h2", words(w.PICTURES)), tag("p", words(w.PICTURES_LEAD), class_="lead"), *briefs],
    )


def _brief(facts: Facts, place: int, words: Words) -> Html:
    brief = facts.experiment.spec.briefs[place]
    photos = (
        image(photo.sha256, words(w.PHOTO, name=photo.file_name), SMALL, words(w.LOST))
        for photo in brief.photos
    )
    return tag(
        "section",
        tag("h3", brief.name),
        tag("p", brief.product_text, class_="soft"),
        tag("div", *photos, class_="strip photos"),
        _plan(_plan_of(facts, place), words),
        _matrix(facts, place, brief, words),
        _rounds(facts, brief, words),
        aria_label=brief.name,
    )


def _plan_of(facts: Facts, place: int) -> Plan | None:
    cells = (cell for cell in facts.experiment.cells if cell.brief == place)
    return next((plan for cell in cells if (plan := facts.views[cell.session_id].plan)), None)


def _plan(plan: Plan | None, words: Words) -> Html:
    if plan is None:
        return Html("")
    parts = (tag("li", tag("b", f"{part.weight:.2f}"), " ", part.text) for part in plan.subqueries)
    return tag("ul", *parts, class_="plan", aria_label=words(w.PLAN))


def _matrix(facts: Facts, place: int, brief: BriefSpec, words: Words) -> Html:
    strategies = facts.strategies
    rows = {(r.strategy, r.seed): r for r in facts.last() if r.brief == brief.name}
    heads = (tag("th", words(preset.title), scope="col") for preset in strategies)
    used = (tag("td", _references(facts, place, preset, words)) for preset in strategies)
    lines = [tag("tr", tag("th", words(w.REFERENCES), scope="row"), *used)]
    for seed in range(facts.experiment.spec.seeds):
        row = [rows.get((preset.key, seed)) for preset in strategies]
        best = _best([r.final for r in row if r is not None and r.final is not None])
        cells = (
            tag("td", _variant(found, preset, best, words))
            for found, preset in zip(row, strategies, strict=True)
        )
        name = words(w.SEED, number=seed + 1)
        lines.append(tag("tr", tag("th", name, scope="row"), *cells))
    body = tag(
        "table",
        tag("caption", brief.name, class_="unseen"),
        tag("thead", tag("tr", tag("th", tag("span", words(w.SEEDS), class_="unseen"), scope="col"), *heads)),
        tag("tbody", *lines),
        class_="matrix",
        style=f"--columns:{len(strategies)}",
    )
    return tag("div", body, class_="wide", tabindex="0", role="region", aria_label=brief.name)


def _best(finals: list[float]) -> float | None:
    """The highest, where it is one's alone."""
    highest = max(finals, default=None)
    return highest if highest is not None and finals.count(highest) == 1 else None


def _references(facts: Facts, place: int, preset: Preset, words: Words) -> Html:
    found = facts.references(facts.cell(place, preset))
    if not found:
        return tag("small", words(w.NONE_USED))
    shown = (
        image(m.sha256, words(w.REFERENCE, name=m.caption or m.file_name), SMALL, words(w.LOST))
        for m in found
    )
    return tag("div", *shown, class_="strip")


def _variant(row: ScoreRow | None, preset: Preset, best: float | None, words: Words) -> Html:
    if row is None:
        return tag("p", words(w.NOT_MADE), class_="lost")
    said = words(w.VARIANT, brief=row.brief, strategy=words(preset.title), seed=row.seed + 1)
    mark = tag("span", words(w.BEST)) if best is not None and row.final == best else ""
    final = number(row.final, "final") if row.final is not None else words(w.NOT_SCORED)
    parts = []
    for measure in MEASURES[1:]:
        parts += [tag("dt", words(w.MEASURES[measure])), tag("dd", number(getattr(row, measure), measure))]
    return join(
        [
            image(row.sha256, said, SIDE, words(w.LOST)),
            tag("p", tag("b", final), mark, class_="final"),
            tag("dl", *parts),
        ]
    )


def _rounds(facts: Facts, brief: BriefSpec, words: Words) -> Html:
    """What a strategy that criticises itself made before its last round."""
    former = [row for row in facts.rows if row.brief == brief.name and not row.last]
    if not former:
        return Html("")
    parts: list[Html] = [tag("h3", words(w.ROUNDS))]
    for preset in facts.strategies:
        mine = [row for row in former if row.strategy == preset.key]
        for number_ in sorted({row.round for row in mine}):
            name = words(w.ROUND, number=number_) if number_ else words(w.DRAFT)
            cells = (tag("td", _variant(r, preset, None, words)) for r in mine if r.round == number_)
            line = tag("tr", tag("th", words(preset.title), " · ", name, scope="row"), *cells)
            columns = f"--columns:{facts.experiment.spec.seeds}"
            inner = tag("table", tag("tbody", line), class_="matrix", style=columns)
            parts.append(tag("div", inner, class_="wide", tabindex="0", role="region", aria_label=name))
    return join(parts)
