"""The report as one HTML file: no scripts, no network, everything inside it."""

from __future__ import annotations

from services.experiments.report import words as w
from services.experiments.report.facts import Facts
from services.experiments.report.figures import figure, means, unscored, verdict
from services.experiments.report.markup import Html, join, tag
from services.experiments.report.matrix import pictures
from services.experiments.report.method import again, method
from services.experiments.report.style import CSS
from services.export.words import Words

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Told to the browser too: even a name that got past the escaping could load and run nothing."""


def html_page(facts: Facts, words: Words) -> bytes:
    """The report. The same facts give the same bytes."""
    name = facts.experiment.spec.name
    head = (
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        tag("title", f"{name} · {words(w.REPORT)}"),
        tag("style", Html(CSS)),
    )
    body = tag(
        "main",
        tag("header", *_head(facts, words)),
        verdict(facts, words),
        figure(facts, words),
        means(facts, words),
        pictures(facts, words),
        unscored(facts, words),
        method(facts, words),
        again(facts, words),
    )
    page = tag("html", tag("head", *head), tag("body", body), lang=words.language)
    return join([Html("<!doctype html>"), page, ""]).encode()


def _head(facts: Facts, words: Words) -> list[Html]:
    experiment = facts.experiment
    spec = experiment.spec
    said = words(
        w.FACTS,
        briefs=len(spec.briefs),
        strategies=len(spec.strategies),
        seeds=spec.seeds,
        variants=len(facts.last()),
        date=words.date(experiment.created_at),
    )
    parts = [tag("p", words(w.REPORT), class_="kicker"), tag("h1", spec.name), tag("p", said, class_="soft")]
    count = len(spec.briefs) * len(spec.strategies)
    done = round(experiment.share * count)
    if done < count:
        parts.append(tag("p", words(w.UNFINISHED, done=done, count=count), class_="notes"))
    return parts
