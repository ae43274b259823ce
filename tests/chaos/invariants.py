"""What must hold after every kill, read beside the studio: by SQL and from the disk, not by its own code."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text


@dataclass
class Findings:
    """`lost` and `doubled` count variants; `broken` are sentences, one for each invariant that failed."""

    found: int = 0
    lost: int = 0
    doubled: int = 0
    broken: list[str] = field(default_factory=list)


class Invariants:
    """Checks one studio again and again; remembers which variants it has seen, and which files."""

    def __init__(self, url: str, store: Path) -> None:
        self._engine = create_engine(url, poolclass=NullPool)
        self._store = store
        self._seen: set[tuple[str, str]] = set()
        self._verified: set[str] = set()

    def check(self, sessions: list[str], runs: list[str], all_files: bool = False) -> Findings:
        """`sessions` and `runs` are ids that the studio was told are saved.

        A file is read once, unless `all_files` are to be read again.
        """
        if all_files:
            self._verified.clear()
        findings = Findings()
        with self._engine.connect() as connection:
            if self._engine.dialect.name == "sqlite":
                word = connection.execute(text("PRAGMA integrity_check")).scalar()
                if word != "ok":
                    findings.broken.append(f"integrity_check: {word}")
            for table, acknowledged in (("sessions", sessions), ("runs", runs)):
                present = set(connection.execute(text(f"SELECT id FROM {table}")).scalars())
                if missing := set(acknowledged) - present:
                    findings.broken.append(f"{len(missing)} acknowledged rows of {table} are gone")
            rows = connection.execute(text("SELECT session_id, recipe_sha256, sha256 FROM variants")).all()
        self._variants([(row[0], row[1], row[2]) for row in rows], findings)
        self._files({row[2] for row in rows}, findings)
        return findings

    def done(self, sessions: list[str]) -> bool:
        """Whether every run has ended well, and each of `sessions` has one."""
        with self._engine.connect() as connection:
            left = connection.execute(text("SELECT count(*) FROM runs WHERE state <> 'done'")).scalar()
            run = set(connection.execute(text("SELECT session_id FROM runs")).scalars())
            return left == 0 and run.issuperset(sessions)

    def _variants(self, rows: list[tuple[str, str, str]], findings: Findings) -> None:
        made = Counter((session, recipe) for session, recipe, _ in rows)
        pictures = Counter((session, picture) for session, _, picture in rows)
        findings.found = len(rows)
        findings.lost = len(self._seen - set(made))
        findings.doubled = sum(n - 1 for n in made.values()) + sum(n - 1 for n in pictures.values())
        self._seen |= set(made)

    def _files(self, needed: set[str], findings: Findings) -> None:
        """Every stored file is what its name says; every variant has its file."""
        files = {path.name: path for path in self._store.glob("sha256/??/[0-9a-f]*") if len(path.name) == 64}
        for name in files.keys() - self._verified:
            if hashlib.sha256(files[name].read_bytes()).hexdigest() != name:
                findings.broken.append(f"the file {name[:12]} is not what its name says")
            else:
                self._verified.add(name)
        if missing := needed - files.keys():
            findings.broken.append(f"{len(missing)} variants have no file")
