"""Outside pictures: what is refused and in which words, and what is normalised."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from services.errors import ImageRejected
from services.limits import IMAGE_BYTES
from services.storage import intake
from services.storage.images import ImageStore
from services.storage.intake import read_image, read_picture, store_photo, store_photos


def photo(width: int = 64, height: int = 48, seed: int = 0) -> Image.Image:
    """A smooth picture, so that JPEG changes it little."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [(x * 3 + seed * 40) % 200 + 20, y * 2 + 40, (x + y) + 30]
    return Image.fromarray(np.stack(channels, -1).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def refusal(data: bytes, name: str = "hoodie.png") -> str:
    with pytest.raises(ImageRejected) as caught:
        read_image(data, name)
    return str(caught.value)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width: int, height: int) -> bytes:
    """A 1-bit PNG of zeros: tiny on disk whatever it claims."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
    )


# --- refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"just some text", "is not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9'/>", "format SVG"),
        (b"<?xml version='1.0'?>\n<svg/>", "format SVG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "format EPS"),
        (b"<!DOCTYPE html><html><img src=x></html>", "format HTML"),
        (b"%PDF-1.7\n", "format PDF"),
        (b"PK\x03\x04rest", "format ZIP"),
    ],
)
def test_other_files_are_named_for_what_they_are(data: bytes, words: str) -> None:
    assert words in refusal(data)
    assert "hoodie.png" in refusal(data)


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PPM"])
def test_formats_that_pillow_could_open_are_not_opened(form: str) -> None:
    refusal(encoded(photo(), form))


def test_tiny_file_of_144_megapixels_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = png_claiming(12_000, 12_000)
    assert len(data) < 20_000
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda self: pytest.fail("decoded"))
    assert "144 megapixels" in refusal(data)


def test_size_beyond_pillows_own_limit_is_refused_in_words() -> None:
    assert "megapixels" in refusal(png_claiming(16_000, 16_000))


@pytest.mark.parametrize(("width", "height"), [(1, 20_000), (20_000, 32), (8, 8)])
def test_strips_and_specks_are_refused(width: int, height: int) -> None:
    assert f"{width} x {height}" in refusal(png_claiming(width, height))


def test_no_width_is_refused() -> None:
    refusal(png_claiming(0, 0))


def test_file_above_the_byte_cap_is_refused() -> None:
    data = encoded(photo()) + b"\0" * IMAGE_BYTES
    assert "larger than 40 MB" in refusal(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_file_is_refused(form: str, share: float) -> None:
    rng = np.random.default_rng(1)
    noise = Image.fromarray(rng.integers(0, 256, (200, 200, 3), dtype=np.uint8))
    data = encoded(noise, form)
    assert "damaged or incomplete" in refusal(data[: int(len(data) * share)])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_any_flipped_bytes_refuse_or_decode_but_never_crash(form: str) -> None:
    data = encoded(photo(40, 40), form)
    rng = np.random.default_rng(2)
    outcomes = set()
    for _ in range(300):
        broken = bytearray(data)
        for place in rng.integers(0, len(data), 3):
            broken[place] = rng.integers(0, 256)
        try:
            outcomes.add(read_image(bytes(broken), "x").mode)
        except ImageRejected:
            outcomes.add("refused")
    assert "refused" in outcomes


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.png", "a.png"),
        ("a\x00b\x1b[31m.png", "ab[31m.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("..", "unnamed"),
        ("", "unnamed"),
    ],
)
def test_hostile_names_are_shown_harmlessly(name: str, shown: str) -> None:
    assert refusal(b"", name).startswith(f"{shown} is empty")


def test_long_names_keep_their_ending() -> None:
    assert refusal(b"", "x" * 300 + ".jpeg").startswith("x" * 50)
    assert len(refusal(b"", "x" * 300 + ".jpeg")) < 220
    assert ".jpeg is empty" in refusal(b"", "x" * 300 + ".jpeg")


# --- normalised --------------------------------------------------------------------------------


def colour_at(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    return tuple(np.asarray(image.convert("RGB"))[y, x].tolist())


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_opaque_modes_become_rgb(mode: str) -> None:
    image = read_image(encoded(photo().convert(mode)), "a.png")
    assert image.mode == "RGB"
    expected = np.asarray(photo().convert(mode).convert("RGB"))
    assert np.array_equal(np.asarray(image), expected)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_stays(mode: str) -> None:
    source = photo().convert(mode)
    source.putalpha(Image.linear_gradient("L").resize(source.size))
    image = read_image(encoded(source), "a.png")
    assert image.mode == "RGBA"
    assert np.array_equal(np.asarray(image.getchannel("A")), np.asarray(source.getchannel("A")))


def test_opaque_alpha_is_dropped() -> None:
    assert read_image(encoded(photo().convert("RGBA")), "a.png").mode == "RGB"


def test_transparent_palette_becomes_rgba() -> None:
    source = photo().convert("P")
    assert read_image(encoded(source, transparency=0), "a.png").mode in ("RGBA", "RGB")
    flat = Image.new("P", (20, 20), 0)
    assert read_image(encoded(flat, transparency=0), "a.png").getchannel("A").getextrema() == (0, 0)


def test_sixteen_bit_grey_is_scaled_and_not_clipped() -> None:
    ramp = np.linspace(0, 65_535, 64, dtype=np.uint16)[None].repeat(20, 0)
    image = read_image(encoded(Image.fromarray(ramp)), "deep.png")
    assert image.mode == "RGB"
    values = np.asarray(image)[0, :, 0]
    assert values[0] == 0
    assert values[-1] == 255
    assert 120 <= values[32] <= 135


def test_cmyk_keeps_its_colours() -> None:
    image = read_image(encoded(Image.new("RGB", (40, 40), (200, 40, 60)).convert("CMYK"), "JPEG"), "c.jpg")
    assert image.mode == "RGB"
    assert np.allclose(colour_at(image, 20, 20), (200, 40, 60), atol=12)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(orientation: int) -> None:
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste("red", (0, 0, 20, 20))  # marks the upper left
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read_image(encoded(stored, "JPEG", quality=95, exif=exif), "r.jpg")
    assert image.size == (60, 40)
    red, green, _ = colour_at(image, 8, 8)
    assert red > 200
    assert green < 60


def test_broken_exif_does_not_refuse_a_good_picture() -> None:
    data = encoded(photo(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert read_image(data, "a.jpg").size == (64, 48)


def test_animated_files_give_their_first_frame_and_a_notice() -> None:
    frames = [Image.new("RGB", (32, 32), c) for c in ("red", "lime", "blue")]
    for form in ("PNG", "WEBP"):
        data = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=100)
        picture = read_picture(data, "anim")
        assert colour_at(picture.image, 5, 5)[0] > 240, form
        assert "animated" in str(picture.notices[0])
    assert read_picture(encoded(frames[0]), "still").notices == ()


def profile_with_red_and_blue_swapped() -> bytes:
    """sRGB with two of its primaries exchanged: red pixels mean blue."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(data[i : i + 4]): i for i in range(132, 132 + 12 * data[131], 12)}
    red, blue = tags[b"rXYZ"] + 4, tags[b"bXYZ"] + 4
    data[red : red + 8], data[blue : blue + 8] = data[blue : blue + 8], data[red : red + 8]
    return bytes(data).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_other_colour_spaces_are_converted_to_srgb(form: str) -> None:
    red = Image.new("RGB", (32, 32), (250, 10, 10))
    data = encoded(red, form, icc_profile=profile_with_red_and_blue_swapped())
    assert np.allclose(colour_at(read_image(data, "a"), 3, 3), (10, 10, 250), atol=6)


def test_srgb_and_broken_profiles_leave_the_pixels_alone() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"not a profile"):
        image = read_image(encoded(photo(), icc_profile=profile), "a.png")
        assert np.array_equal(np.asarray(image), np.asarray(photo()))


# --- stored ------------------------------------------------------------------------------------


def with_secrets(image: Image.Image, form: str) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (37.0, 33.0, 58.0)
    options: dict[str, object] = {"exif": exif}
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", "SecretAuthor")
        text.add_itxt("XML:com.adobe.xmp", "<x>SecretXmp</x>")
        options["pnginfo"] = text
    else:
        options["xmp"] = b"<x>SecretXmp</x>"
    if form == "JPEG":
        options["comment"] = b"SecretComment"
    return encoded(image, form, **options)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_stored(form: str, tmp_path: Path) -> None:
    data = with_secrets(photo(), form)
    assert b"Secret" in data
    store = ImageStore(tmp_path)
    kept = store.path(store_photo(data, "a", store).sha256).read_bytes()
    assert b"Secret" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert not image.getexif()
        assert "icc_profile" not in image.info
        assert "comment" not in image.info


def test_lossless_stays_lossless_and_lossy_becomes_a_fine_jpeg(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)

    def stored(data: bytes) -> Image.Image:
        return store.open(store_photo(data, "a", store).sha256)

    assert np.array_equal(np.asarray(stored(encoded(photo()))), np.asarray(photo()))
    webp = encoded(photo(), "WEBP", lossless=True)
    assert stored(webp).format == "PNG"
    lossy = stored(encoded(photo(), "JPEG", quality=90))
    assert lossy.format == "JPEG"
    assert all(component[1:3] == (1, 1) for component in lossy.layer)  # 4:4:4


def test_equal_pixels_are_stored_once_whatever_surrounds_them(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    plain = store_photo(encoded(photo()), "a.png", store)
    tagged = store_photo(with_secrets(photo(), "PNG"), "b.png", store)
    smaller = store_photo(encoded(photo(), compress_level=9), "c.png", store)
    assert plain.sha256 == tagged.sha256 == smaller.sha256


def test_batch_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    good = encoded(photo(seed=1)), encoded(photo(seed=2))
    files: list[tuple[str, bytes | Callable[[], bytes]]] = [
        ("one.png", good[0]),
        ("../bad.png", b"<svg/>"),
        ("two.png", lambda: good[1]),
        ("again.png", good[0]),
    ]
    accepted, rejected = store_photos(files, ImageStore(tmp_path))
    assert [p.file_name for p in accepted] == ["one.png", "two.png"]
    assert [r.file for r in rejected] == ["bad.png"]
    assert "SVG" in str(rejected[0].reason)


def test_refused_file_leaves_nothing_in_the_store(tmp_path: Path) -> None:
    with pytest.raises(ImageRejected):
        store_photo(encoded(photo(300, 300), "JPEG")[:900], "a.jpg", ImageStore(tmp_path))
    assert list(tmp_path.rglob("*")) == []


def test_only_three_formats_are_ever_tried() -> None:
    assert intake.FORMATS == ("PNG", "JPEG", "WEBP")
