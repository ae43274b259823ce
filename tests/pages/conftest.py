"""Pages run whole, through Home.py, on a home of their own; fake work is done by a real worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

HOME = str(Path(__file__).resolve().parents[2] / "Home.py")
Open = Callable[..., AppTest]


@pytest.fixture
def open_page(home: Path) -> Iterator[Open]:
    """open_page("pages/studio.py", lang="ko", s=ID) -> the page after its first run."""

    def run(page: str = "", **params: str) -> AppTest:
        app = AppTest.from_file(HOME, default_timeout=30)
        if page:
            app.run()
            app.query_params.clear()
            app.switch_page(page)
        for name, value in params.items():
            app.query_params[name] = value
        return app.run()

    st.cache_data.clear()
    yield run
    st.cache_data.clear()


def words(app: AppTest) -> str:
    """All that the page says, as one text."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))
