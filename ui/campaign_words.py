"""Names and figures of the Campaigns page, in the advertiser's words."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from babel import dates, numbers, units

from services.campaign_figures.periods import Level
from services.campaign_figures.settle import EVALUATED
from services.campaign_figures.views import Scale
from services.domain import AimWeights, Strategy
from ui import formats
from ui.i18n import _, language, ngettext

SMALL_COST = 0.01


STRATEGY_ORDER = [*(strategy.value for strategy in Strategy), EVALUATED]
"""From no references to the most careful way of finding them."""


def strategy_name(key: str) -> str:
    if key == EVALUATED:
        return _("Finished pictures")
    return formats.strategy(Strategy(key)) if key in list(Strategy) else key


def engine_name(key: str) -> str:
    return formats.engine(key)


def money(dollars: float) -> str:
    """US dollars; a cost below a cent is said to be one."""
    if 0 < dollars < SMALL_COST:
        return _("under {amount}").format(amount=money(SMALL_COST))
    return str(numbers.format_currency(dollars, "USD", locale=language()))


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, whichever one says: "8 seconds", "17 minutes", "2.4 hours"."""
    for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size or size == 1:
            digits = 1 if seconds < 10 * size and unit != "minute" else 0
            width: Literal["short", "long"] = "short" if language() == "ko" else "long"  # as CLDR has them
            value = round(seconds / size, digits)
            return str(units.format_unit(value, f"duration-{unit}", length=width, locale=language()))
    return formats.DASH


def tokens(count: int) -> str:
    return ngettext("{count} token", "{count} tokens", count).format(count=formats.number(count))


def period(start: dt.date, level: Level) -> str:
    """ "14 Oct 2026", "week of 12 Oct 2026", "October 2026"."""
    if level is Level.MONTH:
        return str(dates.format_skeleton("yMMMM", start, locale=language()))
    day = str(dates.format_date(start, format="medium", locale=language()))
    return _("week of {day}").format(day=day) if level is Level.WEEK else day


def short_period(start: dt.date, level: Level) -> str:
    """As `period`, for an axis: "14 Oct", "Oct 2026"."""
    skeleton = "yMMM" if level is Level.MONTH else "MMMd"
    return str(dates.format_skeleton(skeleton, start, locale=language()))


def day(moment: dt.date) -> str:
    return str(dates.format_date(moment, format="medium", locale=language()))


def weights(value: AimWeights) -> str:
    """The shares of the three parts in the order in which they are shown: "20 : 50 : 30"."""
    return " : ".join(f"{round(share * 100, 1):g}" for share in (value.clip, value.caption, value.lpips))


def scale_name(scale: Scale, others: tuple[Scale, ...]) -> str:
    """What tells the scale from the others: its models when they differ, its weights when they do."""
    name = scorer_name(scale.scorer)
    alike = sorted({other.scorer for other in others if scorer_name(other.scorer) == name})
    if len(alike) > 1:
        name = f"{name} #{alike.index(scale.scorer) + 1}"
    if len({other.weights for other in others}) > 1:
        name = f"{name} · {_('weights {weights}').format(weights=weights(scale.weights))}"
    return f"{name} · {formats.variants(scale.count)}"


def scorer_name(scorer: str) -> str:
    """The engine that a scorer belongs to, in a word; its models where it is neither."""
    if "conse" in scorer.lower():
        return _("Lite models")
    if "clip-vit" in scorer.lower() or "blip2" in scorer.lower():
        return _("Reference models")
    return scorer if len(scorer) <= 40 else f"{scorer[:39]}…"
