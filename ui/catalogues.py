"""The translation catalogues: extract what is said, merge it into the .po files, find what is missing.

    python -m ui.catalogues update     refresh locale/*/LC_MESSAGES/studio.po from the sources
    python -m ui.catalogues check      list what is missing, fuzzy or does not fit; exit 1 if anything is

The studio reads the .po files themselves (ui/i18n.py): there is nothing to compile.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from ui.i18n import LANGUAGES, LOCALE_DIR

ROOT = LOCALE_DIR.parent
SOURCES = ("Home.py", "pages", "ui", "services")
KEYWORDS = {"_": 1, "N_": 1, "ngettext": 2}
"""The functions that mark a text, and how many texts each takes."""
_FIELD = re.compile(r"\{[^{}]*\}")


def sources() -> Iterator[Path]:
    """Every Python file that speaks to people."""
    for name in SOURCES:
        path = ROOT / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def extracted() -> Catalog:
    """All that the sources say, with where they say it."""
    catalog = _empty()
    for path in sources():
        place = path.relative_to(ROOT).as_posix()
        for line, text in said_in(ast.parse(path.read_text())):
            catalog.add(text, None, [(place, line)])
    return catalog


def said_in(tree: ast.AST) -> Iterator[tuple[int, str | tuple[str, str]]]:
    """(line, text) of each marked literal, (singular, plural) for `ngettext`; f-strings included.

    Read off the syntax tree: Babel's own extractor does not look into f-strings.
    """
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
    for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset)):
        wanted = KEYWORDS.get(call.func.id, 0) if isinstance(call.func, ast.Name) else 0
        texts = [a.value for a in call.args[:wanted] if isinstance(a, ast.Constant)]
        if wanted == 1 and len(texts) == 1 and isinstance(texts[0], str):
            yield call.lineno, texts[0]
        elif wanted == 2 and len(texts) == 2:
            yield call.lineno, (str(texts[0]), str(texts[1]))


def po_path(code: str) -> Path:
    return LOCALE_DIR / code / "LC_MESSAGES" / "studio.po"


def _empty(code: str | None = None) -> Catalog:
    return Catalog(
        locale=code,
        project="AIM Studio",
        version="0.1.0",
        header_comment="# What AIM Studio says. Refresh with: python -m ui.catalogues update",
        last_translator="",
        language_team="",
        msgid_bugs_address="",
        charset="utf-8",
        fuzzy=False,
    )


def load(code: str) -> Catalog:
    """The catalogue of a language, empty when there is no file yet."""
    path = po_path(code)
    if not path.is_file():
        return _empty(code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def update() -> None:
    """Merge what the sources say now into every catalogue. English says what the sources say."""
    for code in LANGUAGES:
        catalog = load(code)
        catalog.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        if code == "en":
            for message in catalog:
                message.string = message.id
        path = po_path(code)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=110, sort_by_file=True, ignore_obsolete=True, include_lineno=False)


def faults(code: str) -> list[str]:
    """What is wrong with a language's catalogue, one line each: missing, fuzzy, or other fields."""
    catalog = load(code)
    lines = []
    for wanted in extracted():
        if not wanted.id:
            continue
        found = catalog.get(wanted.id)
        if found is None or not _strings(found):
            lines.append(f"missing: {wanted.id!r}")
        elif found.fuzzy:
            lines.append(f"fuzzy: {wanted.id!r}")
        elif any(_fields(text) != _fields(_plural(found)) for text in _strings(found)):
            lines.append(f"other fields: {wanted.id!r}")
    return lines


def _strings(message: Message) -> list[str]:
    """Its translations; none when any of its forms is empty."""
    forms = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    return forms if all(forms) else []


def _plural(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[-1])


def _fields(text: str) -> list[str]:
    return sorted(_FIELD.findall(text))


def main(arguments: list[str]) -> int:
    if arguments == ["update"]:
        update()
        return 0
    if arguments == ["check"]:
        lines = [f"{code}: {line}" for code in LANGUAGES for line in faults(code)]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return 1 if lines else 0
    sys.stderr.write("Say what to do: python -m ui.catalogues update, or check.\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
