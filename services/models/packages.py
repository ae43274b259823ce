"""Where the lite engine's weights lie: inside installed packages, never on a network.

`find_spec` of a top-level package reads its place without importing it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from services.errors import EngineUnavailable
from services.messages import N_

MISSING = N_("The package {package} is missing. Install it with: pip install -r requirements.txt")


def package_file(module: str, package: str, *parts: str) -> Path:
    """Path of a file or folder inside the package `package`, importable as `module`.

    Raises EngineUnavailable when the package or the file in it is not there.
    """
    spec = find_spec(module)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(root).joinpath(*parts)
        if path.exists():
            return path
    raise EngineUnavailable(MISSING, package=package)


def package_version(package: str) -> str:
    """Installed version of `package`. Raises EngineUnavailable when it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError as error:
        raise EngineUnavailable(MISSING, package=package) from error


@cache
def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read once a process: says which weights made a result."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
