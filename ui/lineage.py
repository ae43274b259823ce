"""How the variants came about, as a picture: a click on a variant, or the box above it, lights its path.

The address keeps the choice (?path=VARIANT). The same path stands in words below: for those who do not
see the picture, and for the exact shares.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from services.domain import ConditionKind, Variant
from services.sessions import SessionView
from ui import address, formats
from ui.i18n import _, ngettext
from ui.lineage_graph import GIVEN, PARTS, SHOWN, Graph, graph_of
from ui.lineage_svg import svg
from ui.mixture import kind_names

PATH_PARAM = "path"

_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.lineage');
  root.innerHTML = data.svg;
  const light = (id) => {
    for (const each of root.querySelectorAll('[data-of]'))
      each.classList.toggle('lit', each.dataset.of.split(' ').includes(id));
    for (const each of root.querySelectorAll('[data-variant]'))
      each.setAttribute('aria-pressed', String(each.dataset.variant === id));
  };
  for (const each of root.querySelectorAll('[data-variant]')) {
    const choose = () => { light(each.dataset.variant); setTriggerValue('lit', each.dataset.variant); };
    each.onclick = choose;
    each.onkeydown = (event) => {
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(); }
    };
  }
}
"""
_CSS = """
.lineage { overflow-x: auto; color: var(--st-text-color); font: 13.5px/1.25 var(--st-font, sans-serif); }
.lineage svg { width: 100%; height: auto; display: block; }
.head { fill: currentColor; font-size: 13.5px; font-weight: 600; }
.link { opacity: .2; transition: opacity 160ms; }
.link.lit { opacity: .9; }
.card { fill: var(--st-background-color); stroke: var(--st-border-color); transition: stroke 160ms; }
.node.lit .card { stroke: var(--st-gray-color); stroke-width: 1.5; }
.node:not(.lit) image { opacity: .45; }
.node:not(.lit) .words { opacity: .8; }
.blank { fill: var(--st-secondary-background-color); }
.words { height: 52px; display: flex; flex-direction: column; justify-content: center; overflow: hidden; }
.words span { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden;
  overflow-wrap: anywhere; }
.words small { font-size: 12px; font-weight: 600; font-variant-numeric: tabular-nums; }
.press { cursor: pointer; outline: none; }
.press:hover .card { fill: var(--st-secondary-background-color); }
.press.lit .card { stroke: var(--st-primary-color); stroke-width: 2; }
.press:focus-visible .card { stroke: var(--st-primary-color); stroke-width: 3; }
"""
_component = st.components.v2.component(
    "aim_studio_lineage", html='<div class="lineage"></div>', css=_CSS, js=_JS
)


def lineage(view: SessionView) -> None:
    """The picture, with the best variant's path lit until another is chosen."""
    st.header(_("From the brief to the variants"), anchor=False)
    titles = {v.id: _title(v) for v in view.variants}
    chosen = address.choice(
        _("Light the path of"), PATH_PARAM, {str(i): title for i, title in titles.items()}, 260
    )
    graph = graph_of(view, int(chosen), kind_names())
    st.caption(_("Click a variant to light what it was made from. Thicker lines carry more weight."))
    if len(view.variants) > SHOWN:
        text = _("The best {shown} of {count} variants are drawn; the box above has them all.")
        st.caption(text.format(shown=SHOWN, count=formats.number(len(view.variants))))
    key = f"lineage_{view.id}"
    _component(key=key, data={"svg": svg(graph, titles)}, on_lit_change=lambda: _light(key))
    with st.expander(_("In words"), type="compact", icon=":material/notes:"):
        st.html(in_words(graph, titles[graph.lit]))


def _light(key: str) -> None:
    """A click in the picture, into the address."""
    lit = st.session_state[key].get("lit")
    if lit:
        st.query_params[PATH_PARAM] = str(lit)


def _title(variant: Variant) -> str:
    name = _("Variant {number}").format(number=variant.index + 1)
    final = variant.score.final if variant.score else None
    return name if final is None else f"{name} · {formats.score(final)}"


def in_words(graph: Graph, title: str) -> str:
    """The lit path as an ordered list, HTML."""
    path = graph.path()
    parts = [n for n in path if n.column == PARTS]
    lines = [_("The brief: {topic}").format(topic=graph.nodes["brief"].label)]
    if parts:
        named = "; ".join(f"{n.label} ({formats.percent(n.share)})" for n in parts)
        text = ngettext("{count} part of the plan: {parts}", "{count} parts of the plan: {parts}", len(parts))
        lines.append(text.format(count=len(parts), parts=named))
    for kind in ConditionKind:
        given = [n for n in path if n.column == GIVEN and n.kind is kind]
        if given:
            named = "; ".join(f"{n.label} ({formats.percent(n.share)})" for n in given)
            lines.append(f"{kind_names()[kind]}: {named}")
    items = "".join(f"<li>{escape(line)}</li>" for line in [*lines, title])
    return f'<ol class="lineage-words">{items}</ol>'
