"""How far a long command is, on standard error: a line for each tenth."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


def teller(arguments: argparse.Namespace, done: str) -> Callable[[float], None]:
    """Tells shares of 0..1 as "40 % `done`"; nothing with --json, which scripts read."""
    shown = -1

    def tell(share: float) -> None:
        nonlocal shown
        if not arguments.json and int(share * 10) > shown:
            shown = int(share * 10)
            print(f"{share:4.0%} {done}", file=sys.stderr)

    return tell
