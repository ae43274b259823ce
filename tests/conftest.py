"""What every test may use: a studio home of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services import database
from services.settings import get_settings


def _forget() -> None:
    database.reset_database()
    get_settings.cache_clear()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty AIM_STUDIO_HOME, no worker process, nothing cached from other tests."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AIM_STUDIO_HOME", str(folder))
    monkeypatch.setenv("AIM_STUDIO_WORKER", "none")
    monkeypatch.delenv("AIM_STUDIO_DATABASE_URL", raising=False)
    _forget()
    yield folder
    _forget()
