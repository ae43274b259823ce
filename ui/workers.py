"""The worker beside the studio: started with the first page, watched from the sidebar."""

from __future__ import annotations

from services.engines import refresh
from services.jobs.supervisor import WorkerState, ensure_worker
from ui.i18n import _


def keep_working() -> WorkerState:
    """Start a worker unless one lives, and return its state. Costs nothing when asked again soon.

    Also reads the settings anew where another page changed them.
    """
    refresh()
    return ensure_worker()


def worker_line(state: WorkerState) -> str:
    """The worker's state as one line of Markdown."""
    lines = {
        WorkerState.READY: f":green[:material/check_circle:] {_('Ready to work')}",
        WorkerState.BUSY: f":green[:material/bolt:] {_('At work')}",
        WorkerState.STARTING: f":orange[:material/hourglass_top:] {_('Getting ready')}",
        WorkerState.WARMING: f":orange[:material/hourglass_top:] {_('Loading its models')}",
        WorkerState.DOWN: f":red[:material/error:] {_('Worker does not start; see Settings')}",
        WorkerState.AWAY: f":red[:material/cloud_off:] {_('Queue unavailable; what waits is kept')}",
        WorkerState.OFF: f":orange[:material/pause_circle:] {_('Worker is not running')}",
    }
    return lines[state]
