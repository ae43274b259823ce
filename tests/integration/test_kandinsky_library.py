"""The prior's CLIP as search model: its space, and libraries that are prepared for it on request."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from db.tables import ItemVector
from services import libraries, library_runs, sessions, studio
from services.choices import EngineChoice
from services.cli.__main__ import main
from services.database import read_session
from services.domain import Strategy
from services.engines import Engine, Parts, get_encoder, use_engine
from services.errors import Cancelled, EngineUnavailable
from services.jobs import queue, steps
from services.jobs.queue import RunKind, RunState, StepSpec
from services.jobs.worker import Worker
from services.library_spaces import encoder_for, space_of_library
from services.messages import Message
from services.retrieval import reindex
from services.retrieval.encoder_kandinsky import KandinskyEncoder
from services.retrieval.refusals import NotPrepared
from services.retrieval.sources_upload import UploadSource
from services.retrieval.vectors import encoder_key, unpack
from services.settings import get_settings
from tests.builders import a_brief, a_plan
from tests.integration import kandinsky_studio
from tests.kandinsky_models import DIMS
from tests.retrieval_fakes import ColourEncoder, png, scene
from tests.tiny_models import noise_images

FAMILIES = ("kandinsky21", "kandinsky22")
GROUNDS = ("red", "green", "blue")


@pytest.fixture(autouse=True)
def models(home: Path, tiny_kandinsky: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    kandinsky_studio.use(tiny_kandinsky, monkeypatch)


@pytest.fixture
def lite() -> Iterator[ColourEncoder]:
    """In the place of the bundled search model."""
    encoder = ColourEncoder()
    use_engine(Engine("lite", Parts(_unused, lambda: encoder, _unused, _unused)))  # type: ignore[arg-type]
    yield encoder
    use_engine(None)


@pytest.fixture
def library(lite: ColourEncoder) -> str:
    files = [(f"{ground}.png", png(scene(ground, seed))) for seed, ground in enumerate(GROUNDS)]
    libraries.build("colours", UploadSource(files), lite)
    return "colours"


# --- the encoder -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAMILIES)
def test_pictures_and_words_lie_in_one_space_at_its_own_scale(name: str) -> None:
    encoder = KandinskyEncoder(name)
    images = noise_images(3)
    vectors = encoder.encode_images(images)
    texts = encoder.encode_texts(["a cat", "a dog"])
    assert vectors.shape == (3, encoder.dim) == (3, DIMS[name])
    assert texts.shape == (2, DIMS[name])
    lengths = np.linalg.norm(vectors, axis=1)
    assert not np.allclose(lengths, 1, atol=0.05)
    assert np.allclose(encoder.encode_images(images[1:2])[0], vectors[1], atol=1e-5)
    assert encoder.encode_images([]).shape == encoder.encode_texts([]).shape == (0, DIMS[name])


def test_a_text_beyond_the_limit_is_the_mean_of_its_parts() -> None:
    encoder = KandinskyEncoder("kandinsky22")
    long, start = encoder.encode_texts(["cat " * 60 + "dog " * 60, "cat " * 75])
    assert np.linalg.norm(long) == pytest.approx(1, abs=1e-5)
    assert not np.allclose(long, start / np.linalg.norm(start), atol=1e-3)  # the end counts


def test_a_cut_out_is_seen_on_white() -> None:
    encoder = KandinskyEncoder("kandinsky22")
    image = noise_images(1)[0].convert("RGBA")
    image.putalpha(0)
    blank = image.convert("RGB")
    blank.paste("white", (0, 0, *blank.size))
    seen, white = encoder.encode_images([image, blank])
    assert np.allclose(seen, white, atol=1e-5)


def test_ref_names_model_and_revision_and_differs_by_family() -> None:
    refs = [KandinskyEncoder(name).ref for name in FAMILIES]
    assert [ref.id for ref in refs] == ["kandinsky21-prior", "kandinsky22-prior"]
    assert all(ref.revision.startswith("local ") for ref in refs)
    assert len({encoder_key(ref) for ref in refs}) == 2


def test_reading_the_floor_and_the_name_imports_no_model_library() -> None:
    code = (
        "import sys; from services.engines import get_encoder; e = get_encoder('kandinsky22');"
        "print(e.relevance_floor, e.ref.id, e.dim, 'torch' in sys.modules, 'transformers' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["0.18", "kandinsky22-prior", "40", "False", "False"]


# --- one index per encoder ---------------------------------------------------------------------


def test_both_indexes_live_side_by_side(library: str, lite: ColourEncoder) -> None:
    big, small = KandinskyEncoder("kandinsky22"), KandinskyEncoder("kandinsky21")
    assert (libraries.reindex(library, big), libraries.reindex(library, small)) == (3, 3)
    found = libraries.search(library, ["red", "blue"], 1, lite)
    assert [hits[0].file_name for hits in found] == ["red.png", "blue.png"]
    for encoder in (big, small):
        assert len(libraries.search(library, ["red"], 3, encoder)[0]) == 3
    assert libraries.get_library(library).encoder == encoder_key(lite.ref)
    with read_session() as session:
        rows = session.scalars(select(ItemVector)).all()
    assert len(rows) == 9
    stored = {len(row.image) // 4 for row in rows}
    assert stored == {lite.dim, big.dim, small.dim}


def test_captions_are_left_out_of_a_space_where_they_would_decide_alone(lite: ColourEncoder) -> None:
    sidecar = json.dumps({"red.png": "a red wall"}).encode()
    files = [("red.png", png(scene("red"))), ("captions.json", sidecar)]
    libraries.build("colours", UploadSource(files), lite)
    encoder = KandinskyEncoder("kandinsky22")
    libraries.reindex("colours", encoder)
    with read_session() as session:
        captions = {row.encoder: row.caption for row in session.scalars(select(ItemVector))}
        [row] = [r for r in session.scalars(select(ItemVector)) if r.encoder == encoder_key(encoder.ref)]
        norm = float(np.linalg.norm(unpack([row.image], encoder.dim)))
    assert captions[encoder_key(lite.ref)] is not None
    assert captions[encoder_key(encoder.ref)] is None
    assert norm > 1.5  # the encoder's own scale, which the generator needs


def test_a_session_in_another_space_is_refused_at_once_and_nothing_is_built(library: str) -> None:
    choice = EngineChoice(encoder="kandinsky22")
    session_id = sessions.create(a_brief(library=library, strategy=Strategy.SUBQUERIES), engine=choice)
    sessions.save_plan(session_id, a_plan("red", "blue"))
    engine = Engine("mixed", Parts(_unused, lambda: KandinskyEncoder("kandinsky22"), _unused, _unused))  # type: ignore[arg-type]
    with pytest.raises(NotPrepared, match=r"not prepared for Kandinsky 2.2: 3 of its 3 pictures"):
        studio.find_references(session_id, engine)
    assert space_of_library(library, "kandinsky22").missing == 3
    run_id = library_runs.start_reindex(library, "kandinsky22")
    Worker(steps.handlers()).run_until_idle()
    assert queue.get(run_id).state is RunState.DONE
    assert len(studio.find_references(session_id, engine)) == 3


def test_a_new_library_in_another_space_is_refused_by_the_first(lite: ColourEncoder) -> None:
    encoder = KandinskyEncoder("kandinsky21")
    libraries.build("legacy", UploadSource([("red.png", png(scene("red")))]), encoder)
    assert space_of_library("legacy", "kandinsky21").default
    with pytest.raises(NotPrepared, match="not prepared for fake/colours"):
        libraries.search("legacy", ["red"], 1, lite)
    with pytest.raises(NotPrepared, match=r"not prepared for Kandinsky 2.2"):
        libraries.build("legacy", UploadSource([("b.png", png(scene("blue")))]), get_encoder("kandinsky22"))
    assert encoder_for("legacy").ref == encoder.ref  # work that no session asks for uses its own


# --- preparing as a run ------------------------------------------------------------------------


def test_preparing_stops_between_batches_and_goes_on(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindex, "BATCH", 1)
    seen: list[float] = []

    def progress(share: float) -> None:
        seen.append(share)
        if len(seen) == 2:
            raise Cancelled("Stopped.")

    encoder = get_encoder("kandinsky22")
    with pytest.raises(Cancelled):
        libraries.reindex(library, encoder, progress)
    space = space_of_library(library, "kandinsky22")
    assert (space.missing, space.total, space.begun) == (1, 3, True)
    run_id = library_runs.start_reindex(library, "kandinsky22")
    assert library_runs.start_reindex(library, "kandinsky22") == run_id  # a double click
    waiting = library_runs.preparing(library, "kandinsky22")
    assert waiting is not None
    assert waiting.id == run_id
    Worker(steps.handlers()).run_until_idle()
    run = queue.get(run_id)
    assert (run.state, run.result) == (
        RunState.DONE, {"library": library, "encoder": "kandinsky22", "encoded": 1},
    )  # fmt: skip
    assert space_of_library(library, "kandinsky22").ready
    assert library_runs.preparing(library, "kandinsky22") is None


def test_preparing_without_the_model_is_refused_before_anything_is_queued(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_KANDINSKY22_PRIOR_MODEL", "nobody/has-this")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    get_settings.cache_clear()
    with pytest.raises(EngineUnavailable, match="Nothing was started"):
        library_runs.start_reindex(library, "kandinsky22")
    assert queue.active() == []
    assert space_of_library(library, "kandinsky22").missing == 3


def test_commands_prepare_and_search_in_a_space(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["library", "search", library, "red", "--encoder", "kandinsky21", "--json"]) == 2
    assert "not prepared for Kandinsky 2.1" in capsys.readouterr().err
    assert main(["library", "reindex", library, "--encoder", "kandinsky21", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["encoded"] == 3
    assert main(["library", "search", library, "red", "--encoder", "kandinsky21", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["matches"]) == 3


# --- what the prior could not read -------------------------------------------------------------


def test_a_run_tells_which_texts_were_cut(home: Path) -> None:
    brief = kandinsky_studio.brief_of(kandinsky_studio.product_photo())
    session_id = sessions.create(brief, engine=EngineChoice(encoder="kandinsky22", generator="kandinsky22"))
    sessions.save_conditions(session_id, kandinsky_studio.conditions_of(brief, "a hoodie", "cat " * 90))
    run_id = queue.submit(RunKind.VARIANTS, session_id, steps=[StepSpec("condition")])
    Worker(steps.handlers()).run_until_idle()
    run = queue.get(run_id)
    assert run.state is RunState.DONE
    [notice] = (run.result or {})["notices"]
    assert "77 tokens" in str(Message.from_json(notice))


def _unused() -> None:
    raise AssertionError("a library needs an encoder and nothing else")
