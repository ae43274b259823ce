"""The kill loop in short, with parts that need no model; `make chaos` does it at length with real ones."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from services.database import ensure_database
from services.settings import get_settings
from tests.chaos.invariants import Invariants

ROOT = Path(__file__).resolve().parents[2]
KILLS = 5


def test_nothing_is_lost_or_doubled_by_kills() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--kills", str(KILLS), "--small", "--seed", "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    figures = {name: int(number) for name, number in re.findall(r"(\w+) (\d+)", done.stdout)}
    assert done.returncode == 0, done.stdout + done.stderr
    assert (figures["kills"], figures["lost"], figures["doubled"]) == (KILLS, 0, 0)
    assert figures["expected"] == figures["found"] > 0


@pytest.fixture
def studio(home: Path, monkeypatch: pytest.MonkeyPatch) -> Invariants:
    monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", "")
    get_settings.cache_clear()
    ensure_database()
    return Invariants(get_settings().resolved_database_url, get_settings().images_dir)


def execute(*statements: str) -> None:
    with closing(sqlite3.connect(get_settings().home / "studio.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def variant(number: int, recipe: str, sha256: str) -> str:
    columns = "id, session_id, position, seed, sha256, width, height, recipe, recipe_sha256, shortlisted"
    values = f"{number}, 's', {number}, 0, '{sha256}', 1, 1, '', '{recipe}', 0"
    return f"INSERT INTO variants ({columns}, created_at) VALUES ({values}, '')"


def test_the_loop_notices_what_it_looks_for(studio: Invariants, home: Path) -> None:
    """A lost row, a doubled picture, a torn and a missing file: each is told."""
    assert studio.check([], []).broken == []
    good = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # SHA-256 of b"abc"
    execute(variant(1, "first", good), variant(2, "second", good))
    findings = studio.check(["gone"], ["gone too"])
    assert findings.doubled == 1
    assert sorted(findings.broken) == [
        "1 acknowledged rows of runs are gone",
        "1 acknowledged rows of sessions are gone",
        "1 variants have no file",
    ]
    folder = home / "images" / "sha256" / good[:2]
    folder.mkdir(parents=True)
    (folder / good).write_bytes(b"abc")
    execute("DELETE FROM variants WHERE id = 2")
    findings = studio.check([], [])
    assert (findings.found, findings.lost, findings.doubled, findings.broken) == (1, 1, 0, [])
    (folder / good).write_bytes(b"ab")
    assert studio.check([], [], all_files=True).broken == [f"the file {good[:12]} is not what its name says"]
