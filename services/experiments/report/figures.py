"""The verdict, the sentences, and every figure of the comparison as a table."""

from __future__ import annotations

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

DECIMALS = {"final": 1}
OTHERS = 3
"""Decimals of measures from 0 to 1."""


def verdict(facts: Facts, words: Words) -> Html:
    """What was found in a sentence, then strategy by strategy, then what to beware of."""
    found = facts.findings
    kind = {True: "helped", False: "not", None: ""}[found.helped]
    notes: Html | str = ""
    if found.warnings:
        said = tag("ul", *(tag("li", words.say(warning)) for warning in found.warnings))
        notes = tag("aside", tag("h3", words(w.BEWARE)), said, class_="notes", aria_label=words(w.BEWARE))
    sentences = (tag("li", words.say(sentence)) for sentence in found.sentences)
    return join(
        [
            tag("p", words.say(found.verdict), class_=f"verdict {kind}".strip()),
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
    head = [words(w.STRATEGY), *(words(name) for name in w.MEASURES.values()), words(w.EFFECT)]
    lines = [_line(facts, preset, words) for preset in facts.strategies]
    return join(
        [
            tag("h2", words(w.MEANS)),
            tag("p", words(w.MEANS_LEAD, baseline=words(facts.baseline.title)), class_="lead"),
            table(head, lines, "figures", words(w.MEANS)),
            tag("p", words(w.EFFECT), ": ", words(w.EFFECT_LEAD), class_="soft"),
        ]
    )


def _line(facts: Facts, preset: Preset, words: Words) -> list[Html]:
    rows = [row for row in facts.last() if row.strategy == preset.key]
    base = preset == facts.baseline
    name = tag("span", words(preset.title), tag("small", " · ", words(w.BASELINE)) if base else "")
    cells = [_cell(facts, preset, measure, rows, words) for measure in MEASURES]
    final = None if base else facts.findings.of(preset.key).difference
    effect = "–" if final is None or final.effect is None else signed(final.effect, 2)
    return [name, *cells, tag("span", effect)]


def _cell(facts: Facts, preset: Preset, measure: str, rows: list[ScoreRow], words: Words) -> Html:
    average = mean(rows, measure)
    shown = tag("span", number(average, measure))
    if preset == facts.baseline:
        return shown
    return join([shown, difference(facts.findings.of(preset.key, measure), words)])


def difference(finding: Finding, words: Words) -> Html:
    """ "+3.1", beneath it "0.4 to 5.9" and the pairs."""
    found, decimals = finding.difference, DECIMALS.get(finding.measure, OTHERS)
    if found is None:
        return tag("small", words(w.NO_PAIRS))
    kind = "shown ahead" if found.low > 0 else "shown behind" if found.high < 0 else ""
    ends = f"{signed(found.low, decimals)} … {signed(found.high, decimals)}"
    return join(
        [
            tag("small", signed(found.mean, decimals), class_=kind or None),
            tag("small", ends),
            tag("small", words(w.PAIRS, pairs=found.pairs)),
        ]
    )


def number(value: float | None, measure: str) -> str:
    """As the tables show it: 61.4 of 100, 0.503 of 1; a dash where nothing is scored."""
    return "–" if value is None else f"{value:.{DECIMALS.get(measure, OTHERS)}f}".replace("-", "−")


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
