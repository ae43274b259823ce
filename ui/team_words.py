"""Does AIM agree with the team, in sentences an advertiser reads; no figure where there is none."""

from __future__ import annotations

from services.votes.aim import Measure, TeamView
from services.votes.correlation import MIN_VARIANTS, Correlation, Interval
from services.votes.reweighting import FOLDS, Suggestion
from ui import formats
from ui.bars import metric_names
from ui.i18n import _

MUCH, SOME = 0.7, 0.4
"""Spearman's rho from which an order is much, or somewhat, like another (Schober et al., 2018)."""


def measure_names() -> dict[Measure, str]:
    parts = metric_names()
    return {
        Measure.FINAL: _("AIM score"),
        Measure.CLIP: parts["clip"],
        Measure.CAPTION: parts["caption"],
        Measure.LPIPS: parts["lpips"],
        Measure.COVERAGE: _("Shows plan"),
    }


def stars_sentence(view: TeamView) -> str:
    found = view.stars[Measure.FINAL]
    if found.spearman is not None:
        return _("By stars, {finding}").format(finding=finding(found))
    if found.variants < MIN_VARIANTS:
        text = _("By stars, no agreement could be shown yet: {count} of {needed} rated variants needed.")
        return text.format(count=found.variants, needed=MIN_VARIANTS)
    return _("By stars, nothing can be told: all variants have the same stars, or the same score.")


def votes_sentence(view: TeamView) -> str:
    found = view.votes[Measure.FINAL]
    if found.spearman is not None:
        return _("By blind votes, {finding}").format(finding=finding(found))
    if found.variants < MIN_VARIANTS:
        text = _(
            "By blind votes, no agreement could be shown yet: {count} of {needed} voted variants needed."
        )
        return text.format(count=found.variants, needed=MIN_VARIANTS)
    return _("By blind votes, nothing can be told: all variants are as strong, or have the same score.")


def finding(found: Correlation) -> str:
    """Of a correlation with figures; follows "By stars, "."""
    rho = found.spearman or Interval(0.0, 0.0, 0.0)
    if not found.shown:
        return _("no agreement could be shown: {count} variants leave it open either way.").format(
            count=formats.number(found.variants)
        )
    if rho.value < 0:
        return _("AIM's order runs against your team's.")
    if rho.value >= MUCH:
        return _("AIM's order is much like your team's.")
    if rho.value >= SOME:
        return _("AIM's order is somewhat like your team's.")
    return _("AIM's order is a little like your team's.")


def interval(found: Interval | None) -> str:
    """ "0.62 (0.31 to 0.80)"."""
    if found is None:
        return formats.DASH
    return _("{value} ({low} to {high})").format(
        value=f"{found.value:.2f}", low=f"{found.low:.2f}", high=f"{found.high:.2f}"
    )


def suggestion_sentence(found: Suggestion) -> str:
    if found.better:
        text = _("These weights foretell your team's votes better: {share} of votes they had not seen, where "
                 "the default has {default}.")  # fmt: skip
    else:
        text = _("No other weights could be shown to follow your team's votes better than the default: the "
                 "best found tell {share} of votes they had not seen, the default {default}. Keep the "
                 "default.")  # fmt: skip
    return text.format(share=formats.percent(found.right), default=formats.percent(found.default_right))


def gain(found: Suggestion) -> str:
    """How sure the gain is, for those who ask."""
    text = _("Fitted on {votes} blind votes, each part's weight 0 or more, and tried on votes that were left "
             "out ({folds} folds, whole sessions together where there are enough). There the log-likelihood "
             "of a vote changes by {gain} (95% interval {low} to {high}) against the default; better means "
             "that all of the interval is above 0.")  # fmt: skip
    return text.format(
        votes=formats.number(found.votes),
        folds=FOLDS,
        gain=f"{found.gain:+.3f}",
        low=f"{found.gain_low:+.3f}",
        high=f"{found.gain_high:+.3f}",
    )
