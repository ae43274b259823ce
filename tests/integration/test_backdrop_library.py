"""The built-in library: drawn once, quick after that, drawn again where it changed."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass

import pytest
from PIL import Image

from services import libraries
from services.libraries import BACKDROPS_LIBRARY, ensure_backdrops
from services.storage.images import get_store
from tests.retrieval_fakes import ColourEncoder, scene

pytestmark = pytest.mark.usefixtures("home")


@dataclass(frozen=True)
class Backdrop:
    name: str
    caption: str


class Studio(types.ModuleType):
    """Stands in for the drawings, which take seconds."""

    def __init__(self) -> None:
        super().__init__("services.retrieval.backdrops")
        self.VERSION = "1"
        self.BACKDROPS = [Backdrop(f"paper-{c}", f"{c} paper") for c in ("red", "green", "white", "yellow")]
        self.drawn: list[str] = []

    def draw(self, name: str, size: tuple[int, int]) -> Image.Image:
        self.drawn.append(name)
        return scene(name.removeprefix("paper-"), 1)


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Studio:
    import services.retrieval

    module = Studio()
    monkeypatch.setitem(sys.modules, "services.retrieval.backdrops", module)
    monkeypatch.setattr(services.retrieval, "backdrops", module, raising=False)
    return module


def test_backdrops_are_drawn_encoded_and_found(studio: Studio) -> None:
    encoder, shares = ColourEncoder(), list[float]()
    ensure_backdrops(encoder, shares.append)
    card = libraries.get_library(BACKDROPS_LIBRARY)
    assert (card.images, card.duplicates, card.built_in) == (4, 0, True)
    assert shares[-1] == 1.0
    items = libraries.list_items(BACKDROPS_LIBRARY).items
    assert (items[0].file_name, items[0].caption) == ("paper-red.jpg", "red paper")
    assert all(get_store().open(i.sha256).format == "JPEG" for i in items)
    best = libraries.search(BACKDROPS_LIBRARY, ["yellow"], 1, encoder)[0][0]
    assert best.file_name == "paper-yellow.jpg"


def test_second_time_nothing_is_drawn_or_encoded(studio: Studio) -> None:
    ensure_backdrops(ColourEncoder())
    studio.drawn.clear()
    encoder = ColourEncoder()
    ensure_backdrops(encoder)
    assert studio.drawn == []
    assert encoder.batches == []


def test_what_changed_is_drawn_again_and_what_went_is_removed(studio: Studio) -> None:
    ensure_backdrops(ColourEncoder())
    studio.drawn.clear()
    studio.BACKDROPS = [
        *studio.BACKDROPS[1:3],
        Backdrop("paper-yellow", "warm yellow"),
        Backdrop("paper-blue", "blue"),
    ]
    ensure_backdrops(ColourEncoder())
    assert sorted(studio.drawn) == ["paper-blue", "paper-yellow"]
    captions = {i.caption for i in libraries.list_items(BACKDROPS_LIBRARY).items}
    assert captions == {"green paper", "white paper", "warm yellow", "blue"}


def test_new_version_draws_all_again(studio: Studio) -> None:
    ensure_backdrops(ColourEncoder())
    studio.drawn.clear()
    studio.VERSION = "2"
    ensure_backdrops(ColourEncoder())
    assert len(studio.drawn) == 4
    assert libraries.get_library(BACKDROPS_LIBRARY).images == 4


def test_other_encoder_only_encodes(studio: Studio) -> None:
    ensure_backdrops(ColourEncoder())
    studio.drawn.clear()
    other = ColourEncoder("fake/other")
    ensure_backdrops(other)
    assert studio.drawn == []
    assert sum(other.batches) == 4
    assert len(libraries.search(BACKDROPS_LIBRARY, ["red"], 9, other)[0]) == 4


def test_stopped_half_way_it_goes_on(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_backdrops(ColourEncoder())
    studio.BACKDROPS = [*studio.BACKDROPS, Backdrop("paper-blue", "blue paper")]
    original = studio.draw

    def fail(name: str, size: tuple[int, int]) -> Image.Image:
        raise MemoryError

    monkeypatch.setattr(studio, "draw", fail)
    with pytest.raises(MemoryError):
        ensure_backdrops(ColourEncoder())
    monkeypatch.setattr(studio, "draw", original)
    ensure_backdrops(ColourEncoder())
    assert libraries.get_library(BACKDROPS_LIBRARY).images == 5


def test_many_are_drawn_in_processes_in_order_and_noted() -> None:
    from services.retrieval.backdrop_drawing import SIZE, WORTH_A_PROCESS, draw_all
    from services.retrieval.backdrops import BACKDROPS, draw
    from services.storage.normalise import encode

    tasks = [(f"{place:064x}", b.name) for place, b in enumerate(BACKDROPS[:WORTH_A_PROCESS])]
    drawn = list(draw_all(tasks, get_store()))
    here = draw(tasks[3][1], SIZE).convert("RGB")
    assert get_store().path(drawn[3].sha256).read_bytes() == encode(here, lossless=False)
    assert (drawn[3].width, drawn[3].height) == here.size
    assert list(draw_all(tasks, get_store())) == drawn


def test_a_process_that_dies_is_made_up_for(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess

    from services.retrieval import backdrop_drawing

    dead = ["true"]
    start = subprocess.Popen
    monkeypatch.setattr(
        backdrop_drawing.subprocess, "Popen", lambda _command, **options: start(dead, **options)
    )
    studio.BACKDROPS = [Backdrop(f"paper-{c}", f"{c} paper") for c in ("red", "green", "blue")] * 3
    tasks = [(f"{place:064x}", backdrop.name) for place, backdrop in enumerate(studio.BACKDROPS)]
    assert len(list(backdrop_drawing.draw_all(tasks, get_store()))) == 9
    assert len(studio.drawn) == 9
