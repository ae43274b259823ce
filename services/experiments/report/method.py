"""How it was measured: strategies with their rules, models with their revisions, settings, statistics."""

from __future__ import annotations

from services.domain import ModelRef
from services.experiments.findings import LEVEL
from services.experiments.presets import Preset
from services.experiments.report import words as w
from services.experiments.report.facts import Facts, LibraryFacts
from services.experiments.report.markup import Html, join, table, tag
from services.experiments.statistics import FEW_BRIEFS, RESAMPLES, shared_level
from services.export.words import Words

COMMAND = "python -m services.cli experiment experiment.yaml --out ../again"

RULES = (w.SEARCH, w.TEXTS, w.PHOTO_WEIGHT, w.FILTER, w.SOURCE)
"""Headings of `rules`."""


def method(facts: Facts, words: Words) -> Html:
    return join(
        [
            tag("h2", words(w.METHOD)),
            tag("h3", words(w.STRATEGIES)),
            _strategies(facts, words),
            tag("h3", words(w.MODELS)),
            _models(facts, words),
            tag("h3", words(w.SETTINGS)),
            _settings(facts, words),
            tag("h3", words(w.STATISTICS)),
            *(tag("p", said) for said in statistics(facts, words)),
        ]
    )


def again(facts: Facts, words: Words) -> Html:
    return join(
        [
            tag("h2", words(w.AGAIN)),
            tag("p", words(w.AGAIN_LEAD), class_="lead"),
            tag("pre", tag("code", COMMAND)),
        ]
    )


def statistics(facts: Facts, words: Words) -> list[str]:
    """The method in sentences."""
    level = 100 * shared_level(len(facts.strategies) - 1, LEVEL)
    values: dict[str, str | int | float] = {
        "resamples": f"{RESAMPLES:,}",
        "briefs": FEW_BRIEFS,
        "level": f"{level:.1f}",
    }
    return [words(said, **values) for said in w.STATISTICS_TEXT]


def rules(preset: Preset, words: Words) -> list[str]:
    """Search, texts, photos' weight, filter and rounds, source: in the reader's words."""
    texts = words(w.TEXT_RULES[preset.texts])
    if not preset.matches and preset.search.value != "none":
        texts = f"{texts}; {words(w.WITHOUT_REFERENCES)}"
    filtered = "–" if preset.filter_above is None else words(w.ABOVE, cosine=f"{preset.filter_above:g}")
    if preset.rounds:
        filtered = f"{filtered}; {words(w.AGAIN_ROUNDS, count=preset.rounds)}"
    weight = f"{preset.photos:g}"
    photos = weight if weight == "0.4" else words(w.PHOTO_SPLIT, weight=weight)
    return [words(w.SEARCHES[preset.search]), texts, photos, filtered, preset.source or "–"]


def settings(facts: Facts, words: Words) -> dict[str, str]:
    """Heading -> value, translated."""
    spec = facts.experiment.spec
    width, height = spec.placement.pixels
    libraries = ", ".join(library(found, words) for found in facts.libraries)
    return {
        words(w.LIBRARY): libraries or words(w.NO_LIBRARY),
        words(w.SEEDS): words(w.SEEDS_FACTS, count=spec.seeds, first=spec.seed),
        words(w.SIZE): f"{spec.placement.value}, {width} × {height} px",
    }


def library(found: LibraryFacts, words: Words) -> str:
    if found.count is None or found.version is None:
        return words(w.LIBRARY_GONE, name=found.name)
    return words(w.LIBRARY_FACTS, name=found.name, count=found.count, version=found.version)


_ORDER = {name: place for place, name in enumerate(w.PARTS)}


def part(ref: ModelRef, words: Words) -> str:
    return words(w.PARTS[ref.part]) if ref.part in w.PARTS else ref.part


def _strategies(facts: Facts, words: Words) -> Html:
    lines = [[words(preset.title), *rules(preset, words)] for preset in facts.strategies]
    return table([words(label) for label in (w.STRATEGY, *RULES)], lines, "", words(w.STRATEGIES))


def models(facts: Facts, words: Words) -> list[tuple[str, str, str]]:
    """Part, model and revision of each, in the order of the work."""
    known = sorted(facts.models, key=lambda ref: (_ORDER.get(ref.part, len(_ORDER)), ref.id))
    return [
        (part(ref, words), words(w.PLAN_TYPED) if ref.id == "user" else ref.id, ref.revision) for ref in known
    ]


def _models(facts: Facts, words: Words) -> Html:
    lines = [[name, model, revision or "–"] for name, model, revision in models(facts, words)]
    head = [words(w.PART), words(w.MODEL), words(w.REVISION)]
    return table(head, lines, "", words(w.MODELS))


def _settings(facts: Facts, words: Words) -> Html:
    found = settings(facts, words)
    lines = [[label, value] for label, value in found.items()]
    lines += [
        [name, f"{value:g}" if isinstance(value, float) else str(value)] for name, value in _options(facts)
    ]
    head = [tag("span", words(label), class_="unseen") for label in (w.SETTINGS, w.VALUE)]
    return table(head, lines, "settings", words(w.SETTINGS))


def _options(facts: Facts) -> list[tuple[str, object]]:
    """Of diffusion, by the names of the file; the layouts read none."""
    spec = facts.experiment.spec
    if spec.engine.generator == "lite":
        return []
    return [(name, value) for name, value in spec.options.to_dict().items() if value not in (None, "")]
