"""Does any oracle raise, whatever bytes it is given?"""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from skillstrata.distill.oracles import PROFILES, choose_profile, judge, relations
from skillstrata.distill.views.media_types import CSV, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV, XML, ZIP
from skillstrata.records.proofs import TypedBytes

_BINARY = ("image/png", "image/jpeg", "audio/wav", "audio/mpeg", "video/mp4", "application/gzip", "application/x-tar")
TYPES = st.sampled_from([CSV, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV, XML, ZIP, *_BINARY])


def _picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((24, 16)).save(out, "PNG")
    return out.getvalue()


_PIECES = [
    *(b'"', b",", b"\n", b"\r\n", b"\t", b"[", b"]", b"{", b"}", b":", b"- ", b"---\n", b"a", b"7", b"0.5", b"<a>"),
    *(
        b"</a>",
        b"2024-01-02",
        b"null",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"|",
        b"#",
        b"=",
        b"1e999",
        b"RIFF",
        b"-",
        b"%",
    ),
    *(b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG\r\n\x1a\n", b"ID3", b"\xff\xfb\x90\xc0", b"0000ftypisom"),
    *(_picture(), _picture()[:40]),
]
BYTES = st.one_of(st.binary(max_size=120), st.lists(st.sampled_from(_PIECES), max_size=24).map(b"".join))
_CALM = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_CALM
@given(TYPES, BYTES, TYPES, BYTES, st.sampled_from(sorted(PROFILES)))
def test_no_profile_raises(ours: str, before: bytes, theirs: str, after: bytes, profile: str) -> None:
    """Inputs and outputs come from strangers: bytes that are no file of their type are not measurable, or refused."""
    pair = (TypedBytes(ours, before), TypedBytes(theirs, after))

    chosen = choose_profile(*pair, labels=frozenset({"a", "7"}))
    for name in (profile, chosen):
        result = judge(*pair, profile=name, labels=frozenset({"a", "7"}))
        assert not (result.ok and not result.measurable)


@_CALM
@given(TYPES, BYTES, BYTES, st.sampled_from(sorted(PROFILES)))
def test_no_relation_raises(media_type: str, data: bytes, output: bytes, profile: str) -> None:
    """A relation makes inputs of what it is given, and judges whatever comes out."""
    produced = TypedBytes(media_type, output)

    for relation in relations(TypedBytes(media_type, data), profile):
        outputs = [produced for _ in relation.runs(produced)]
        assert relation.holds(produced, outputs).state in {"passed", "failed", "not applicable"}


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        (JSON, b"[" * 100_000),
        (JSON, b'{"a":' * 5_000 + b"1" + b"}" * 5_000),
        (TEXT, b"a: " * 20_000),
        (TEXT, b"- " * 20_000 + b"x"),
        (CSV, b'"' * 50_000),
        (CSV, b"a," * 5_000 + b"\n" + b"1," * 5_000),
        (TEXT, b"1e" + b"9" * 5_000 + b"\n" + b"7" * 5_000),
        (XML, b"<a>" * 20_000),
    ],
)
def test_what_is_deep_or_long_ends(media_type: str, data: bytes) -> None:
    """No recursion to the end of the stack, no number too large for a float."""
    content = TypedBytes(media_type, data)

    for produced in (content, TypedBytes(TEXT, b"a: 7\nb: 8\n"), TypedBytes(JSON, b'{"a": 7, "b": 8}')):
        assert judge(content, produced).ok in {True, False}
