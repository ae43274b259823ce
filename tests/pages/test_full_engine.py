"""The full engine from an empty machine to ranked variants, on the command line and in the Studio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from services import sessions, spend
from services.choices import FULL
from services.cli.__main__ import main
from services.domain import ConditionKind
from services.engines import _built, _encoder, _evaluators, _generator, _planner
from services.jobs.steps import handlers
from services.jobs.worker import Worker
from services.models.diffusion import free_diffusion
from services.models.hub import free_models
from services.models.registry import needs
from services.provenance import made_by
from services.settings import get_settings
from tests.chat_server import GOOD, ChatServer
from tests.full_engine import full_engine, save_pictures, save_published
from tests.hub_server import COMMIT, Hub
from tests.pages.conftest import Open, words
from tests.pages.test_studio import photos_of, png, press, primary

TEXT = "A cute dog wearing a yellow hoodie sits on a stylish sofa in a warm and cozy living room."


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return save_published(tmp_path_factory.mktemp("published"))


@pytest.fixture
def machine(
    home: Path, published: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Hub, ChatServer]]:
    """A machine without a weight, beside a hub and a chat server; nothing is loaded yet."""
    _forget()
    with full_engine(published, tmp_path / "cache", monkeypatch) as servers:
        yield servers
    _forget()


def _forget() -> None:
    free_models()
    free_diffusion()
    _built.pop(FULL, None)
    _evaluators.pop("full", None)
    for part in (_planner, _encoder, _generator):
        part.cache_clear()


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    code = main([*arguments, "--json"])
    said = capsys.readouterr()
    assert code == 0, said.err
    document: dict[str, object] = json.loads(said.out)
    return document


def prepared(capsys: pytest.CaptureFixture[str], hub: Hub, folder: Path) -> None:
    """The models downloaded, a library indexed by the generator's own search model; then no network."""
    command(capsys, "models", "download", "--engine", "full")
    assert command(capsys, "models", "verify")["ok"]
    command(capsys, "library", "build", "shop", str(save_pictures(folder)), "--encoder", "kandinsky22")
    hub.status = 503
    hub.asked.clear()


def is_made_by_full(session_id: str) -> None:
    """Every step of the session was done by the full engine, and says by which model exactly."""
    view = sessions.load(session_id)
    assert (view.engine, view.parts) == ("full", FULL)
    refs = {ref.part: ref for ref in made_by(view)}
    hubs = {
        "encoder": "kandinsky-community/kandinsky-2-2-prior",
        "prior": "kandinsky-community/kandinsky-2-2-prior",
        "generator": "kandinsky-community/kandinsky-2-2-decoder",
        "clip": "openai/clip-vit-base-patch32",
        "caption": "Salesforce/blip2-opt-2.7b",
        "topic": "sentence-transformers/distiluse-base-multilingual-cased-v1",
    }
    assert {part: refs[part].id for part in hubs} == hubs
    assert all(refs[part].revision.startswith(COMMIT[:12]) for part in hubs)
    assert refs["planner"].id == f"chat:{get_settings().llm_model}"
    assert view.plan is not None
    assert [query.text for query in view.plan.subqueries] == [s["text"] for s in GOOD["subqueries"]]
    assert spend.total(session_id).tokens_in >= 1000
    assert any(match.kept for match in view.matches)
    for variant in view.variants:
        assert any(c.kind is ConditionKind.MATCH for c in variant.recipe.conditions)
        score = variant.score
        assert score is not None
        assert score.clip.scored
        assert score.caption.scored
        assert score.final is not None
    assert sorted(v.rank or 0 for v in view.variants) == list(range(1, len(view.variants) + 1))


def test_on_the_command_line(
    machine: tuple[Hub, ChatServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub, chat = machine
    prepared(capsys, hub, tmp_path / "pictures")
    photo = tmp_path / "front.png"
    photo.write_bytes(png(7))
    brief = [
        "--topic",
        "A dog in a yellow hoodie",
        "--text",
        TEXT,
        "--photo",
        str(photo),
        "--library",
        "shop",
    ]
    few = [
        "--variants",
        "2",
        "--steps",
        "3",
        "--prior-steps",
        "3",
        "--strategy",
        "subqueries",
        "--size",
        "1.91:1",
    ]
    document = command(
        capsys, "run", "--engine", "full", *brief, *few, "--negative", "text", "--out", str(tmp_path / "out")
    )
    assert hub.asked == [], "what is here is used without asking the hub"
    assert len(chat.requests) == 1
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == 2
    assert files[0].read_bytes() != files[1].read_bytes()
    assert Image.open(files[0]).size == (1200, 628)
    is_made_by_full(str(document["session"]))
    view = sessions.load(str(document["session"]))
    assert view.brief.options.negative_prompt == "text"
    assert {row["part"] for row in document["made_by"]} >= {"planner", "encoder", "generator", "clip"}  # type: ignore[attr-defined]


def work() -> None:
    Worker(handlers()).run_until_idle()


def test_in_the_studio(
    machine: tuple[Hub, ChatServer], open_page: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub, _ = machine
    app = open_page("pages/studio.py")
    app.button_group(key="engine_preset_new").set_value("full").run()
    assert "Missing: " in words(app), "nothing is here yet"

    prepared(capsys, hub, tmp_path / "pictures")
    app = open_page("pages/studio.py")
    app.button_group(key="engine_preset_new").set_value("full").run()
    assert "Missing: " not in words(app)
    app.selectbox(key="brief_library_new").set_value("shop")
    app.selectbox(key="brief_strategy_new").set_value("subqueries")
    app.number_input(key="brief_variants_new").set_value(2)
    app.text_input(key="brief_topic_new").set_value("A dog in a yellow hoodie")
    app.text_area(key="brief_text_new").set_value(TEXT)
    photos_of(app).upload("front.png", png(7), "image/png")
    app = press(app.run(), "Plan")
    session_id = app.query_params["s"]

    for button in ("Find references", "Generate"):
        work()
        app.run()
        assert primary(app) == [button], words(app)
        press(app, button)
    work()
    app.run()
    assert not app.exception
    assert not app.error
    assert hub.asked == []
    is_made_by_full(session_id)
    assert len(sessions.load(session_id).variants) == 2
    assert app.button(key=f"pick_{sessions.load(session_id).variants[0].id}")

    made = open_page("pages/sessions.py", s=session_id, tab="made")
    models = next(frame.value for frame in made.dataframe if "Revision" in frame.value.columns)
    assert COMMIT[:12] in set(models["Revision"])
    assert len(needs(FULL)) == 6
