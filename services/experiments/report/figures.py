"""The verdict, the sentences, and every figure of the comparison as a table."""

from __future__ import annotations

import re
from collections import Counter

from services.experiments.findings import Finding
from services.experiments.presets import Preset
from services.experiments.report import words as w
from services.experiments.report.facts import Facts, mean
from services.experiments.report.figure import intervals, signed
from services.experiments.report.markup import Html, join, table, tag
from services.experiments.rows import MEASURES, ScoreRow
from services.export.words import Words
from services.messages import Message

SCALES = {"final": (1, 1), "fidelity": (1, 3)}
OTHERS = (100, 1)
"""Times so much, with so many decimals: as the studio's pages write them. The CSV has 0 to 1."""


def verdict(facts: Facts, words: Words) -> Html:
    """What was found in a sentence, then strategy by strategy, then what to beware of."""
    found = facts.findings
    finals = [f.difference for f in found.comparisons if f.measure == "final" and f.difference is not None]
    kind = "helped" if found.helped else "behind" if any(d.high < 0 for d in finals) else ""
    notes: Html | str = ""
    if found.warnings:
        said = tag("ul", *(tag("li", words.say(warning)) for warning in found.warnings))
        notes = tag("aside", tag("h3", words(w.BEWARE)), said, class_="notes", aria_label=words(w.BEWARE))
    sentences = (tag("li", minus(words.say(sentence))) for sentence in found.sentences)
    return join(
        [
            tag("p", minus(words.say(found.verdict)), class_=f"verdict {kind}".strip()),
            tag("ul", *sentences, class_="sentences"),
            notes,
        ]
    )


def figure(facts: Facts, words: Words) -> Html:
    return join(
        [
            tag("h2", words(w.FIGURE, baseline=words(facts.baseline.title))),
            tag("p", words(w.FIGURE_LEAD), class_="lead"),
            tag("figure", intervals(facts, words), style="margin:0"),
        ]
    )


def means(facts: Facts, words: Words) -> Html:
    head = [
        words(w.STRATEGY),
        *(words(name) for name in w.MEASURES.values()),
        words(w.EFFECT),
        words(w.PAIRED),
    ]
    lines = [_line(facts, preset, words) for preset in facts.strategies]
    return join(
        [
            tag("h2", words(w.MEANS)),
            tag("p", words(w.MEANS_LEAD, baseline=words(facts.baseline.title)), class_="lead"),
            table(head, lines, "figures", words(w.MEANS)),
            tag("p", words(w.EFFECT_LEAD), class_="soft"),
        ]
    )


def _line(facts: Facts, preset: Preset, words: Words) -> list[Html]:
    rows = [row for row in facts.last() if row.strategy == preset.key]
    base = preset == facts.baseline
    name = tag("span", words(preset.title), tag("small", words(w.BASELINE)) if base else "")
    cells = [_cell(facts, preset, measure, rows, words) for measure in MEASURES]
    final = None if base else facts.findings.of(preset.key).difference
    effect = "–" if final is None or final.effect is None else signed(final.effect, 2)
    pairs = "–" if final is None else str(final.pairs)
    return [name, *cells, tag("span", effect), tag("span", pairs)]


def _cell(facts: Facts, preset: Preset, measure: str, rows: list[ScoreRow], words: Words) -> Html:
    average = mean(rows, measure)
    shown = tag("span", number(average, measure))
    if preset == facts.baseline:
        return shown
    final = facts.findings.of(preset.key).difference
    pairs = final.pairs if final is not None else 0
    return join([shown, difference(facts.findings.of(preset.key, measure), pairs, words)])


def difference(finding: Finding, pairs: int, words: Words) -> Html:
    """ "+3.1", beneath it "+0.4 … +5.9", and its pairs where they are not `pairs`."""
    found = finding.difference
    if found is None:
        return tag("small", words(w.NO_PAIRS))
    kind = "shown ahead" if found.low > 0 else "shown behind" if found.high < 0 else ""
    ends = f"{change(found.low, finding.measure)} … {change(found.high, finding.measure)}"
    return join(
        [
            tag("small", change(found.mean, finding.measure), class_=kind or None),
            tag("small", ends),
            tag("small", words(w.PAIRS, pairs=found.pairs)) if found.pairs != pairs else "",
        ]
    )


def number(value: float | None, measure: str) -> str:
    """As the tables show it; a dash where nothing is scored."""
    times, decimals = SCALES.get(measure, OTHERS)
    return "–" if value is None else f"{times * value:.{decimals}f}".replace("-", "−")


def change(value: float, measure: str) -> str:
    """A difference as the tables show it, with its sign."""
    times, decimals = SCALES.get(measure, OTHERS)
    return signed(times * value, decimals)


def minus(said: str) -> str:
    """A sentence's hyphens before figures as minus signs."""
    return re.sub(r"(?<![\w.])-(?=\d)", "−", said)


def unscored(facts: Facts, words: Words) -> Html:
    """Which variants have no final score, by strategy, and why; nothing where all have one."""
    found = Counter((row.strategy, row.reason) for row in facts.rows if row.final is None)
    if not found:
        return Html("")
    titles = {preset.key: words(preset.title) for preset in facts.strategies}
    lines = [
        [titles[key], _reason(reason, words), str(count)]
        for (key, reason), count in sorted(found.items(), key=lambda entry: (*entry[0], entry[1]))
    ]
    head = [words(w.STRATEGY), words(w.WHY), words(w.HOW_MANY)]
    return join(
        [
            tag("h2", words(w.UNSCORED)),
            tag("p", words(w.UNSCORED_LEAD), class_="lead"),
            table(head, lines, "", words(w.UNSCORED)),
        ]
    )


def _reason(reason: str, words: Words) -> str:
    """A row's reason is the sentence in English: sentences without fields are translated."""
    return words.say(Message(reason.replace("{", "{{").replace("}", "}}"))) if reason else words(w.NOT_SCORED)
