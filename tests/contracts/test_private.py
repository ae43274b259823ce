"""Nothing private can lie where the server hands it to anybody."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

from services.settings import get_settings

ROOT = Path(__file__).resolve().parents[2]


def test_the_server_serves_no_folder() -> None:
    server = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["server"]
    assert server["enableStaticServing"] is False
    assert server["address"] == "127.0.0.1"
    assert not (ROOT / "static").exists()  # the folder that Streamlit would serve
    assert ROOT / "static" not in get_settings().images_dir.resolve().parents


def test_secrets_stay_out_of_the_repository() -> None:
    for name in (".streamlit/secrets.toml", ".env", "data/studio.db"):
        ignored = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        assert ignored.returncode == 0, f"{name} is not ignored"
