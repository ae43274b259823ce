"""What integration tests share."""

from __future__ import annotations

import pytest

from tests.integration import kandinsky_studio


@pytest.fixture(scope="session")
def tiny_kandinsky(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny models of both families, saved once a session; the environment that names them."""
    return kandinsky_studio.save_all(tmp_path_factory.mktemp("kandinsky"))
