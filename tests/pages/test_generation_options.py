"""How the picture is made: shown for Kandinsky alone, saved with the brief, honest about time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from services import sessions
from services.choices import DEFAULT_OPTIONS, LITE, EngineChoice, GenerationMode
from services.domain import Photo
from services.generation.kandinsky import machine as machines
from services.generation.kandinsky.machine import Machine
from services.settings import get_settings
from services.storage.images import get_store
from tests.integration.kandinsky_studio import busy_photo, product_photo
from tests.pages import seeds
from tests.pages.conftest import Open, words

STUDIO = "pages/studio.py"
KANDINSKY = EngineChoice(encoder="kandinsky22", generator="kandinsky22")
H200 = Machine("cuda", "NVIDIA H200", 150 * 10**9, "bfloat16")


@pytest.fixture(autouse=True)
def one_core(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_DEVICE", "cpu")
    monkeypatch.setenv("AIM_STUDIO_THREADS", "1")
    get_settings.cache_clear()
    machines._guessed.cache_clear()


def a_session(parts: EngineChoice = KANDINSKY, photo: str = "") -> str:
    session_id = seeds.session(upto="references")
    sessions.set_parts(session_id, parts)
    if photo:
        width, height = get_store().open(photo).size
        brief = sessions.load(session_id).brief
        sessions.save_brief(
            session_id, replace(brief, photos=(Photo(photo, "bottle.png", width, height, hero=True),))
        )
    return session_id


def set_to(app: AppTest, session_id: str, field: str, value: object) -> AppTest:
    app.session_state[f"generation_{field}_{session_id}"] = value
    return app.run()


def test_layouts_have_no_such_options(open_page: Open) -> None:
    app = open_page(STUDIO, s=a_session(LITE))
    assert "How the picture is made" not in "".join(e.label for e in app.expander)
    assert "It needs" not in words(app)


def test_what_is_set_is_saved_with_the_brief(open_page: Open) -> None:
    session_id = a_session()
    app = open_page(STUDIO, s=session_id)
    assert any("How the picture is made" in e.label for e in app.expander)
    key = f"_{session_id}"
    app.text_input(key="generation_negative_prompt" + key).set_value("text, watermark").run()
    app.slider(key="generation_guidance" + key).set_value(6.0).run()
    app.number_input(key="generation_steps" + key).set_value(25).run()
    app.selectbox(key="generation_scheduler" + key).set_value("unipc").run()
    app.toggle(key="generation_raw_weights" + key).set_value(True).run()
    assert not app.exception
    assert sessions.load(session_id).brief.options == replace(
        DEFAULT_OPTIONS,
        negative_prompt="text, watermark",
        guidance=6.0,
        steps=25,
        scheduler="unipc",
        raw_weights=True,
    )
    again = open_page(STUDIO, s=session_id)
    assert again.number_input(key="generation_steps" + key).value == 25
    assert sessions.load(session_id).brief.options.steps == 25


def test_looking_at_the_page_changes_nothing(open_page: Open) -> None:
    session_id = a_session()
    odd = replace(DEFAULT_OPTIONS, mode=GenerationMode.VARIATION, strength=0.333, guidance=15.0)
    sessions.save_brief(session_id, replace(sessions.load(session_id).brief, options=odd))
    app = open_page(STUDIO, s=session_id)
    app.run()
    assert not app.exception
    assert sessions.load(session_id).brief.options == odd


def test_a_slow_machine_is_told_of_first_and_lite_is_one_button_away(open_page: Open) -> None:
    session_id = a_session()
    app = open_page(STUDIO, s=session_id)
    said = words(app)
    assert "This machine is too slow for Kandinsky 2.2" in said
    assert "this processor (1 core)" in said
    assert "A cautious estimate until the first run." in said
    [button] = [b for b in app.main.button if b.label == "Make layouts instead, in seconds"]
    assert button.proto.type == "secondary"
    button.click().run()
    assert sessions.load(session_id).parts == replace(KANDINSKY, encoder="lite", generator="lite")
    assert "too slow" not in words(app)


def test_a_quick_machine_gets_one_line(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.generation.kandinsky.estimate.machine", lambda: H200)
    app = open_page(STUDIO, s=a_session())
    assert "for 4 variants on NVIDIA H200. It needs" in words(app)
    assert "Make layouts instead" not in "".join(b.label for b in app.main.button)


def test_a_variation_has_a_strength(open_page: Open) -> None:
    session_id = a_session()
    app = set_to(open_page(STUDIO, s=session_id), session_id, "mode", GenerationMode.VARIATION)
    app.slider(key=f"generation_strength_{session_id}").set_value(0.65).run()
    options = sessions.load(session_id).brief.options
    assert (options.mode, options.strength) == (GenerationMode.VARIATION, 0.65)


def test_the_mask_starts_as_the_cut_out_and_can_be_shaped(open_page: Open) -> None:
    session_id = a_session(photo=product_photo())
    app = set_to(open_page(STUDIO, s=session_id), session_id, "mode", GenerationMode.KEEP)
    assert not app.exception
    assert "In use: the cut-out of the studio." in words(app)
    assert app.button(key=f"mask_use_{session_id}").disabled
    app.slider(key=f"mask_grow_{session_id}").set_value(20.0).run()
    app.button(key=f"mask_use_{session_id}").click().run()
    mask = sessions.load(session_id).brief.options.mask_sha256
    assert mask is not None
    hero = sessions.load(session_id).brief.hero
    assert hero is not None
    assert get_store().open(mask).size == (hero.width, hero.height)
    assert "In use: the mask that you made." in words(app)
    again = open_page(STUDIO, s=session_id)  # sliders in the middle, and the mask is still in use
    assert "In use: the mask that you made." in words(again)
    sessions.save_brief(session_id, replace(sessions.load(session_id).brief, photos=_other_photo()))
    other = open_page(STUDIO, s=session_id)
    assert "was made for another photo" in words(other)
    [back] = [b for b in other.main.button if b.label == "Back to the cut-out"]
    back.click().run()
    assert sessions.load(session_id).brief.options.mask_sha256 is None


def test_a_photo_that_cannot_be_cut_out_asks_for_a_mask(open_page: Open) -> None:
    photo = busy_photo()
    session_id = a_session(photo=photo)
    app = set_to(open_page(STUDIO, s=session_id), session_id, "mode", GenerationMode.KEEP)
    assert "Add a mask of your own" in words(app)
    drawn = np.zeros(get_store().open(photo).size[::-1], np.uint8)
    drawn[50:150, 60:180] = 255
    picture = get_store().path(get_store().put_image(Image.fromarray(drawn))).read_bytes()
    [upload] = [u for u in app.file_uploader if u.label == "A mask of your own"]
    upload.upload("mask.png", picture, "image/png").run()
    app.button(key=f"mask_use_{session_id}").click().run()
    mask = sessions.load(session_id).brief.options.mask_sha256
    assert mask is not None
    assert np.asarray(get_store().open(mask))[100, 120] == 255
    [upload] = [u for u in app.file_uploader if u.label == "A mask of your own"]
    upload.upload("wrong.png", seeds_png(), "image/png").run()
    assert "they differ in shape" in words(app)


def _other_photo() -> tuple[Photo, ...]:
    return (Photo(product_photo((200, 200)), "other.png", 200, 200, hero=True),)


def seeds_png() -> bytes:
    return get_store().path(seeds.drawn(9, (64, 200))).read_bytes()
