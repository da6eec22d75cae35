"""A picture made twice as large, and two pictures compared whatever their sizes."""

import io
from typing import Protocol, cast

from PIL import Image

from skillstrata.distill.oracles.images import DIFFERENCE, LIKENESS
from skillstrata.distill.oracles.pictures import MAX_PIXELS, difference, grey, likeness, picture, raster
from skillstrata.records.proofs import TypedBytes

_FACTOR = 2
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "PNG", "image/webp": "WEBP", "image/bmp": "BMP"}


class _Sizable(Protocol):
    """What we call of Pillow that names numpy in its own types."""

    def resize(self, size: tuple[int, int], resample: int) -> Image.Image:
        """Give the picture in another size."""
        ...


def enlarged(content: TypedBytes) -> TypedBytes | None:
    """Give the picture twice as wide and high, upright, in its own format."""
    source, kind = picture(content.data), _FORMATS.get(content.media_type)
    if source is None or kind is None or content.media_type == "image/gif":
        return None
    width, height = source.size
    if _FACTOR * _FACTOR * width * height > MAX_PIXELS:
        return None
    image = source.image if kind in {"PNG", "WEBP"} else source.image.convert("RGB")
    larger = cast("_Sizable", image).resize((_FACTOR * width, _FACTOR * height), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    larger.save(out, kind)
    return TypedBytes(content.media_type, out.getvalue())


def looks_alike(first: TypedBytes, second: TypedBytes) -> str:
    """Say what tells two pictures apart; "" for nothing."""
    before, after = picture(first.data), picture(second.data)
    if before is None or after is None:
        return "a picture does not decode"
    (w, h), (x, y) = before.size, after.size
    if abs(w * y - h * x) > max(w, h, x, y):
        return f"its aspect changes: {w}x{h} and {x}x{y}"
    a, b = raster(before.image), raster(after.image)
    alike, apart = likeness(grey(a), grey(b)), difference(a, b)
    return (
        "" if alike >= LIKENESS and apart <= DIFFERENCE else f"it looks different: {alike:.2f} alike, {apart:.2f} apart"
    )
