"""Paint pictures of known content: a gradient with rectangles and discs, in any of the formats Pillow writes.

In     Dice, a size, a format
Out    the bytes of a picture; its pixels follow from the seed alone
Never  loads Pillow before a picture is asked for; raises on what cannot be decoded
Why    PNG is written here: compressed bytes differ between builds of zlib. JPEG and WebP bytes are the codec's own
"""

import functools
import importlib
import io
import struct
import warnings
import zlib
from math import isqrt
from typing import Protocol, cast

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.stored import zlib_stored
from skillstrata.distill.mutate.type_names import BMP, GIF, JPEG, PNG, TIFF, WEBP

_FORMATS = {PNG: "PNG", JPEG: "JPEG", GIF: "GIF", WEBP: "WEBP", BMP: "BMP", TIFF: "TIFF"}
_SHORTEST, _LONGEST = 8, 1_200
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    LookupError,
    OverflowError,
    MemoryError,
    AttributeError,
    struct.error,
    zlib.error,
)
_MOST_PIXELS = 50_000_000
_CHANNELS = 3
_BANDS = 16
_KEPT_MODES = frozenset({"L", "1", "RGBA", "LA", "CMYK"})


class Picture(Protocol):
    """What we call of a decoded picture."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    @property
    def mode(self) -> str:
        """The kind of pixels."""
        ...

    def load(self) -> None:
        """Decode all pixels."""
        ...

    def convert(self, mode: str) -> "Picture":
        """Give it with other pixels."""
        ...

    def point(self, lut: list[int]) -> "Picture":
        """Give it with every value looked up."""
        ...

    def tobytes(self) -> bytes:
        """Give the pixels row by row."""
        ...

    def save(self, fp: io.BytesIO, form: str) -> None:
        """Write it in a format."""
        ...


class _Library(Protocol):
    """What we call of Pillow."""

    DecompressionBombError: type[Exception]

    def open(self, fp: io.BytesIO) -> Picture:
        """Read a picture's head."""
        ...

    def frombytes(self, mode: str, size: tuple[int, int], data: bytes) -> Picture:
        """Make a picture of pixels."""
        ...


def picture(media_type: str, dice: Dice, size: tuple[int, int] = (0, 0)) -> bytes:
    """Paint a picture; of 40 to 320 pixels a side where no size is given."""
    wide, high = size if all(size) else (dice.between(40, 320), dice.between(40, 240))
    pixels = _painted(dice, wide, high)
    if media_type == PNG:
        return _png(pixels, wide, high)
    return _written(_library().frombytes("RGB", (wide, high), pixels), media_type) or b""


def other_picture(media_type: str, data: bytes, variant: int, dice: Dice) -> bytes | None:
    """Paint a picture of the same format and mode in another size; None where the given one cannot be decoded."""
    image = decoded_picture(data)
    if image is None:
        return None
    wide, high = image.size
    # In turn smaller and larger, another aspect, never so large that a proof takes long.
    scale = (dice.between(40, 80) if variant % 2 == 0 else dice.between(110, 160)) / 100
    taller = dice.between(80, 120) / 100
    size = (_side(wide * scale), _side(high * scale * taller))
    made = _library().frombytes("RGB", size, _painted(dice, *size))
    if image.mode in _KEPT_MODES:
        made = made.convert(image.mode)
    return _written(made, media_type)


def _side(pixels: float) -> int:
    return max(_SHORTEST, min(_LONGEST, round(pixels)))


def inverted_picture(media_type: str, data: bytes) -> bytes | None:
    """Give the picture with every colour turned into its opposite, same size; None where it cannot be decoded."""
    image = decoded_picture(data)
    if image is None:
        return None
    plain = image.convert("RGB")
    return _written(plain.point([255 - n for n in range(256)] * _CHANNELS), media_type)


def decoded_picture(data: bytes) -> Picture | None:
    """Decode a picture within limits."""
    library = _library()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = library.open(io.BytesIO(data))
            if image.size[0] * image.size[1] > _MOST_PIXELS:
                return None
            image.load()
    except (*_DAMAGE, library.DecompressionBombError):
        return None
    return image


@functools.cache
def _library() -> _Library:
    return cast("_Library", importlib.import_module("PIL.Image"))


def _written(image: Picture, media_type: str) -> bytes | None:
    if media_type == PNG and image.mode == "RGB":
        return _png(image.tobytes(), *image.size)
    fitting = image if media_type != GIF else image.convert("P")
    out = io.BytesIO()
    try:
        fitting.save(out, _FORMATS[media_type])
    except (*_DAMAGE, ImportError):
        return None
    return out.getvalue()


def _painted(dice: Dice, wide: int, high: int) -> bytes:
    """Paint a gradient from side to side and from top to bottom, then rectangles and discs over it."""
    start = [dice.between(0, 255) for _ in range(_CHANNELS)]
    step = [dice.between(-200, 200) for _ in range(_CHANNELS)]
    fall = [dice.between(-100, 100) for _ in range(_CHANNELS)]
    across = [[start[c] + step[c] * x // max(wide - 1, 1) for x in range(wide)] for c in range(_CHANNELS)]
    shapes = [_shape(dice, wide, high) for _ in range(dice.between(2, 5))]
    rows: list[bytes] = []
    grounds: dict[int, bytes] = {}
    for y in range(high):
        # In bands, so that a large picture takes no longer than a small one.
        band = y * _BANDS // high
        if band not in grounds:
            grounds[band] = _ground(across, [one * band // _BANDS for one in fall])
        row = bytearray(grounds[band])
        for colour, x, middle, across_half, radius in shapes:
            half = across_half if radius < 0 else isqrt(max(radius * radius - (y - middle) ** 2, 0))
            if abs(y - middle) <= abs(radius) and half:
                left, right = max(0, x - half), min(wide, x + half)
                row[left * _CHANNELS : right * _CHANNELS] = colour * max(right - left, 0)
        rows.append(bytes(row))
    return b"".join(rows)


def _ground(across: list[list[int]], down: list[int]) -> bytes:
    row = bytearray(len(across[0]) * _CHANNELS)
    for channel, values in enumerate(across):
        row[channel::_CHANNELS] = bytes([min(255, max(0, value + down[channel])) for value in values])
    return bytes(row)


def _shape(dice: Dice, wide: int, high: int) -> tuple[bytes, int, int, int, int]:
    """Give colour, middle, half width and radius of a shape; a rectangle has its half height as a negative radius."""
    colour = bytes(dice.between(0, 255) for _ in range(_CHANNELS))
    radius = dice.between(3, max(4, min(wide, high) // 4))
    flat = dice.chance(50)
    return colour, dice.below(wide), dice.below(high), dice.between(3, max(4, wide // 4)), -radius if flat else radius


def _png(pixels: bytes, wide: int, high: int) -> bytes:
    row = wide * _CHANNELS
    lines = b"".join(b"\x00" + pixels[n : n + row] for n in range(0, row * high, row))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib_stored(lines)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
