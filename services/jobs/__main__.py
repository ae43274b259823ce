"""`python -m services.jobs`: the worker of this studio home. One lives at a time; a second one leaves."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from services.jobs.process import serve
from services.jobs.worker import Handler


def _handlers() -> Mapping[str, Handler]:
    from services.jobs.steps import handlers

    return handlers()


def _warm_up() -> None:
    from services.jobs.steps import warm_up

    warm_up()


if __name__ == "__main__":
    sys.exit(serve(_handlers, _warm_up))
