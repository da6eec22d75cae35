"""A picture converted, resized, turned or cut: decoded again and compared with what the operation should show.

In     bytes of both pictures
Out    OracleResult of profile image-1, with the operation and the sizes of the demonstration after a slash
Never  takes another operation than the demonstration's; compares bytes or file sizes
Why    a picture turned upside down is right for one program and wrong for all others: the demonstration says which
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from PIL import Image, ImageOps

from skillstrata.distill.oracles.findings import Finding, at_least, at_most, conclude, unmeasurable
from skillstrata.distill.oracles.pictures import Picture, Raster, difference, grey, likeness, picture, raster
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.tokens import raw_numbers
from skillstrata.records.proofs import OracleResult, TypedBytes

PROFILE = "image-1"
FACTS = "facts"
LIKENESS = 0.93
DIFFERENCE = 0.07
_ALPHA = 0.05
_PIXEL = 1.0
_GROUNDS = ((255, 255, 255), (0, 0, 0), (128, 128, 128))
_SIZES = re.compile(r"(\d{1,6})x(\d{1,6})>(\d{1,6})x(\d{1,6})")
_FULL = 255
_MOST_PLACES = 2_000
_KIND_WORDS = frozenset({"png", "jpeg", "jpg", "gif", "webp", "bmp", "tiff"})

Change = Callable[[Image.Image], Image.Image]


def _turned(how: Image.Transpose) -> Change:
    return lambda image: image.transpose(how)


def _grey(image: Image.Image) -> Image.Image:
    return ImageOps.grayscale(image.convert("RGB")).convert("RGB")


def _inverted(image: Image.Image) -> Image.Image:
    return ImageOps.invert(image.convert("RGB"))


_OPERATIONS: Mapping[str, Change] = MappingProxyType(
    {
        "as-it-is": lambda image: image,
        "grey": _grey,
        "rotated-90": _turned(Image.Transpose.ROTATE_90),
        "rotated-180": _turned(Image.Transpose.ROTATE_180),
        "rotated-270": _turned(Image.Transpose.ROTATE_270),
        "mirrored": _turned(Image.Transpose.FLIP_LEFT_RIGHT),
        "flipped": _turned(Image.Transpose.FLIP_TOP_BOTTOM),
        "inverted": _inverted,
    }
)
_CUTS = ("cut-out", "cut-centre", "cut-top-left", "padded")


@dataclass(frozen=True, slots=True)
class _Comparison:
    """How near an output is to what an operation should show."""

    likeness: float
    difference: float

    @property
    def holds(self) -> bool:
        """Say whether both floors are met."""
        return self.likeness >= LIKENESS and self.difference <= DIFFERENCE


def knows(given: TypedBytes, produced: TypedBytes) -> bool:
    """Say whether the input is a picture."""
    del produced
    return given.media_type.startswith("image/") and given.media_type != "image/svg+xml"


def choose(given: TypedBytes, produced: TypedBytes) -> str:
    """Name the operation of a demonstration and its sizes; "" where no operation explains it."""
    source = picture(given.data)
    if source is None:
        return ""
    if not produced.media_type.startswith("image/"):
        return f"{PROFILE}/{FACTS}" if decode(produced.data) is not None else ""
    made = picture(produced.data)
    if made is None:
        return f"{PROFILE}/as-it-is"
    sizes = "{}x{}>{}x{}".format(*source.size, *made.size)
    for name, shown in _shown(source, made):
        if _compared(shown, made).holds and (name in _CUTS or _keeps_aspect(shown.size, made.size)):
            return f"{PROFILE}/{name} {sizes}"
    # Something else was done to it: nobody here can say whether well.
    return ""


def judge(profile: str, given: TypedBytes, produced: TypedBytes) -> OracleResult:
    """Judge a picture by the operation that the profile names; without one, as the same picture."""
    source = picture(given.data)
    if source is None:
        return unmeasurable(f"the input is no picture that can be decoded ({given.media_type})")
    operation, _, sizes = profile.partition("/")[2].partition(" ")
    if operation == FACTS:
        return _judge_facts(profile, source, produced)
    made = picture(produced.data)
    if made is None:
        return conclude(profile, [at_least("decodes", 0, 1)])
    shown = _shown_by(operation or "as-it-is", source, made)
    if shown is None:
        return conclude(profile, [at_least("operation_possible", 0, 1)])
    compared = _compared(shown, made)
    findings = [
        at_least("decodes", 1, 1),
        at_least("likeness", compared.likeness, LIKENESS),
        at_most("colour_difference", compared.difference, DIFFERENCE),
        at_least("aspect_kept", float(operation in _CUTS or _keeps_aspect(shown.size, made.size)), 1),
        at_least("size_as_asked", float(_is_asked_size(sizes, shown.size, made.size)), 1),
        _alpha(source, made, operation),
        at_least("frames_kept", float(made.frames >= source.frames), 1, gate=False),
    ]
    if operation in {"", "as-it-is"} and not sizes:
        findings.append(at_most("copied", float(given.data == produced.data), 0))
    return conclude(profile, findings)


def _shown(source: Picture, made: Picture) -> Iterator[tuple[str, Image.Image]]:
    """Give what each operation makes of the input; cuts take the output's size."""
    for name, change in _OPERATIONS.items():
        yield name, change(source.image)
    width, height = made.size
    cut = _cut_out(source, made)
    if cut is not None:
        yield "cut-out", cut
    if width <= source.size[0] and height <= source.size[1]:
        left, top = (source.size[0] - width) // 2, (source.size[1] - height) // 2
        yield "cut-top-left", source.image.crop((0, 0, width, height))
        yield "cut-centre", source.image.crop((left, top, left + width, top + height))
    if min(made.size) > 1:
        yield "cut-centre", ImageOps.fit(source.image, made.size)
        ground = made.image.convert("RGB").getpixel((0, 0))
        colour = ground if isinstance(ground, tuple) else (255, 255, 255)
        yield (
            "padded",
            ImageOps.pad(
                source.image.convert("RGB"), made.size, color=(int(colour[0]), int(colour[1]), int(colour[2]))
            ),
        )


def _shown_by(operation: str, source: Picture, made: Picture) -> Image.Image | None:
    """Give what one operation makes of the input; of those that a name stands for, the one that comes nearest."""
    change = _OPERATIONS.get(operation)
    if change is not None:
        return change(source.image)
    found = [shown for name, shown in _shown(source, made) if name == operation]
    return max(found, key=lambda shown: _compared(shown, made).likeness, default=None)


def _cut_out(source: Picture, made: Picture) -> Image.Image | None:
    """Find the place where the output was cut out, pixel for pixel."""
    (width, height), (w, h) = source.size, made.size
    if w >= width or h > height or source.alpha is not None:
        return None
    wanted, pixels = made.image.convert("RGB").tobytes()[: 3 * w], source.image.tobytes()
    at = pixels.find(wanted)
    for _ in range(_MOST_PLACES):
        if at < 0:
            return None
        top, left = divmod(at // 3, width)
        shown = source.image.crop((left, top, left + w, top + h))
        if (
            at % 3 == 0
            and left + w <= width
            and top + h <= height
            and shown.tobytes() == made.image.convert("RGB").tobytes()
        ):
            return shown
        at = pixels.find(wanted, at + 1)
    return None


def _compared(shown: Image.Image, made: Picture) -> _Comparison:
    """Compare on any ground that transparency may have been laid over."""
    best = _Comparison(-1.0, 1.0)
    for before, after in _rasters(shown, made):
        found = _Comparison(likeness(grey(before), grey(after)), difference(before, after))
        if found.likeness - found.difference > best.likeness - best.difference:
            best = found
    return best


def _rasters(shown: Image.Image, made: Picture) -> Iterator[tuple[Raster, Raster]]:
    if shown.mode != "RGBA":
        yield raster(shown), raster(made.image)
        return
    for ground in _GROUNDS:
        yield raster(shown, ground), raster(made.image, ground)
    yield raster(shown.convert("RGB")), raster(made.image.convert("RGB"))


def _keeps_aspect(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Say whether one side follows from the other within a pixel."""
    (w, h), (x, y) = before, after
    return abs(x * h / w - y) <= _PIXEL or abs(y * w / h - x) <= _PIXEL


def _is_asked_size(sizes: str, shown: tuple[int, int], made: tuple[int, int]) -> bool:
    """Ask for a size by the rule that the demonstration's sizes leave open: scale, width, height, box or both."""
    match = _SIZES.fullmatch(sizes)
    if match is None:
        return True
    w, h, x, y = map(int, match.groups())
    if (w, h) == (x, y):
        return shown == made
    # A quarter turn swaps the sides: the shown size is after the operation.
    w, h = (w, h) if abs(w * y - h * x) <= abs(h * y - w * x) else (h, w)
    scaled = (shown[0] * x / w, shown[1] * y / h)
    box = min(1.0, x / shown[0], y / shown[1])
    longest = max(x, y) / max(shown)
    shortest = min(x, y) / min(shown)
    wanted = [
        scaled,
        (x, y),
        (x, shown[1] * x / shown[0]),
        (shown[0] * y / shown[1], y),
        *((shown[0] * k, shown[1] * k) for k in (box, longest, shortest, min(1.0, longest))),
    ]
    return any(abs(a - made[0]) <= _PIXEL and abs(b - made[1]) <= _PIXEL for a, b in wanted)


def _alpha(source: Picture, made: Picture, operation: str) -> Finding:
    """Ask that holes are not made, and not moved where they are kept."""
    if made.alpha is None or operation in _CUTS:
        return at_most("alpha_difference", 0, 0, gate=False)
    change = _OPERATIONS.get(operation or "as-it-is")
    before = source.alpha if source.alpha is not None else Image.new("L", source.size, _FULL)
    shown = change(Image.merge("RGB", (before, before, before))) if change and operation != "inverted" else before
    apart = difference(raster(shown.convert("RGB")), raster(made.alpha.convert("RGB")))
    return at_most("alpha_difference", apart, _ALPHA)


def _judge_facts(profile: str, source: Picture, produced: TypedBytes) -> OracleResult:
    """Judge words about a picture: each number is one of its measures."""
    decoded = decode(produced.data)
    text = decoded.text if decoded else ""
    width, height = source.size
    known = {width, height, *source.stored_size, width * height, source.n_bytes, source.orientation, source.frames}
    known |= {len(source.mode), 8, 8 * len(source.mode), _FULL}
    ratios = (width / height, height / width, source.n_bytes / 1024, source.n_bytes / 1e6, width * height / 1e6)
    numbers = raw_numbers(text)
    strange = [n for n in numbers if not _is_fact(n.replace(",", ""), known, ratios)]
    return conclude(
        profile,
        [
            at_least("numbers", sum(n.replace(",", "") in {str(width), str(height)} for n in numbers), 1),
            at_most("unexplained_numbers", len(strange), 0, examples=strange),
        ],
    )


def _is_fact(number: str, known: set[int], ratios: tuple[float, ...]) -> bool:
    if number.isdigit() and int(number[:12]) in known:
        return True
    if number.count(".") > 1:
        return False
    margin = 0.5 * 10.0 ** -min(len(number.partition(".")[2]), 9)
    return any(abs(float(number[:40]) - ratio) <= margin for ratio in ratios)
