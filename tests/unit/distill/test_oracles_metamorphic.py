"""Do relations between outputs hold for honest programs, and fail for those they are there for?"""

import csv
import io
import json
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw

from skillstrata.distill.oracles import relations
from skillstrata.distill.oracles.metamorphic import Outcome, round_trip, verified_by
from skillstrata.distill.views.media_types import CSV, JSON, TEXT
from skillstrata.records.proofs import TypedBytes

Program = Callable[[bytes], bytes]
ROWS = [("code", "name", "n")] + [(f"{n:03}", f"name {n}, jr", str(n * 7)) for n in range(1, 9)]
TABLE = TypedBytes(CSV, "\n".join(f'{a},"{b}",{c}' for a, b, c in ROWS).encode() + b"\n")
LOG = TypedBytes(TEXT, "".join(f"10:00:0{n} {'ERROR' if n % 2 else 'INFO'} job {n}\n" for n in range(8)).encode())


def _outcome(given: TypedBytes, profile: str, name: str, program: Program, media_type: str) -> Outcome:
    relation = next(relation for relation in relations(given, profile) if relation.name == name)
    base = TypedBytes(media_type, program(given.data))
    return relation.holds(base, [TypedBytes(media_type, program(run.data)) for run in relation.runs(base)])


def _records(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def _json(data: bytes) -> bytes:
    return json.dumps(_records(data)).encode()


def _first_five(data: bytes) -> bytes:
    return json.dumps(_records(data)[:5]).encode()


def _cut_at_commas(data: bytes) -> bytes:
    return json.dumps([line.split(",") for line in data.decode().split("\n")]).encode()


def _latest_only(data: bytes) -> bytes:
    return json.dumps([row for row in _records(data) if row == _records(data)[-1]] * 3).encode()


def _errors(data: bytes) -> bytes:
    return b"".join(line + b"\n" for line in data.splitlines() if b"ERROR" in line)


def _every_other(data: bytes) -> bytes:
    return b"".join(line + b"\n" for line in data.splitlines()[1::2])


def _count(data: bytes) -> bytes:
    return json.dumps({"rows": len(_records(data)), "sum": sum(int(row["n"]) for row in _records(data))}).encode()


def _count_some(data: bytes) -> bytes:
    return json.dumps({"rows": min(10, len(_records(data))), "sum": 77 + len(data)}).encode()


@pytest.mark.parametrize(
    ("given", "profile", "name", "media_type", "honest", "faulty"),
    [
        (TABLE, "table-1", "permute", JSON, _json, _first_five),
        (
            TABLE,
            "table-1",
            "concatenate",
            JSON,
            _json,
            lambda data: json.dumps(_records(data) * (len(data) // 99)).encode(),
        ),
        (TABLE, "table-1", "append", JSON, _json, _latest_only),
        (
            TABLE,
            "table-1",
            "line ends",
            JSON,
            _json,
            lambda data: json.dumps(data.decode().split("\n")).encode() * (b"\r" not in data) or b"[]",
        ),
        (TABLE, "summary-1", "concatenate", JSON, _count, _count_some),
        (
            TABLE,
            "summary-1",
            "permute",
            JSON,
            _count,
            lambda data: json.dumps({"rows": len(data.split(b"008")[0])}).encode(),
        ),
        (LOG, "extract-lines-1", "apply twice", TEXT, _errors, _every_other),
        (LOG, "extract-lines-1", "permute", TEXT, _errors, _every_other),
    ],
)
def test_a_relation_holds_for_the_honest_and_fails_for_the_faulty(
    given: TypedBytes, profile: str, name: str, media_type: str, honest: Program, faulty: Program
) -> None:
    """No right answer is needed: the two outputs disagree with each other."""
    assert _outcome(given, profile, name, honest, media_type).state == "passed"
    failed = _outcome(given, profile, name, faulty, media_type)
    assert failed.state == "failed"
    assert failed.detail


def test_a_scaled_picture_gives_the_same_picture() -> None:
    """A program with fixed places shows something else."""
    image = Image.new("RGB", (120, 80), (250, 250, 240))
    ImageDraw.Draw(image).ellipse((60, 30, 110, 75), fill=(20, 40, 160))
    out = io.BytesIO()
    image.save(out, "PNG")

    def written(made: Image.Image) -> bytes:
        target = io.BytesIO()
        made.save(target, "PNG")
        return target.getvalue()

    def half(data: bytes) -> bytes:
        opened = Image.open(io.BytesIO(data))
        return written(opened.resize((opened.width // 2, opened.height // 2)))

    def corner(data: bytes) -> bytes:
        return written(Image.open(io.BytesIO(data)).crop((0, 0, 60, 40)))

    given = TypedBytes("image/png", out.getvalue())
    assert _outcome(given, "image-1/as-it-is", "scale", half, "image/png").state == "passed"
    assert (
        _outcome(
            given,
            "image-1/as-it-is",
            "scale",
            lambda data: corner(data) if len(data) < 500 else half(data)[:50],
            "image/png",
        ).state
        == "failed"
    )


def test_a_relation_that_does_not_apply_says_why_and_verifies_nothing() -> None:
    """A tool with none applicable is not verified."""
    found = relations(TypedBytes("application/pdf", b"%PDF-1.4"), "document-1")
    base = TypedBytes(TEXT, b"words")

    outcomes = [relation.holds(base, []) for relation in found]
    assert {outcome.state for outcome in outcomes} == {"not applicable"}
    assert all(outcome.detail for outcome in outcomes)
    assert verified_by(outcomes) == ()
    assert verified_by([_outcome(TABLE, "table-1", "permute", _json, JSON)]) == ("permute",)


def test_a_run_without_an_output_fails_the_relation() -> None:
    """What breaks on the same records in another order has not passed."""
    relation = next(relation for relation in relations(TABLE, "table-1") if relation.name == "permute")

    assert relation.holds(TypedBytes(JSON, _json(TABLE.data)), [None]).state == "failed"
    assert relation.holds(TypedBytes(JSON, _json(TABLE.data)), [TypedBytes(JSON, _json(TABLE.data))]).state == "passed"


def test_there_and_back_again_keeps_typed_values() -> None:
    """A pair of tools in the library proves each other."""
    rows = [["code", "name", "n"], *([row[key] for key in ("code", "name", "n")] for row in _records(TABLE.data))]

    def back(lines: list[list[str]]) -> TypedBytes:
        out = io.StringIO()
        csv.writer(out).writerows(lines)
        return TypedBytes(CSV, out.getvalue().encode())

    assert round_trip(TABLE, back(rows)).state == "passed"
    assert round_trip(TABLE, back([[cell.lstrip("0") for cell in row] for row in rows])).state == "failed"
