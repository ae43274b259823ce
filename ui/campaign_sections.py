"""The Campaigns page, section by section: each chart with how to read it, and its data to take along."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from services.campaign_figures import tables
from services.campaign_figures.load import FigureFilter, load_points, load_sessions
from services.campaign_figures.views import (
    POINTS_SHOWN,
    Distribution,
    Grouping,
    Headline,
    Point,
    Report,
    Scale,
)
from ui import address, campaign_charts, campaign_words, formats
from ui.campaign_shapes import Group
from ui.campaign_summary import download
from ui.charts import CONFIG, engine_colour, show, strategy_colour
from ui.i18n import _
from ui.layout import section
from ui.text import short

BY, SHAPE, ORDER = "by", "shape", "order"


def scores(report: Report, wanted: FigureFilter, scale: Scale) -> None:
    """Distributions of the final score."""
    with _head(
        _("How the scores are spread"),
        _("The further right, the better. A click on a point opens its variant."),
    ):
        download(_("Data as CSV"), lambda: tables.points_csv(wanted, scale), "scores.csv")
    with st.container(horizontal=True, vertical_alignment="center"):
        by, shape = _by(), address.segments(_("Shape"), SHAPE, {"violin": _("Violin"), "box": _("Box")})
        if by is Grouping.SESSION:
            orders = {"latest": _("The latest"), "best": _("The best")}
            best_first = address.segments(_("Which sessions"), ORDER, orders) == "best"
    if by is Grouping.ENGINE and len(report.by_engine) > 1:
        _panels(report, wanted, shape)
        return
    if by is Grouping.SESSION:
        groups = _session_groups(wanted, scale, best_first)
        _colour_key({group.colour: group.kind for group in groups})
    else:
        groups = _groups(_kinds(report, by), by, load_points(wanted, scale.id))
    show(campaign_charts.spread(groups, shape), f"spread_{by}", _spread_alt(groups))
    _reading(groups, shape)


def _panels(report: Report, wanted: FigureFilter, shape: str) -> None:
    """A chart for each scale, with an axis of its own: what different models gave does not compare."""
    st.caption(_("Different models or weights made these scores. Compare shapes here, not places."))
    limit = POINTS_SHOWN // len(report.by_engine)
    for scale, kinds in report.by_engine:
        st.subheader(campaign_words.scale_name(scale, report.scales), anchor=False)
        groups = _groups(kinds, Grouping.ENGINE, load_points(wanted, scale.id, limit))
        show(campaign_charts.spread(groups, shape), f"spread_engine_{scale.id}", _spread_alt(groups))
        _reading(groups, shape)


def parts(report: Report, wanted: FigureFilter, scale: Scale) -> None:
    """The three parts of the score, side by side."""
    with _head(
        _("Where points are won"),
        _("The three parts of the score, each from 0 to 100. A part far to the left holds the total back."),
    ):
        download(_("Data as CSV"), lambda: tables.points_csv(wanted, scale), "parts.csv")
    by = Grouping.ENGINE if address.read(BY) == Grouping.ENGINE else Grouping.STRATEGY
    groups = _groups(_kinds(report, by), by, load_points(wanted, scale.id))
    shape = "box" if address.read(SHAPE) == "box" else "violin"
    show(campaign_charts.parts(groups, shape), f"parts_{by}", _("The three parts of the score, by group"))


def over_time(report: Report) -> None:
    with _head(
        _("Over time"),
        _("Diamonds are the best of each period, the line is the median, the band holds half of all."),
    ):
        download(_("Data as CSV"), lambda: tables.trend_csv(report), "trend.csv")
    if len(report.trend.points) > 1:
        show(campaign_charts.trend(report.trend), "trend", _("Best and median score over time"))
    else:
        st.caption(
            _("All of it was made in one go so far. The trend begins with the next day, week or month.")
        )


def funnel(found: Headline) -> None:
    with _head(
        _("From generated to approved"),
        _("How many variants came how far. Approved are those that were chosen in approved sessions."),
    ):
        download(_("Data as CSV"), lambda: tables.funnel_csv(found), "funnel.csv")
    names = {
        "generated": _("Generated"),
        "scored": _("Scored"),
        "picked": _("Picked"),
        "shortlisted": _("Shortlisted"),
        "approved": _("Approved"),
    }
    steps = [(names[step], count) for step, count in tables.funnel(found)]
    told = ", ".join(f"{name} {formats.number(count)}" for name, count in steps)
    st.plotly_chart(campaign_charts.funnel(steps), key="funnel", config=CONFIG, alt=told)


# --- ---------------------------------------------------------------------------------------------


def _head(title: str, lead: str) -> DeltaGenerator:
    """A section's title and how to read it; returns the place at its right, for its data."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="stretch"):
            section(title, lead)
        return st.container(width="content")


def _by() -> Grouping:
    names = {
        Grouping.STRATEGY.value: _("By way of finding references"),
        Grouping.ENGINE.value: _("By engine"),
        Grouping.SESSION.value: _("By session"),
    }
    return Grouping(address.segments(_("Side by side"), BY, names))


def _kinds(report: Report, by: Grouping) -> Sequence[Distribution]:
    """The strategies, or engines, of the scale at hand."""
    if by is Grouping.ENGINE:
        return next(kinds for scale, kinds in report.by_engine if scale == report.scale)
    return sorted(report.by_strategy, key=_strategy_place)


def _groups(kinds: Sequence[Distribution], by: Grouping, points: Sequence[Point]) -> list[Group]:
    """One group for each strategy or engine, with its share of the sample."""
    engine = by is Grouping.ENGINE
    name = campaign_words.engine_name if engine else campaign_words.strategy_name
    colour = engine_colour if engine else strategy_colour
    return [
        Group(
            f"{name(kind.key)}\n{formats.variants(kind.count)}",
            colour(kind.key),
            kind.count,
            kind.counts,
            [p for p in points if (p.engine if engine else p.strategy) == kind.key],
        )
        for kind in kinds
    ]


def _strategy_place(kind: Distribution) -> int:
    order = campaign_words.STRATEGY_ORDER
    return order.index(kind.key) if kind.key in order else len(order)


def _session_groups(wanted: FigureFilter, scale: Scale, best_first: bool) -> list[Group]:
    kinds, points = load_sessions(wanted, scale.id, best_first)
    return [
        Group(
            short(kind.title, 34),
            strategy_colour(kind.strategy),
            kind.count,
            kind.counts,
            [p for p in points if p.session_id == kind.key],
            campaign_words.strategy_name(kind.strategy),
        )
        for kind in kinds
    ]


def _colour_key(names: dict[str, str]) -> None:
    """What the colours of a chart stand for."""
    keys = "".join(
        f'<span class="share-key"><i style="background:{colour}"></i>{escape(name)}</span>'
        for colour, name in names.items()
    )
    st.html(f'<div class="share-legend">{keys}</div>')


def _reading(groups: Sequence[Group], shape: str) -> None:
    """How to read the shapes, and how many of the points are drawn."""
    shown, total = sum(len(g.points) for g in groups), sum(g.count for g in groups)
    if shape == "box":
        how = _("The box holds the middle half of the variants, its line the median, its ends nine in ten.")
    else:
        how = _(
            "A shape is thick where many variants lie; the dot is the median, the bar holds the middle half."
        )
    drawn = ""
    if shown < total:
        drawn = _(
            "Shows {shown} of {total} points, drawn at random. Shapes and medians count all of them, "
            "to within half a point."
        ).format(shown=formats.number(shown), total=formats.number(total))
    st.caption(f"{how} {drawn}")


def _spread_alt(groups: Sequence[Group]) -> str:
    labels = "; ".join(group.label.replace("\n", ", ") for group in groups[:8])
    return _("Spread of the final scores: {groups}").format(groups=labels)
