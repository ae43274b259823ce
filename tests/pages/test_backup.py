"""Settings, "Your data": a backup made at a click; lost pictures said and made again."""

from __future__ import annotations

import tarfile

import pytest

from services import sessions
from services.backup import kept
from services.errors import NotAllowed, NotFound
from services.jobs import queue
from services.jobs.slot import DOWNLOADS_SLOT
from services.jobs.steps import handlers
from services.jobs.views import BESIDE
from services.jobs.worker import Worker
from services.people import Person, Role, act_as
from services.settings import get_settings
from services.storage.health import look
from services.storage.images import get_store
from tests.pages import seeds
from tests.pages.conftest import Open, words
from tests.pages.test_studio import press

SETTINGS, SESSIONS = "pages/settings.py", "pages/sessions.py"


def write_backups() -> None:
    """As the worker's thread for what takes long does."""
    Worker(handlers(), slot=DOWNLOADS_SLOT, only=BESIDE).run_until_idle()


def test_a_backup_at_a_click(open_page: Open) -> None:
    seeds.session(variants=2)
    app = open_page(SETTINGS)
    assert "No backup was made here yet." in words(app)
    app = press(app, "Back up now")
    assert "Back up now" not in [b.label for b in app.main.button]  # one at a time
    write_backups()
    app.run()
    [backup] = kept.backups()
    assert backup.name[11:19] in words(app)  # its day
    assert "Last backup" in words(app)
    assert [b.label for b in app.get("download_button")] == ["Download"]
    with kept.open_backup(backup.name) as file, tarfile.open(fileobj=file) as tar:
        assert "manifest.json" in tar.getnames()


def test_three_are_kept_and_a_name_is_no_path(home: object) -> None:
    folder = get_settings().home / "backups"
    folder.mkdir(parents=True)
    for second in range(3):
        (folder / f"aim-studio-20250101-00000{second}.tar").write_bytes(b"")
    kept.start_backup(images=False)
    write_backups()
    names = [backup.name for backup in kept.backups()]
    assert len(names) == kept.KEPT
    assert names[1:] == ["aim-studio-20250101-000002.tar", "aim-studio-20250101-000001.tar"]
    for name in ("../settings.json", "aim-studio-20250101-000000.tar", "/etc/passwd"):
        with pytest.raises(NotFound):
            kept.open_backup(name)


def test_only_administrators_may_back_up(home: object) -> None:
    with act_as(Person("p", "Kim", Role.CREATOR)):
        for ask in (kept.backups, kept.start_backup, lambda: kept.open_backup("x")):
            with pytest.raises(NotAllowed):
                ask()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_lost_picture_is_said_and_can_be_made_again(open_page: Open, lang: str) -> None:
    session_id = seeds.session(variants=3)
    gone, rotten, _whole = sessions.load(session_id).variants
    get_store().remove([gone.sha256])
    path = get_store().path(rotten.sha256)
    path.write_bytes(path.read_bytes()[:-40] + b"x" * 40)
    found = look()
    assert (found.missing, found.damaged) == ((gone.sha256,), (rotten.sha256,))
    app = open_page(SESSIONS, s=session_id, lang=lang)
    said = {"en": "2 pictures are missing or were damaged", "ko": "이미지 2장이 없거나"}[lang]
    assert said in words(app)
    app.button(key="lost_again").click().run()
    [run] = queue.active()
    assert len(run.payload["recipes"]) == 2
