"""Studio: from a brief to ranked variants, in four steps on one page."""

from __future__ import annotations

import streamlit as st

from services.jobs.queue import RunState
from services.people import Role
from ui import studio_state as state
from ui.brand_check import brand_check
from ui.brief_form import brief_form
from ui.brief_summary import brief_summary
from ui.generation_notices import generation_notices
from ui.generation_options import generation_options
from ui.guard import guard
from ui.i18n import _
from ui.job_progress import run_panel
from ui.layout import page_head
from ui.library_spaces import prepare_for
from ui.navigation import STUDIO, go, through_home
from ui.plan_editor import plan_editor, plan_summary
from ui.recreate import recreate_entry
from ui.references import references, references_summary
from ui.score_table import how_scored
from ui.sign_in_page import only_for
from ui.steps import Flow, Step, follow, outdated, step
from ui.studio_state import move
from ui.text import plain
from ui.variants import variant_grid, variants_summary


def brief_step(flow: Flow) -> None:
    view = flow.view
    with step(Step.BRIEF, flow, brief_summary(view), ready=True, done=view is not None) as shown:
        if shown:
            parts = view.parts if view else None
            brief_form(flow.key, view.brief if view else None, view.campaign if view else None, parts)
            label = _("Plan again") if view and view.plan else _("Plan")
            move(flow, Step.BRIEF, label, lambda: state.submit_brief(flow))


def plan_step(flow: Flow) -> None:
    view, run = flow.view, flow.run_in(Step.PLAN)
    plan = view.plan if view else None
    with step(Step.PLAN, flow, plan_summary(plan), bool(plan or run), done=bool(plan)) as shown:
        if shown and run:
            run_panel(run)
        if shown and view and plan and not (run and flow.running):
            outdated(flow, Step.PLAN)
            plan_editor(view, plan)
            label = _("Find references again") if view.conditions else _("Find references")
            if not prepare_for(view, Step.PLAN):
                move(flow, Step.PLAN, label, lambda: state.find_references(view.id))


def references_step(flow: Flow) -> None:
    view, run = flow.view, flow.run_in(Step.REFERENCES)
    found = bool(view and view.conditions)
    with step(Step.REFERENCES, flow, references_summary(view), found or bool(run), done=found) as shown:
        if shown and run:
            run_panel(run)
        if shown and view and run and not found and not flow.running:
            prepare_for(view, Step.REFERENCES)
        if shown and view and found and not (run and flow.running):
            outdated(flow, Step.REFERENCES)
            references(view)
            generation_options(view)
            label = _("Generate again") if view.variants else _("Generate")
            move(flow, Step.REFERENCES, label, lambda: state.generate(view.id))


def variants_step(flow: Flow) -> None:
    view, run = flow.view, flow.run_in(Step.VARIANTS)
    made = bool(view and view.variants)
    with step(Step.VARIANTS, flow, variants_summary(view), made or bool(run), done=made) as shown:
        if shown and run and view:
            run_panel(run, view.id)
        if shown and view and made and not (run and run.state in (RunState.QUEUED, RunState.RUNNING)):
            outdated(flow, Step.VARIANTS)
            generation_notices(view.id)
            brand_check(view)
            variant_grid(view)
            how_scored(view.variants)


through_home()
with guard():
    only_for(Role.CREATOR)
    flow = state.keep_draft(state.current_flow())
    follow(flow)
    title = plain(flow.view.brief.topic) if flow.view else _("New brief")
    lead = (
        "" if flow.view else _("Say what the product is and drop its photos. The rest is four short steps.")
    )
    with page_head(title, lead):
        if flow.view and st.button(_("New brief"), icon=":material/add:"):
            go(STUDIO)
        if not flow.view:
            recreate_entry()
    brief_step(flow)
    plan_step(flow)
    references_step(flow)
    variants_step(flow)
