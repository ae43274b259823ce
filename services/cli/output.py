"""How documents look on a terminal: aligned columns, rounded figures. JSON keeps them exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Document = dict[str, Any]


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """`rows` as text columns. `columns` maps a row's key to its heading, in order."""
    if not rows:
        return "(none)"
    cells = [[_cell(row.get(key)) for key in columns] for row in rows]
    widths = [max(len(line[i]) for line in [list(columns.values()), *cells]) for i in range(len(columns))]
    lines = [list(columns.values()), ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value)
