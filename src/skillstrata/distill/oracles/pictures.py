"""Decode a picture within limits, and measure how alike two are.

In     bytes of a picture
Out    Picture: its size, what it looks like upright and small, its transparency; None where it does not decode
Never  raises, decodes more than `MAX_PIXELS`, trusts a header over the pixels
"""

import io
import struct
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 40_000_000
SIDE = 32
_ORIENTATION = 0x0112
_UPRIGHT = 1
_FAULTS = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    EOFError,
    OverflowError,
    MemoryError,
    KeyError,
    IndexError,
    AttributeError,
    ZeroDivisionError,
    AssertionError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)
Raster = tuple[tuple[float, float, float], ...]


class _Typed(Protocol):
    """What we call of Pillow that names numpy in its own types."""

    def resize(self, size: tuple[int, int], resample: int) -> Image.Image:
        """Give the picture in another size."""
        ...

    def point(self, lut: Callable[[int], float]) -> Image.Image:
        """Give the picture with each value changed."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, turned upright: its image in colour, and facts about the file."""

    image: Image.Image
    alpha: Image.Image | None
    stored_size: tuple[int, int]
    orientation: int
    format: str
    mode: str
    frames: int
    n_bytes: int

    @property
    def size(self) -> tuple[int, int]:
        """Give width and height as shown."""
        return self.image.size


def picture(data: bytes) -> Picture | None:
    """Decode a picture and turn it the way it is shown."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as opened:
                return _decoded(opened, len(data))
    except _FAULTS:
        return None


def _decoded(opened: Image.Image, n_bytes: int) -> Picture | None:
    width, height = opened.size
    if not 0 < width * height <= MAX_PIXELS:
        return None
    orientation = int(opened.getexif().get(_ORIENTATION, _UPRIGHT) or _UPRIGHT)
    found_format, mode, frames = opened.format or "", opened.mode, int(getattr(opened, "n_frames", 1))
    opened.load()
    upright = ImageOps.exif_transpose(opened)
    has_alpha = "A" in upright.getbands() or "transparency" in opened.info
    coloured = upright.convert("RGBA") if has_alpha else _in_eight_bits(upright).convert("RGB")
    return Picture(
        image=coloured,
        alpha=coloured.getchannel("A") if has_alpha else None,
        stored_size=(width, height),
        orientation=orientation,
        format=found_format,
        mode=mode,
        frames=frames,
        n_bytes=n_bytes,
    )


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Bring sixteen bits a channel to eight: a plain conversion would cut them off."""
    if image.mode.startswith("I;16") or image.mode == "I":
        return cast("_Typed", image.convert("I")).point(lambda value: value * (1 / 256)).convert("L")
    return image


def raster(image: Image.Image, behind: tuple[int, int, int] = (255, 255, 255)) -> Raster:
    """Give a picture as 32 x 32 colours from 0.0 to 1.0, over a ground where it is transparent."""
    flat = image
    if image.mode == "RGBA":
        flat = Image.new("RGB", image.size, behind)
        flat.paste(image, mask=image.getchannel("A"))
    small = cast("_Typed", flat.convert("RGB")).resize((SIDE, SIDE), Image.Resampling.BOX)
    data = small.tobytes()
    return tuple((data[i] / 255, data[i + 1] / 255, data[i + 2] / 255) for i in range(0, len(data), 3))


def grey(pixels: Raster) -> tuple[float, ...]:
    """Give the brightness of each place."""
    return tuple(0.299 * r + 0.587 * g + 0.114 * b for r, g, b in pixels)


def difference(first: Raster, second: Raster) -> float:
    """Give the mean distance of two pictures' colours, 0.0 for the same."""
    total = sum(abs(a - b) for x, y in zip(first, second, strict=True) for a, b in zip(x, y, strict=True))
    return total / (3 * len(first))


def likeness(first: Sequence[float], second: Sequence[float]) -> float:
    """Give the correlation of two brightness maps; 1.0 where both are flat, 0.0 where one is."""
    n = len(first)
    a, b = sum(first) / n, sum(second) / n
    x = sum((v - a) ** 2 for v in first)
    y = sum((v - b) ** 2 for v in second)
    flat = 1e-4 * n
    if x < flat or y < flat:
        return 1.0 if x < flat and y < flat else 0.0
    return sum((v - a) * (w - b) for v, w in zip(first, second, strict=True)) / (x * y) ** 0.5
