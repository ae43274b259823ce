"""How much the studio's folder holds, for reading."""

from __future__ import annotations

import shutil
from pathlib import Path

from services.quotas import used_bytes
from ui import formats


def disk_use(home: Path) -> dict[str, str]:
    """{used, free} as texts such as "1.2 GB"."""
    return {"used": formats.size(used_bytes()), "free": formats.size(shutil.disk_usage(home).free)}
