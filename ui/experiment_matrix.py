"""The variants side by side: strategies across, seeds down, for one brief; and a critique's rounds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from services.experiments.presets import Preset
from services.experiments.records import Experiment
from services.experiments.rows import Result
from ui import address, formats
from ui.bars import metric_names
from ui.charts import open_variant
from ui.coverage import ticks_html
from ui.evaluate_tap import tap
from ui.experiment_words import colours, title, written
from ui.i18n import _, tr
from ui.images import picture, prefetch
from ui.text import short
from ui.theme import METRIC_COLOURS

BRIEF = "b"
SHOWN = 6
"""Seeds at first; a click shows as many more."""

PRESSED = "experiment_variant_pressed"
"""Of a cell: its variant and session, until the page may be left."""


def matrix(experiment: Experiment, results: Sequence[Result]) -> None:
    """Each cell opens its variant; its score is told beside the baseline's of the same seed."""
    spec = experiment.spec
    brief = chosen_brief(experiment)
    mine = [result for result in results if result.row.brief == spec.briefs[brief].name]
    last = {(r.row.strategy, r.row.seed): r for r in mine if r.row.last}
    made = {(r.row.strategy, r.row.seed): r for r in mine}
    shown = made | last  # while a cell is at work its unfinished round is all there is
    presets = [spec.strategies[place] for place in spec.order]
    prefetch(result.row.sha256 for result in shown.values())
    _legend()
    _head(presets, colours(spec), mine)
    seeds = st.session_state.setdefault(f"experiment_seeds_{experiment.id}", SHOWN)
    for seed in range(min(spec.seeds, seeds)):
        st.html(f'<div class="seed">{escape(_("Seed {number}").format(number=seed + 1))}</div>')
        for column, preset in zip(st.columns(len(presets), gap="small"), presets, strict=True):
            with column:
                base = shown.get((spec.baseline, seed)) if preset.key != spec.baseline else None
                cell(shown.get((preset.key, seed)), title(preset), base, _rounds(mine, preset.key, seed))
    if spec.seeds > seeds:
        st.button(
            _("Show more"), icon=":material/expand_more:", type="tertiary", key="experiment_more_seeds",
            on_click=_more, args=(f"experiment_seeds_{experiment.id}",),
        )  # fmt: skip
    _critique(presets, mine, spec.seeds)


def chosen_brief(experiment: Experiment) -> int:
    """Which brief is looked at; the address says which."""
    briefs = experiment.spec.briefs
    if len(briefs) == 1:
        return 0
    names = {str(place): short(brief.name, 40) for place, brief in enumerate(briefs)}
    pick = address.segments if len(briefs) <= 5 else address.choice
    return int(pick(_("Brief"), BRIEF, names))


def cell(
    result: Result | None, strategy: str, base: Result | None = None, rounds: Sequence[Result] = ()
) -> None:
    """One variant: its picture, its score, three bars, what it shows of the plan, product likeness."""
    if result is None:
        st.html(f'<div class="tile-quiet">{escape(_("not made yet"))}</div>')
        return
    row = result.row
    words = _("Open {variant}").format(
        variant=f"{strategy}, {_('Seed {number}').format(number=row.seed + 1)}"
    )
    tap(row.sha256, words, words, f"cell_{row.variant_id}", _open, row.variant_id, row.session_id)
    st.html(f'<div class="cell">{_top(result, base)}{_bars(result)}{_beside(result)}{_steps(rounds)}</div>')


def _open(variant_id: int, session_id: str) -> None:
    st.session_state[PRESSED] = (variant_id, session_id)


def follow_click() -> None:
    """A page cannot be left from a callback: what was pressed is opened here."""
    if PRESSED in st.session_state:
        variant_id, session_id = st.session_state.pop(PRESSED)
        open_variant(variant_id, session_id, "studio")


def _more(key: str) -> None:
    st.session_state[key] += SHOWN


def _legend() -> None:
    keys = "".join(
        f'<span class="share-key"><i style="background:{METRIC_COLOURS[key]}"></i>{escape(name)}</span>'
        for key, name in metric_names().items()
    )
    st.html(f'<div class="share-legend">{keys}</div>')


def _head(presets: Sequence[Preset], paint: dict[str, str], mine: Sequence[Result]) -> None:
    for column, preset in zip(st.columns(len(presets), gap="small"), presets, strict=True):
        finals = [
            r.row.final
            for r in mine
            if r.row.strategy == preset.key and r.row.last and r.row.final is not None
        ]
        mean = sum(finals) / len(finals) if finals else None
        told = _("mean {score}").format(score=written("final", mean))
        with column:
            st.html(
                f'<div class="lane" style="--lane:{paint[preset.key]}"><b>{escape(title(preset))}</b>'
                f"<small>{escape(told)}</small></div>"
            )


def _top(result: Result, base: Result | None) -> str:
    row = result.row
    if row.final is None:
        why = _why(result)
        said = _("Left out: {why}").format(why=why) if why else _("Left out: not scored")
        return f'<span class="none">{escape(said)}</span>'
    beside = ""
    if base is not None and base.row.final is not None and base.row.scorer == row.scorer:
        gain = row.final - base.row.final
        look = "up" if gain > 0.5 else "down" if gain < -0.5 else ""
        hover = escape(_("Against the baseline's picture of the same seed"))
        beside = f'<span class="{look}" title="{hover}">{written("final", gain, signed=True)}</span>'
    hover = escape(_("Score of 0 to 100. Exactly {exact}.").format(exact=formats.exact(row.final)))
    return f'<span class="top" title="{hover}"><b>{formats.score(row.final)}</b>{beside}</span>'


def _why(result: Result) -> str:
    """Why it has no score, in the reader's language."""
    score = result.score
    reasons = (score.clip.reason, score.caption.reason, score.lpips.reason) if score else ()
    return next((tr(reason) for reason in reasons if reason is not None), "")


def _bars(result: Result) -> str:
    if result.score is None:
        return ""
    lines = ""
    for key, name in metric_names().items():
        value = getattr(result.row, key)
        spoken = escape(f"{name}: {written(key, value)}")
        fill = f"width:{(value or 0):.1%};background:{METRIC_COLOURS[key]}"
        figure = formats.DASH if value is None else f"{value * 100:.0f}"
        lines += (
            f'<span class="bar-track" title="{spoken}" role="img" aria-label="{spoken}">'
            f'<span style="{fill}"></span></span><b aria-hidden="true">{figure}</b>'
        )
    return f'<div class="mini">{lines}</div>'


def _beside(result: Result) -> str:
    said = ticks_html(result.coverage)
    if result.row.fidelity is not None:
        words = _("Likeness to the product: {figure}").format(figure=formats.similarity(result.row.fidelity))
        said += f'<div class="ticks"><small>{escape(words)}</small></div>'
    return said


# --- rounds of a critique -----------------------------------------------------------------------


def _rounds(mine: Sequence[Result], strategy: str, seed: int) -> list[Result]:
    """Of one variant from the draft on; () where there is the draft alone."""
    found = [r for r in mine if (r.row.strategy, r.row.seed) == (strategy, seed)]
    return sorted(found, key=lambda r: r.row.round) if len(found) > 1 else []


def _steps(rounds: Sequence[Result]) -> str:
    if not rounds:
        return ""
    scores = " → ".join(formats.score(r.row.final) for r in rounds)
    return f'<span class="rounds">{escape(_("Rounds: {scores}").format(scores=scores))}</span>'


def _critique(presets: Sequence[Preset], mine: Sequence[Result], seeds: int) -> None:
    """Each strategy that made its draft again, round beside round."""
    for preset in presets:
        rows = [found for seed in range(seeds) if (found := _rounds(mine, preset.key, seed))]
        if not rows:
            continue
        label = _("{strategy}, round by round").format(strategy=title(preset))
        with st.expander(label, icon=":material/conversion_path:", on_change="rerun",
                         key=f"rounds_{preset.key}") as box:  # fmt: skip
            if not box.open:
                continue
            most = max(len(found) for found in rows)
            for found in rows[:SHOWN]:
                for place, column in enumerate(st.columns(max(most, 3), gap="small")):
                    if place < len(found):
                        with column:
                            _round(found[place], title(preset))


def _round(result: Result, strategy: str) -> None:
    number = result.row.round
    name = _("Round {number}").format(number=number) if number else _("Draft")
    st.caption(name)
    if result.row.last:  # it stands in the matrix too: a key of its own here
        picture(result.row.sha256, f"{strategy}, {name}", f"shot_tap_cell_round_{result.row.variant_id}")
        st.html(f'<div class="cell">{_top(result, None)}{_bars(result)}{_beside(result)}</div>')
    else:
        cell(result, f"{strategy}, {name}")
