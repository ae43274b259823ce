"""The Evaluate page as a person uses it: drop, type, press the reference, read the report, look closer."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from tests.browser.conftest import STEP_SECONDS, Studio, ready, visit

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(900)]
WAIT = STEP_SECONDS * 1000
TOPIC = "A cup of espresso"
PROMPT = "A fresh cup of espresso stands on a warm wooden table. A spoon lies beside it."


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Two photos that scikit-image ships, a smaller copy of the first, and a file that is no picture."""
    from skimage import data

    files = []
    for name in ("coffee", "chelsea"):
        files.append(tmp_path / f"{name}.png")
        Image.fromarray(getattr(data, name)()).save(files[-1])
    copy = Image.open(files[0])
    files.append(tmp_path / "coffee copy.jpg")
    copy.resize((copy.width * 3 // 4, copy.height * 3 // 4)).save(files[-1], quality=80)
    files.append(tmp_path / "blurred.png")
    copy.filter(ImageFilter.GaussianBlur(12)).save(files[-1])
    files.append(tmp_path / "notes.png")
    files[-1].write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return files


def test_from_dropped_pictures_to_report_map_and_files(
    studio: Studio, page: Any, pictures: list[Path]
) -> None:
    visit(page, f"{studio.url}/evaluate")
    page.get_by_role("textbox", name="Topic").fill(TOPIC)
    page.get_by_role("textbox", name="Prompt").fill(PROMPT)
    page.locator("input[type=file]").first.set_input_files(pictures)
    page.get_by_text("notes.png is in the format SVG").wait_for(timeout=60_000)
    page.get_by_role("button", name="Use blurred.png as the reference").click()
    page.get_by_role("button", name="blurred.png is the reference").wait_for(timeout=30_000)
    page.get_by_role("button", name="Evaluate 4 pictures").click()
    page.get_by_role("button", name="Cancel").wait_for(timeout=30_000)
    assert re.search(r"[?&]s=\w+", page.url)
    assert re.search(r"[?&]run=\w+", page.url)

    page.reload()  # nothing is lost: the work is in the worker, and the address finds it
    page.get_by_role("button", name=re.compile("^Details of")).first.wait_for(timeout=WAIT)
    ready(page)
    address, shown = page.url, names(page)
    assert len(shown) == 4
    assert shown[0] in ("coffee.png", "coffee copy.jpg")
    finals = [float(text.removeprefix("Score")) for text in page.locator(".report .final").all_inner_texts()]
    assert finals == sorted(finals, reverse=True)
    page.get_by_text(re.compile(r"^coffee.*look the same")).wait_for(timeout=WAIT)
    ready(page)
    assert page.get_by_text(re.compile(r"0\.\d{3} \([01]\.\d\d\)")).count() >= 8

    page.get_by_role("button", name=f"Details of {shown[0]}").click()  # the picture itself
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Strength of the colours").wait_for(timeout=WAIT)
    assert dialog.get_by_text(re.compile(r"^Ranks #1 with [\d.]+ points because$")).is_visible()
    assert dialog.get_by_text("speak most for").is_visible()
    dialog.locator("img").nth(1).wait_for(timeout=WAIT)
    assert dialog.locator("img").count() == 2
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden", timeout=30_000)
    ready(page)
    assert "v=" not in page.url

    page.get_by_role("button", name="Download").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    table = list(csv.DictReader(io.StringIO(waiting.value.path().read_text("utf-8-sig"))))
    assert [row["name"] for row in table] == shown
    assert [f"{float(row['final']):.1f}" for row in table] == [f"{final:.1f}" for final in finals]

    visit(page, address)
    assert names(page) == shown
    visit(page, f"{studio.url}/sessions?q=espresso")
    page.get_by_role("link", name=TOPIC, exact=True).first.click()
    page.get_by_role("button", name=re.compile("^Details of")).first.wait_for(timeout=30_000)
    assert "/evaluate" in page.url


def names(page: Any) -> list[str]:
    """File names in the order of the table."""
    return [text.strip() for text in page.locator(".report .name").all_inner_texts()]
