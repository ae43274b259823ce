"""Any decoded picture -> upright sRGB pixels in RGB or RGBA, and the bytes they are stored as.

Nothing but pixels passes: EXIF (with its GPS position), XMP, comments and colour profiles stay behind.
"""

from __future__ import annotations

import io
import struct
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms, ImageOps

from services.storage.images import encode_lossless

JPEG_QUALITY = 95
"""With full chroma (4:4:4) no loss is visible; the source was lossy already."""


def normalise(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where a pixel is not opaque; upright; sRGB; no metadata. `image` is loaded already.

    16-bit grey is scaled to 8 bits, CMYK is converted by its profile or, without one, by Pillow.
    """
    profile = image.info.get("icc_profile")
    upright = _upright(image)
    if upright.mode.startswith("I"):
        upright = _eight_bits(upright)
    alpha = _alpha(upright)
    rgb = _to_srgb(upright, profile)
    if alpha is not None:
        rgb = rgb.copy() if rgb is image else rgb
        rgb.putalpha(alpha)
    elif rgb is image:
        rgb = image.copy()
    rgb.info = {}
    return rgb


def encode(image: Image.Image, lossless: bool) -> bytes:
    """PNG where the source was lossless or has transparency, else JPEG. Equal pixels give equal bytes."""
    if lossless or image.mode == "RGBA":
        return encode_lossless(image)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def is_stored_jpeg(data: bytes) -> bool:
    """Whether `encode` wrote these bytes: then they can be stored as they are, without a second loss.

    All before the scan must be what `encode` writes, but for the size, and the scan must end the file: so
    there is no place for metadata. Anything else of the same pixels is encoded anew.
    """
    head, size = _jpeg_head()
    return (
        data[: size.start] == head[: size.start]
        and data[size.stop : len(head)] == head[size.stop :]
        and data.find(_END_OF_IMAGE, len(head)) == len(data) - len(_END_OF_IMAGE)  # in a scan FF is stuffed
    )


_END_OF_IMAGE = b"\xff\xd9"


@lru_cache(maxsize=1)
def _jpeg_head() -> tuple[bytes, slice]:
    """What `encode` writes before the scan, and where in it the height and width stand."""
    data = encode(Image.new("RGB", (16, 16)), lossless=False)
    scan = data.index(b"\xff\xda")
    frame = data.index(b"\xff\xc0") + 5  # after the marker, the segment's length and its precision
    return data[: scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big")], slice(frame, frame + 4)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says. EXIF that cannot be read says nothing: the pixels stay as they are."""
    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, TypeError, KeyError, struct.error, OSError):
        return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey (modes I, I;16, I;16B) to L. Pillow's own convert would clip at 255."""
    values = np.asarray(image).astype(np.int64)
    return Image.fromarray((np.clip(values, 0, 65_535) >> 8).astype(np.uint8), "L")


def _alpha(image: Image.Image) -> Image.Image | None:
    """The alpha channel, unless there is none or every pixel is opaque."""
    if not image.has_transparency_data:
        return None
    alpha = image.convert("RGBA").getchannel("A")
    opaque = alpha.histogram()[255]
    return alpha if opaque < alpha.width * alpha.height else None


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB. A profile that is broken or does not fit the pixels is left out, as browsers do."""
    if image.mode in ("P", "PA", "1", "RGBA", "RGBX", "RGBa", "LA", "La"):
        # A palette's profile describes its colours; two-level and alpha modes have no transform.
        base = image.convert("RGBA").convert("RGB") if image.has_transparency_data else image.convert("RGB")
    else:
        base = image
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            description: str = ImageCms.getProfileDescription(source)  # type: ignore[no-untyped-call]
            if "srgb" not in description.lower():
                converted = ImageCms.profileToProfile(base, source, _SRGB, outputMode="RGB")
                return converted if converted is not None else base.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return base.convert("RGB")
    return base if base.mode == "RGB" else base.convert("RGB")


_SRGB = ImageCms.createProfile("sRGB")
