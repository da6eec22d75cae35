"""Are pictures, archives and sound judged by what is in them?"""

import gzip
import io
import math
import struct
import tarfile
import wave
import zipfile
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageOps

from skillstrata.distill.oracles import choose_profile, judge
from skillstrata.distill.oracles.archive_copies import judge_unpacked
from skillstrata.distill.views.media_types import JSON, TEXT, ZIP
from skillstrata.records.proofs import TypedBytes

PNG, JPEG, WAV = "image/png", "image/jpeg", "audio/wav"
Change = Callable[[Image.Image], Image.Image]


def _drawing(width: int = 240, height: int = 160, shift: int = 0) -> Image.Image:
    image = Image.new("RGB", (width, height), (240, 230, 200))
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, width // 2, height // 3), fill=(200, 30, 60))
    draw.ellipse((width // 2 - shift, height // 2, width - 10, height - 10), fill=(20, 60, 160))
    draw.rectangle((5, height - 30, 60 + shift, height - 5), fill=(10, 140, 40))
    return image


def _saved(image: Image.Image, kind: str = "PNG", **options: int | bytes) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


GIVEN = TypedBytes(PNG, _saved(_drawing()))


@pytest.mark.parametrize(
    ("change", "operation"),
    [
        (lambda image: image.resize((120, 80)), "as-it-is"),
        (lambda image: image.resize((100, 67)), "as-it-is"),
        (ImageOps.grayscale, "grey"),
        (lambda image: image.rotate(90, expand=True), "rotated-90"),
        (ImageOps.flip, "flipped"),
        (ImageOps.mirror, "mirrored"),
        (ImageOps.invert, "inverted"),
        (lambda image: image.crop((60, 40, 200, 120)), "cut-out"),
        (lambda image: ImageOps.fit(image, (90, 90)), "cut-centre"),
    ],
)
def test_the_operation_of_a_demonstration_is_seen_and_asked_for(change: Change, operation: str) -> None:
    """What is right for one program is wrong for the next: upside down, another picture, another size."""
    made = TypedBytes(PNG, _saved(change(_drawing())))
    profile = choose_profile(GIVEN, made)

    assert profile.startswith(f"image-1/{operation} ")
    assert judge(GIVEN, made, profile=profile).ok
    other = TypedBytes(PNG, _saved(change(ImageOps.flip(_drawing(shift=50)))))
    assert not judge(GIVEN, other, profile=profile).ok
    assert not judge(GIVEN, TypedBytes(PNG, made.data[:200]), profile=profile).ok


def test_the_sizes_of_a_demonstration_leave_a_rule() -> None:
    """Half of 240 by 160 may mean a half or a width of 120; never twice as large, never out of shape."""
    profile = choose_profile(GIVEN, TypedBytes(PNG, _saved(_drawing().resize((120, 80)))))
    wide = TypedBytes(PNG, _saved(_drawing(400, 100)))

    def ok(width: int, height: int) -> bool:
        return judge(wide, TypedBytes(PNG, _saved(_drawing(400, 100).resize((width, height)))), profile=profile).ok

    assert ok(200, 50)
    assert ok(120, 30)
    assert not ok(400, 100)
    assert not ok(200, 80)


def test_a_picture_is_compared_as_it_is_shown() -> None:
    """The orientation a camera writes counts: an output that lost it lies on its side."""
    tags = Image.Exif()
    tags[0x0112] = 6
    photo = TypedBytes(JPEG, _saved(_drawing(), "JPEG", exif=tags.tobytes(), quality=95))
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(photo.data)))

    assert judge(photo, TypedBytes(PNG, _saved(upright)), profile="image-1/as-it-is").ok
    assert not judge(photo, TypedBytes(PNG, _saved(_drawing())), profile="image-1/as-it-is").ok


def test_holes_may_be_filled_but_not_made() -> None:
    """A format without transparency lays the picture over some ground."""
    clear = _drawing().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    given = TypedBytes(PNG, _saved(clear))
    white = Image.new("RGB", clear.size, (255, 255, 255))
    white.paste(clear, mask=clear.getchannel("A"))

    assert judge(given, TypedBytes(JPEG, _saved(white, "JPEG")), profile="image-1").ok
    holes = _drawing().convert("RGBA")
    holes.putalpha(0)
    assert not judge(GIVEN, TypedBytes(PNG, _saved(holes)), profile="image-1").ok


def test_words_about_a_picture_are_its_measures() -> None:
    """Width and height are there, and no other number."""
    right, wrong = b'{"width": 240, "height": 160}', b'{"width": 240, "height": 106}'
    profile = choose_profile(GIVEN, TypedBytes(JSON, right))

    assert judge(GIVEN, TypedBytes(JSON, right), profile=profile).ok
    assert not judge(GIVEN, TypedBytes(JSON, wrong), profile=profile).ok


def test_an_enormous_picture_is_not_decoded() -> None:
    """A header may claim any size."""
    header = struct.pack(">II", 60_000, 60_000)
    bomb = TypedBytes(PNG, GIVEN.data[:16] + header + GIVEN.data[24:])

    assert not judge(bomb, GIVEN, profile="image-1").measurable
    assert judge(GIVEN, TypedBytes(PNG, _saved(_drawing(), "PNG", compress_level=1)), profile="image-1").ok


FILES = {"a/one.txt": b"one\n" * 40, "a/two.bin": bytes(range(256)), "three.csv": b"k,v\n1,2\n"}


def _zip(files: dict[str, bytes]) -> TypedBytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return TypedBytes(ZIP, out.getvalue())


def _tar_gz(files: dict[str, bytes]) -> TypedBytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            item = tarfile.TarInfo(name)
            item.size = len(content)
            archive.addfile(item, io.BytesIO(content))
    return TypedBytes("application/gzip", out.getvalue())


@pytest.mark.parametrize(
    ("wrong", "measure"),
    [
        ({**FILES, "three.csv": b"k,v\n1,3\n"}, "changed_members"),
        ({"three.csv": FILES["three.csv"]}, "lost_members"),
        ({**FILES, "more": b"x"}, "invented_members"),
    ],
)
def test_an_archive_packed_again_has_the_same_members(wrong: dict[str, bytes], measure: str) -> None:
    """By name and digest; also as a folder it was unpacked into."""
    assert choose_profile(_zip(FILES), _tar_gz(FILES)) == "archive-1"
    assert judge(_zip(FILES), _tar_gz(FILES), profile="archive-1").ok
    assert judge_unpacked(_tar_gz(FILES), FILES).ok
    assert measure in judge(_zip(FILES), _tar_gz(wrong), profile="archive-1").detail
    assert measure in judge_unpacked(_tar_gz(FILES), wrong).detail


def test_a_file_packed_and_unpacked_is_that_file() -> None:
    """One member needs no name."""
    plain, packed = TypedBytes(TEXT, b"words\n" * 9), TypedBytes("application/gzip", gzip.compress(b"words\n" * 9))

    assert judge(plain, packed, profile="archive-1").ok
    assert judge(packed, plain, profile="archive-1").ok
    assert not judge(packed, TypedBytes(TEXT, b"words\n" * 8), profile="archive-1").ok


def test_a_list_of_an_archive_names_every_member() -> None:
    """Its numbers are sizes and counts."""
    listing = "".join(f"{name} {len(content)}\n" for name, content in FILES.items())
    profile = choose_profile(_zip(FILES), TypedBytes(TEXT, listing.encode()))

    assert profile == "archive-listing-1"
    assert judge(_zip(FILES), TypedBytes(TEXT, listing.encode()), profile=profile).ok
    assert not judge(_zip(FILES), TypedBytes(TEXT, listing.replace("256", "265").encode()), profile=profile).ok
    assert not judge(_zip(FILES), TypedBytes(TEXT, b"three.csv 8\n"), profile=profile).ok


def test_an_archive_too_large_to_unpack_is_not_measured() -> None:
    """The bytes are counted as they come, not as the archive claims."""
    bomb = TypedBytes("application/gzip", gzip.compress(b"\0" * 70_000_000, 1))

    assert not judge(bomb, bomb, profile="archive-1").measurable


def _sound(seconds: float, *, rate: int = 8000, pitch: float = 220.0, channels: int = 1) -> TypedBytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        total = int(seconds * rate)
        volume = [abs(math.sin(3 * n / rate)) * 20_000 for n in range(total)]
        samples = (int(volume[n] * math.sin(pitch * 6.283 * n / rate)) for n in range(total))
        sound.writeframes(b"".join(struct.pack("<h", value) * channels for value in samples))
    return TypedBytes(WAV, out.getvalue())


def test_a_sound_keeps_its_length_and_its_course() -> None:
    """Another rate and more channels are another format of the same sound."""
    given = _sound(2.0)

    assert choose_profile(given, _sound(2.0, rate=4000)) == "media-1"
    assert judge(given, _sound(2.0, rate=4000, channels=2), profile="media-1").ok
    assert "duration" in judge(given, _sound(1.5), profile="media-1").detail
    with wave.open(io.BytesIO(given.data)) as sound:
        frames = sound.readframes(sound.getnframes())
    backwards = given.data[:44] + b"".join(frames[n : n + 2] for n in range(len(frames) - 2, -2, -2))
    assert "loudness" in judge(given, TypedBytes(WAV, backwards), profile="media-1").detail


def test_the_length_of_a_film_is_read_from_its_header() -> None:
    """Duration and streams, without decoding anything."""

    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", 8 + len(content)) + kind + content

    def film(seconds: int) -> TypedBytes:
        head = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, seconds * 1000))
        track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"soun" + bytes(8))))
        return TypedBytes("video/mp4", box(b"ftyp", b"isom") + box(b"moov", head + track) + bytes(seconds))

    frame = bytes([0xFF, 0xFB, 0x90, 0xC0]) + bytes(413)
    assert judge(film(10), TypedBytes("audio/mpeg", frame * 383), profile="media-1").ok
    assert not judge(film(10), TypedBytes("audio/mpeg", frame * 300), profile="media-1").ok
    assert not judge(TypedBytes("video/x-unknown", b"??"), film(10), profile="media-1").measurable
