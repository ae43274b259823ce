"""The ZIP of a session or its shortlist. Read this first: one file after the other, one picture in memory.

    README.txt  manifest.json  manifest.schema.json  scores.csv  contact-sheet.pdf
    images/9x16/001-variant-03.png        delivered pictures, best first
    safe-zones/9x16/001-variant-03.jpg    the same, small, with what platforms cover
    pictures/<sha256>.jpg                 photos and references, to make the variants again

Every stored file is proven by its hash before it goes in. What is lost or damaged is left out, and said:
in the manifest, on the contact sheet and on the page.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from PIL import Image

from services.domain import Placement, Variant
from services.errors import NotFound, StorageError
from services.evaluation import load_evaluation
from services.export import manifest as document
from services.export import words as w
from services.export.manifest import Contents
from services.export.marks import marks_of
from services.export.metadata import chunks_for, encode_jpeg, stamp_png
from services.export.options import ExportOptions, PictureFormat, wanted
from services.export.placements import Composer, Fitted, How, fit
from services.export.readme import readme
from services.export.rights import UsedPicture, used_pictures
from services.export.safe_zones import preview
from services.export.scores import score_rows, to_csv
from services.export.words import Words
from services.generation.png import encode_png
from services.messages import N_, Message
from services.parts import Progress
from services.people import Role, require
from services.sessions import SessionView
from services.storage.bare import is_bare
from services.storage.images import ImageStore, encode_lossless, get_store, shrink
from services.storage.kinds import kind_of

PREVIEW_SIDE = 900
"""Px on the longer side of a safe-zone picture: enough to judge on a laptop, about 80 kB."""

SHEET_SIDE = 560
COVER_SIDE = 1200
"""Px of the contact sheet's pictures: 200 to the inch where they stand."""

QUALITY = 84
PICTURES_SHARE = 0.85
"""Of the progress; the sheet and the papers take the rest."""


@dataclass(frozen=True, slots=True)
class Report:
    """What went into a package. `problems` say what did not."""

    variants: int
    images: int
    problems: tuple[Message, ...]


@dataclass(slots=True)
class _Writer:
    """The open ZIP. `add` hashes what it writes, so that the manifest can be checked against it."""

    archive: zipfile.ZipFile
    at: datetime
    contents: Contents

    def add(self, path: str, data: bytes, packed: bool = False, listed: bool = True) -> document.Entry:
        info = zipfile.ZipInfo(path, self.at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        self.archive.writestr(info, data)
        entry = {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        if listed:
            self.contents.files.append(entry)
        return entry


def write_package(
    session_id: str,
    options: ExportOptions,
    path: Path,
    composer: Composer,
    at: datetime,
    words: Words = w.ENGLISH,
    progress: Progress | None = None,
) -> Report:
    """Write the ZIP to `path`. Raises NotAllowed, NotFound, InvalidInput (nothing to export), StorageError
    (nothing of it is left on disk), and lets Cancelled from `progress` pass."""
    require(Role.REVIEWER)
    tell = progress or (lambda share: None)
    evaluation, marks, store = load_evaluation(session_id), marks_of(session_id), get_store()
    variants = wanted(evaluation.session.variants, marks, options.scope)
    pictures = used_pictures(evaluation.session, variants)
    view, contents = evaluation.session, Contents()
    with zipfile.ZipFile(path, "w") as archive:
        writer = _Writer(archive, at, contents)
        thumbnails = _Deliveries(view, options, writer, composer, store).write(variants, tell)
        small = _pack_pictures(pictures, writer, store, options.references)
        kept = {v.id for v in variants}
        rows = score_rows(replace(evaluation, rows=tuple(r for r in evaluation.rows if r.id in kept)))
        writer.add("scores.csv", to_csv(rows), packed=True)
        problems = tuple(contents.problems.values())
        if options.contact_sheet:
            tell(0.9)
            from services.export.sheet import Sheet, SheetRow, contact_sheet

            lines = [SheetRow(v, marks[v.id], thumbnails.get(v.id)) for v in variants]
            best = _cover_picture(variants, thumbnails, store)
            sheet = Sheet(view, lines, options.placements, best, pictures, small, problems, at)
            writer.add("contact-sheet.pdf", contact_sheet(sheet, words))
        writer.add("README.txt", readme(view, len(variants), options, at).encode(), packed=True)
        writer.add(document.SCHEMA_NAME, document.SCHEMA_PATH.read_bytes(), packed=True)
        whole = document.manifest(view, variants, marks, pictures, options.placements, contents, at)
        text = json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False)
        writer.add(document.NAME, text.encode(), packed=True, listed=False)
    tell(1.0)
    return Report(len(thumbnails), sum(map(len, contents.delivered.values())), problems)


@dataclass(frozen=True, slots=True)
class _Deliveries:
    """Variants at their placements, into the ZIP."""

    view: SessionView
    options: ExportOptions
    writer: _Writer
    composer: Composer
    store: ImageStore

    def write(self, variants: Sequence[Variant], tell: Progress) -> dict[int, bytes]:
        """The contact sheet's picture of each variant that could be read, by id."""
        thumbnails: dict[int, bytes] = {}
        placements = self.options.placements
        for place, variant in enumerate(variants):
            done = place / len(variants)
            tell(PICTURES_SHARE * done)
            data, problem = verified(self.store, variant.sha256, w.LOST_VARIANT, w.DAMAGED_VARIANT)
            if data is None:
                self.writer.contents.problems[variant.id] = Message(problem, {"number": variant.index + 1})
                continue
            picture = decoded(data)
            thumbnails[variant.id] = small_jpeg(picture, SHEET_SIDE)
            name = f"{place + 1:03d}-variant-{variant.index + 1:02d}"
            files = []
            for n, placement in enumerate(placements):
                tell(PICTURES_SHARE * (done + n / len(placements) / len(variants)))
                files.append(self._deliver(variant, data, picture, placement, name))
            self.writer.contents.delivered[variant.id] = files
        if not thumbnails:
            raise StorageError(N_("Every picture of this export is missing or damaged. Make them again."))
        return thumbnails

    def _deliver(
        self, variant: Variant, data: bytes, picture: Image.Image, placement: Placement, name: str
    ) -> document.Entry:
        fitted = fit(variant, picture, placement, self.composer, self.store.open)
        folder = folder_name(placement)
        kind = "png" if self.options.format is PictureFormat.PNG else "jpg"
        entry = self.writer.add(f"images/{folder}/{name}.{kind}", self._encoded(variant, data, fitted))
        zones = None
        if self.options.safe_zones:
            shown = preview(fitted.image, placement, PREVIEW_SIDE)
            zones = self.writer.add(f"safe-zones/{folder}/{name}.jpg", small_jpeg(shown, PREVIEW_SIDE))
        width, height = fitted.image.size
        return entry | {
            "placement": placement.value,
            "width": width,
            "height": height,
            "how": fitted.how.value,
            "recipe_sha256": fitted.recipe.sha256 if fitted.recipe else None,
            "safe_zones": zones["path"] if zones else None,
        }

    def _encoded(self, variant: Variant, data: bytes, fitted: Fitted) -> bytes:
        """A cropped picture carries the recipe of the variant that it was cropped from."""
        recipe = fitted.recipe or variant.recipe
        if self.options.format is PictureFormat.JPEG:
            return encode_jpeg(fitted.image, recipe)
        chunks = chunks_for(recipe, self.view, self.options.recipe)
        if fitted.how is How.ORIGINAL and kind_of(data) == "PNG":
            return stamp_png(data, chunks)
        return encode_png(fitted.image, recipe, chunks)


def _pack_pictures(
    pictures: Sequence[UsedPicture], writer: _Writer, store: ImageStore, pack: bool
) -> dict[str, bytes]:
    """Photos and references into the ZIP; a small picture of each that could be read, by key."""
    thumbnails = {}
    for used in pictures:
        data, problem = verified(store, used.sha256, w.LOST_PICTURE, w.DAMAGED_PICTURE)
        if data is None:
            writer.contents.problems[used.sha256] = Message(problem, {"name": used.file_name})
            continue
        image = decoded(data)
        thumbnails[used.sha256] = small_jpeg(image, SHEET_SIDE // 2)
        if pack:
            # Stored pictures are bare. Should one not be, its pixels go out and the rest stays.
            clean = data if is_bare(data) else encode_lossless(image)
            suffix = "jpg" if kind_of(clean) == "JPEG" else "png"
            writer.contents.packed[used.sha256] = writer.add(f"pictures/{used.sha256}.{suffix}", clean)
    return thumbnails


def verified(store: ImageStore, sha256: str, lost: str, damaged: str) -> tuple[bytes | None, str]:
    """The bytes as they were put, or None and which of the two sentences says why."""
    try:
        data = store.verify(sha256)
        decoded(data)
        return data, ""
    except NotFound:
        return None, lost
    except StorageError:
        return None, damaged


def decoded(data: bytes) -> Image.Image:
    """A stored picture, RGB or RGBA."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def small_jpeg(image: Image.Image, side: int) -> bytes:
    """On the sheet's paper where it is transparent."""
    small = shrink(image, side)
    if small.mode == "RGBA":
        base = Image.new("RGB", small.size, (252, 250, 245))
        base.paste(small, (0, 0), small)
        small = base
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _cover_picture(
    variants: Sequence[Variant], readable: dict[int, bytes], store: ImageStore
) -> bytes | None:
    best = next((v for v in variants if v.id in readable), None)
    return small_jpeg(store.open(best.sha256), COVER_SIDE) if best else None


def folder_name(placement: Placement) -> str:
    """ "9x16", "1.91x1": a name that every file system takes."""
    return placement.value.replace(":", "x")
