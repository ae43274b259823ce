"""Pages run whole, through Home.py, on a home of their own; fake work is done by a real worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from services import database
from services.people.signin import SignIn
from services.settings import get_settings
from ui import account

HOME = str(Path(__file__).resolve().parents[2] / "Home.py")
Open = Callable[..., AppTest]


@pytest.fixture
def through_home(monkeypatch: pytest.MonkeyPatch) -> None:
    _remember_navigation(monkeypatch)


def _remember_navigation(patch: pytest.MonkeyPatch) -> None:
    """AppTest forgets at every run that `st.navigation` was called, and a real server does not."""
    start = PagesManager.__init__

    def started(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    patch.setattr(PagesManager, "__init__", started)


@pytest.fixture(scope="session", autouse=True)
def one_scan() -> Iterator[None]:
    """AppTest looks through all installed packages for components, half a second for each page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(scope="session")
def registered(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    """What AppTest learns of the pages by a first run: asked once, no page needs the overview before it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIM_STUDIO_HOME", str(tmp_path_factory.mktemp("first")))
        patch.setenv("AIM_STUDIO_WORKER", "none")
        patch.setattr(account, "read_sign_in", lambda files, port: SignIn())
        _remember_navigation(patch)
        _forget()
        learned: dict[Any, Any] = AppTest.from_file(HOME, default_timeout=60).run()._registered_pages
        _forget()
    return learned


def _forget() -> None:
    database.reset_database()
    get_settings.cache_clear()
    account.sign_in.cache_clear()
    st.cache_data.clear()


@pytest.fixture
def open_page(
    home: Path, through_home: None, registered: dict[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """open_page("pages/studio.py", lang="ko", s=ID) -> the page after its first run."""
    monkeypatch.setattr(
        account, "read_sign_in", lambda files, port: SignIn()
    )  # a developer's own is none of ours
    account.sign_in.cache_clear()

    def run(page: str = "", **params: str) -> AppTest:
        app = AppTest.from_file(HOME, default_timeout=30)
        if page:
            app._registered_pages = registered
            app.switch_page(page)
        for name, value in params.items():
            app.query_params[name] = value
        return app.run()

    st.cache_data.clear()
    yield run
    st.cache_data.clear()
    account.sign_in.cache_clear()


def words(app: AppTest) -> str:
    """All that the page says, as one text."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    said = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join([*said, *(unescape(each.proto.body) for each in app.get("html"))])
