"""What a run does, in words: one sentence for now, one for when it goes wrong."""

from __future__ import annotations

from collections.abc import Sequence

from services.jobs.views import PauseReason, RunState, StepView
from services.messages import N_, Message

_NOW = {
    "plan": N_("Reading the brief and planning what to look for."),
    "retrieve": N_("Looking for references."),
    "condition": N_("Deciding what goes into each variant."),
    "generate": N_("Making variant {number} of {total}."),
    "score": N_("Scoring the variants."),
    "explain": N_("Checking what each picture shows."),
    "heatmap": N_("Drawing where in the picture the text is found."),
    "ingest": N_("Adding pictures to the library."),
    "reindex": N_("Preparing the library's pictures for this model."),
    "import_index": N_("Importing the index into the library."),
    "attach": N_("Attaching pictures to their names."),
    "dedupe": N_("Looking for pictures that the library holds twice."),
    "search": N_("Searching the library."),
    "coverage": N_("Checking what the library has for each part."),
    "map": N_("Drawing the map of the library."),
    "map_texts": N_("Finding the texts' places on the map."),
    "recaption": N_("Reading the new captions."),
    "check_files": N_("Looking at every file of the library."),
    "download": N_("Downloading. What arrives is kept."),
    "export": N_("Packing the pictures."),
    "backup": N_("Writing the backup. You can go on working."),
    "preview": N_("Fitting the picture to its placements."),
    "experiment_plan": N_("Planning what to look for, once for each brief."),
    "experiment_cell": N_("Making and scoring part {number} of {total} of the experiment."),
}
_COUNTED = ("generate", "experiment_cell")
"""Of these the sentence says which of how many is at work."""

_PAUSED = {
    PauseReason.USER: N_("Paused. What was finished is kept."),
    PauseReason.DISK: N_(
        "Paused: the disk is full. What was finished is kept. Free some space; it then goes on by itself."
    ),
}
_FAULT = {
    "plan": N_("Something went wrong while planning ({type}). Your work is kept; try again."),
    "retrieve": N_(
        "Something went wrong while looking for references ({type}). Your work is kept; try again."
    ),
    "condition": N_(
        "Something went wrong while preparing the variants ({type}). Your work is kept; try again."
    ),
    "generate": N_("Something went wrong while making a variant ({type}). Your work is kept; try again."),
    "score": N_("Something went wrong while scoring ({type}). Your work is kept; try again."),
    "explain": N_(
        "Something went wrong while checking what is shown ({type}). The scores are kept; try again."
    ),
    "heatmap": N_("Something went wrong while drawing the heatmap ({type}). Your work is kept; try again."),
    "ingest": N_("Something went wrong while adding pictures ({type}). Your work is kept; try again."),
    "reindex": N_(
        "Something went wrong while preparing the library ({type}). What is prepared is kept; try again."
    ),
    "import_index": N_("Something went wrong while importing ({type}). What is imported is kept; try again."),
    "attach": N_("Something went wrong while attaching ({type}). What is attached is kept; try again."),
    "dedupe": N_(
        "Something went wrong while looking for duplicates ({type}). What was marked is kept; try again."
    ),
    "search": N_("Something went wrong while searching ({type}). Try again."),
    "coverage": N_("Something went wrong while checking the library ({type}). Try again."),
    "map": N_("Something went wrong while drawing the map ({type}). Try again."),
    "map_texts": N_("Something went wrong while finding the texts' places ({type}). Try again."),
    "recaption": N_("Something went wrong while reading the captions ({type}). They are saved; try again."),
    "check_files": N_("Something went wrong while looking at the files ({type}). Nothing was changed."),
    "download": N_("Something went wrong while downloading ({type}). What came so far is kept; resume it."),
    "export": N_("Something went wrong while packing the pictures ({type}). Your work is kept; try again."),
    "backup": N_("Something went wrong while writing the backup ({type}). Your work is kept; try again."),
    "preview": N_("Something went wrong while fitting the picture ({type}). Your work is kept; try again."),
    "experiment_plan": N_("Something went wrong while planning ({type}). Your work is kept; try again."),
    "experiment_cell": N_(
        "Something went wrong in the experiment ({type}). What is finished is kept; try again."
    ),
}


def sentence(
    state: RunState,
    steps: Sequence[StepView],
    cancel_requested: bool = False,
    pause: PauseReason | None = None,
) -> Message:
    """What happens now in a run of these steps."""
    at_work = any(step.state is RunState.RUNNING for step in steps)
    if pause is not None and not cancel_requested:
        return Message(N_("Pausing after what is being done now.") if at_work else _PAUSED[pause])
    if state is RunState.QUEUED:
        return Message(N_("Waiting to start."))
    if state is RunState.DONE:
        return Message(N_("Done."))
    if state is RunState.FAILED:
        return Message(N_("Stopped by a fault. What was finished is kept."))
    if state is RunState.CANCELLED:
        return Message(N_("Stopped. What was finished is kept."))
    if cancel_requested:
        return Message(N_("Stopping after what is being done now."))
    return _doing(steps)


def _doing(steps: Sequence[StepView]) -> Message:
    current = next((s for s in steps if s.state is RunState.RUNNING), None)
    current = current or next((s for s in steps if s.state is RunState.QUEUED), None)
    if current is None or current.kind not in _NOW:
        return Message(N_("Working."))
    if current.kind not in _COUNTED:
        return Message(_NOW[current.kind])
    alike = [s for s in steps if s.kind == current.kind]
    number = next(i for i, s in enumerate(alike, start=1) if s is current)
    return Message(_NOW[current.kind], {"number": number, "total": len(alike)})


def fault(kind: str, error: BaseException) -> Message:
    """For an error that has no sentence of its own; the log has the rest."""
    template = _FAULT.get(kind, N_("Something went wrong ({type}). Your work is kept; try again."))
    return Message(template, {"type": type(error).__name__})


def worker_lost(times: int) -> Message:
    """For a step that took its worker down again and again."""
    return Message(
        N_("The worker was stopped {times} times during this step, so it was given up. Your work is kept."),
        {"times": times},
    )
