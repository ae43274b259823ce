"""Limits of a shared studio: each refuses in words, before anything is written."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import pytest

from services import inbox, quotas
from services.errors import LimitReached
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.limits import LEAST_FREE_BYTES, UPLOAD_FILES
from services.people import Person, Role, act_as
from services.settings import get_settings

STEP = [StepSpec("plan")]
Disk = namedtuple("Disk", "total used free")


@pytest.fixture
def limits(home: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("AIM_STUDIO_RUNS_PER_PERSON", "2")
    monkeypatch.setenv("AIM_STUDIO_UPLOAD_MB", "0.001")
    get_settings.cache_clear()
    quotas.forget_measure()
    return monkeypatch


def submit(number: int, kind: RunKind = RunKind.LIBRARY) -> str:
    return queue.submit(kind, payload={"number": number}, steps=STEP)


@pytest.mark.both_databases
def test_one_person_waits_for_their_own_runs_and_for_nobody_elses(limits: pytest.MonkeyPatch) -> None:
    ann, ben = Person("ann", "Ann", Role.CREATOR), Person("ben", "Ben", Role.CREATOR)
    with act_as(ann):
        first, _ = submit(1), submit(2)
        with pytest.raises(LimitReached, match="2 runs waiting or at work"):
            submit(3)
        assert submit(1) == first  # a double click is no new run
        submit(4, RunKind.SEARCH)
    with act_as(ben):
        submit(5)
    with act_as(ann):
        queue.cancel(first)
        submit(3)
    assert len(queue.active()) == 3


def test_no_limit_where_it_is_zero(limits: pytest.MonkeyPatch) -> None:
    limits.setenv("AIM_STUDIO_RUNS_PER_PERSON", "0")
    get_settings.cache_clear()
    assert len({submit(number) for number in range(30)}) == 30


def test_an_upload_too_large_or_of_too_many_files_leaves_nothing(
    limits: pytest.MonkeyPatch, home: Path
) -> None:
    with pytest.raises(LimitReached, match="have 1 kB; one upload takes up to 1 kB"):
        inbox.keep([("a.png", b"x" * 600), ("b.png", b"x" * 600)])
    with pytest.raises(LimitReached, match="are too many for one upload"):
        inbox.keep([("a.png", b"")] * (UPLOAD_FILES + 1))
    assert not (home / "inbox").exists()
    assert inbox.read(inbox.keep([("a.png", b"x" * 900)])) == [("a.png", b"x" * 900)]


def test_a_full_disk_begins_nothing_new(limits: pytest.MonkeyPatch) -> None:
    limits.setattr(quotas.shutil, "disk_usage", lambda _path: Disk(10**12, 10**12, LEAST_FREE_BYTES - 1))
    with pytest.raises(LimitReached, match="The disk has less than 256 MB left"):
        submit(1)
    assert queue.active() == []
    submit(2, RunKind.SEARCH)


def test_the_quota_counts_what_the_data_folder_takes(limits: pytest.MonkeyPatch, home: Path) -> None:
    limits.setenv("AIM_STUDIO_DISK_QUOTA_GB", "0.002")
    get_settings.cache_clear()
    home.mkdir(parents=True)
    before = quotas.used_bytes()
    (home / "exports").mkdir()
    (home / "exports" / "a.zip").write_bytes(b"x" * 2_100_000)
    assert quotas.used_bytes() == before, "measured once a minute"
    quotas.forget_measure()
    assert quotas.used_bytes() == before + 2_100_000
    with pytest.raises(LimitReached, match="may use 2 MB of disk"):
        submit(1)
    (home / "exports" / "a.zip").unlink()
    quotas.forget_measure()
    submit(1)
