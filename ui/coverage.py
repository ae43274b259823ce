"""What stands beside the score and never counts in it: coverage of the plan, likeness, near-duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from services.aim.coverage import Coverage, Measure, SubQueryCoverage
from services.evaluation import Evaluation, Likeness, Row
from services.evaluation.uploads import UPLOAD
from ui import formats
from ui.i18n import _, ngettext
from ui.text import plain, say, short

TWINS_SHOWN = 3
"""Pairs that a warning names; the rest is a count, and each picture tells its own."""


def coverage_ticks(coverage: Coverage | None) -> None:
    """One mark a part of the plan and the share in view, in one line; the parts are told on hover."""
    if line := ticks_html(coverage):
        st.html(line)


def ticks_html(coverage: Coverage | None) -> str:
    """That line as HTML; "" where there is nothing to tell."""
    if coverage is None or not coverage.items:
        return ""
    marks = "".join(
        f'<i class="is-{_kind(item)}" title="{escape(_spoken(item))}">{_SIGNS[_kind(item)]}</i>'
        for item in coverage.items
    )
    spoken = escape("; ".join(_spoken(item) for item in coverage.items))
    words = escape(_("shows {share} of the plan").format(share=formats.percent(coverage.share)))
    row = f'<span role="img" aria-label="{spoken}">{marks}</span> <small>{words}</small>'
    return f'<div class="ticks">{row}</div>'


def coverage_list(coverage: Coverage | None) -> None:
    """The checklist in full: each part, whether it is seen, its share of the plan, and how sure."""
    if coverage is None:
        st.caption(_("Not checked yet."))
        return
    if not coverage.items:
        st.caption(_("The plan has no parts to look for."))
        return
    lines = "".join(
        f'<li class="is-{_kind(item)}"><i aria-hidden="true">{_SIGNS[_kind(item)]}</i>'
        f"<span>{escape(item.text)}<small>{escape(_verdict(item, coverage))}</small></span>"
        f"<b>{formats.percent(item.weight)}</b></li>"
        for item in coverage.items
    )
    st.html(f'<ul class="checklist">{lines}</ul>')
    for item in coverage.unchecked:
        if item.reason is not None:
            st.caption(f"{plain(short(item.text))}: {say(item.reason)}")


def coverage_summary(coverage: Coverage | None) -> str:
    """ "Shows 75% of the plan, by weight." """
    if coverage is None or coverage.share is None:
        return ""
    return _("Shows {share} of the plan, by weight.").format(share=formats.percent(coverage.share))


def how_checked(coverage: Coverage) -> str:
    """What the figures of a checklist are."""
    limit = formats.similarity(coverage.threshold)
    if coverage.measure is Measure.PROBABILITY:
        return _("A part counts as seen from a probability of {limit}.").format(limit=limit)
    return _("A part counts as seen from a similarity of {limit}.").format(limit=limit)


def likeness_line(likeness: Likeness | None, brief: bool = False) -> None:
    """How much the picture looks like the product photos; unless `brief`, also the nearest one's name."""
    if likeness is None:
        return
    figure = formats.similarity(likeness.figures.best)
    line = _("Likeness to the product: {figure}").format(figure=figure)
    hover = _("Similarity to the nearest product photo, at most 1. Mean of all photos: {mean}.").format(
        mean=formats.exact(likeness.figures.mean)
    )
    if brief:
        st.html(f'<div class="ticks" title="{escape(hover)}"><small>{escape(line)}</small></div>')
        return
    near = ""
    if likeness.photo is not None:
        name = short(likeness.photo.file_name)
        near = f"<small>{escape(_('nearest photo: {name}').format(name=name))}</small>"
    st.html(f'<div class="match" title="{escape(hover)}">{escape(line)}{near}</div>')


def label_of(row: Row) -> str:
    """What people call the picture: its file's name, else its place or number."""
    if row.variant.recipe.generator == UPLOAD:
        return row.name
    return f"#{row.rank}" if row.rank else _("Variant {number}").format(number=row.variant.index + 1)


def twins_of(evaluation: Evaluation, variant_id: int) -> list[str]:
    """Names of the pictures that are all but the same as this one."""
    labels = {row.id: label_of(row) for row in evaluation.rows}
    pairs = [(t.first, t.second) for t in evaluation.twins if variant_id in (t.first, t.second)]
    return [labels[b if a == variant_id else a] for a, b in pairs if a in labels and b in labels]


def twin_line(names: Sequence[str]) -> str:
    """ "Looks the same as b.jpg." """
    return _("Looks the same as {names}").format(names=", ".join(short(name, 32) for name in names))


def twin_warning(evaluation: Evaluation) -> None:
    """Which pictures are all but the same: one of each pair is enough."""
    labels = {row.id: plain(short(label_of(row), 40)) for row in evaluation.rows}
    pairs = [t for t in evaluation.twins if t.first in labels and t.second in labels]
    if not pairs:
        return
    sentence = _("{first} and {second} look the same (likeness {cosine}).")
    said = [
        sentence.format(first=labels[t.first], second=labels[t.second], cosine=formats.exact(t.cosine, 3))
        for t in pairs[:TWINS_SHOWN]
    ]
    if (rest := len(pairs) - TWINS_SHOWN) > 0:
        more = ngettext("{count} more pair looks the same.", "{count} more pairs look the same.", rest)
        said.append(more.format(count=formats.number(rest)))
    st.warning(f"{' '.join(said)} {_('One of each pair is enough.')}", icon=":material/content_copy:")


_SIGNS = {"seen": "✓", "unseen": "✕", "unknown": "?"}


def _kind(item: SubQueryCoverage) -> str:
    if item.visible is None:
        return "unknown"
    return "seen" if item.visible else "unseen"


def _spoken(item: SubQueryCoverage) -> str:
    return f"{_words()[_kind(item)]}: {item.text}"


def _words() -> dict[str, str]:
    return {"seen": _("seen"), "unseen": _("not seen"), "unknown": _("not checked")}


def _verdict(item: SubQueryCoverage, coverage: Coverage) -> str:
    word = _words()[_kind(item)]
    if item.value is None:
        return word
    if coverage.measure is Measure.PROBABILITY:
        return f"{word} · {_('probability {value}').format(value=formats.similarity(item.value))}"
    return f"{word} · {_('similarity {value}').format(value=formats.similarity(item.value))}"
