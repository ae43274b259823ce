"""Nothing that people read goes untranslated: catalogues against sources, sources against st.* calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.messages import N_, Message
from ui import catalogues
from ui.i18n import LANGUAGES, _, ngettext, speaking, tr

ROOT = Path(__file__).resolve().parents[2]

SAYING = {
    "badge", "button", "caption", "checkbox", "download_button", "error", "expander", "file_uploader",
    "form_submit_button", "header", "info", "link", "markdown", "metric", "multiselect", "number_input",
    "page_link", "pills", "popover", "progress", "radio", "segmented_control", "selectbox", "slider",
    "spinner", "status", "subheader", "success", "tabs", "text", "text_area", "text_input", "title", "toast",
    "toggle", "warning", "write", "menu_button", "Page", "dialog", "page_head", "section", "empty_state",
}  # fmt: skip
"""Calls whose first text, `help` or `placeholder` a person reads."""
READ_KEYWORDS = {"help", "placeholder", "title", "label", "alt", "body"}
NAMES = {"AIM Studio", "AIM Studio 0.1.0"}
_MARKUP = re.compile(r":material/\w*:|:\w+\[")
"""Icons and colours in Streamlit's Markdown."""


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_catalogue_is_complete(code: str) -> None:
    assert catalogues.faults(code) == []


def test_korean_is_korean() -> None:
    """A translation has Hangul in it; only names, and fields with signs between them, have none."""
    same = {"English", "AIM Studio"}
    left = []
    for m in catalogues.load("ko"):
        words = re.sub(r"\{\w+\}", "", str(m.string))
        hangul = any("가" <= c <= "힣" for c in words)
        if m.id and m.id not in same and not hangul and any(c.isalpha() for c in words):
            left.append(m.id)
    assert left == []


def test_extraction_sees_f_strings_and_plurals() -> None:
    tree = ast.parse('x = f"{_(\'One\')} and {N_(\'Two\')}"\ny = ngettext("a", "b", 3)')
    assert [text for _line, text in catalogues.said_in(tree)] == ["One", "Two", ("a", "b")]


def test_faults_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ko" / "LC_MESSAGES" / "studio.po"
    broken.parent.mkdir(parents=True)
    good = catalogues.po_path("ko").read_text()
    assert '"{pictures} 추가"' in good
    broken.write_text(
        good.replace('"{pictures} 추가"', '"{picture} 추가"').replace('msgstr "라이브러리"', 'msgstr ""')
    )
    monkeypatch.setattr(catalogues, "LOCALE_DIR", tmp_path)
    found = catalogues.faults("ko")
    assert "other fields: '{pictures} added'" in found
    assert "missing: 'Libraries'" in found


def literal(node: ast.expr | None) -> str | None:
    """The words in a literal or in an f-string's fixed parts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
    return None


def unwrapped(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        logged = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "log"
        if name not in SAYING or logged:
            continue
        read = node.args[:1] if name != "empty_state" else node.args[1:3]
        read = [*read, *(k.value for k in node.keywords if k.arg in READ_KEYWORDS)]
        for text in filter(None, map(literal, read)):
            bare = _MARKUP.sub("", text)
            if any(c.isalpha() for c in bare) and text not in NAMES and not text.startswith("/"):
                yield f"{path.name}:{node.lineno}: {text!r}"


@pytest.mark.parametrize(
    "path",
    [ROOT / "Home.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "ui").glob("*.py"))],
    ids=lambda p: p.name,
)
def test_no_bare_words_reach_the_page(path: Path) -> None:
    if path.name in ("catalogues.py", "theme.py"):
        return
    assert list(unwrapped(path)) == []


def test_a_bare_word_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text(
        'st.button("Save")\nst.caption(f"{x} of many")\nst.title(_("Fine"))\nst.button(x, help="Why")'
    )
    assert [line.split(":")[1] for line in unwrapped(page)] == ["1", "2", "4"]


def test_languages_are_spoken() -> None:
    token = speaking.set("ko")
    try:
        assert _("Sessions") == "세션"
        assert ngettext("{count} photo", "{count} photos", 2).format(count=2) == "사진 2장"
        assert tr(Message(N_("Making variant {number} of {total}."), {"number": 2, "total": 8})) == (
            "시안 8개 중 2번째를 만들고 있습니다."
        )
    finally:
        speaking.reset(token)
    assert _("Sessions") == "Sessions"
    assert _("") == ""
