"""Progress and cancellation of a scoring, as shares of equal passes."""

from __future__ import annotations

from collections.abc import Callable

from services.aim.batches import Tick
from services.errors import Cancelled
from services.messages import N_
from services.parts import Progress


class PassProgress:
    """Turns "so many more inputs of this pass are done" into a share of the whole, 0..1, never falling."""

    def __init__(self, passes: int, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._passes = passes
        self._started = 0
        self._told = 0.0
        self._progress = progress
        self._cancelled = cancelled

    def next_pass(self, inputs: int) -> Tick:
        """Start the next pass over `inputs` inputs. May raise Cancelled, here and in its ticks."""
        before = self._started / self._passes
        self._started += 1
        self._report(before)
        done = 0

        def tick(more: int) -> None:
            nonlocal done
            done = min(done + more, inputs)
            self._report(before + done / inputs / self._passes)

        return tick

    def finish(self) -> None:
        self._report(1.0)

    def _report(self, share: float) -> None:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled(N_("Scoring was stopped. What is scored already stays."))
        if self._progress is not None:
            self._told = max(self._told, share)  # sums of shares round: a bar must not step back
            self._progress(self._told)
