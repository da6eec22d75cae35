"""Are values inside packages, mails, pages and pictures changed, and nothing else?"""

import email
import email.policy
import gzip
import io
import json
import tarfile
import tomllib
import wave
import zipfile
from collections.abc import Callable

import pytest
from pdfminer.high_level import extract_text
from PIL import Image

from skillstrata.distill.mutate import mutations
from skillstrata.distill.mutate.pdf_pages import PdfBlock, PdfRun, pdf_file, pdf_text, text_width
from skillstrata.distill.mutate.type_names import GZIP, IMAGES, INI, SVG, TAR, TOML, WAV, YAML
from skillstrata.distill.synthesise import fresh
from skillstrata.distill.synthesise.workbooks import Sheet, xlsx_file
from skillstrata.distill.views import table_view
from skillstrata.distill.views.media_types import DOCX, EML, EPUB, IPYNB, ODT, PDF, PPTX, TEXT, XLSX, ZIP
from skillstrata.records.proofs import MutatedInput, TypedBytes


def _one(media_type: str) -> TypedBytes:
    return fresh(media_type, count=1, seed=5)[0]


def _made(content: TypedBytes) -> dict[str, MutatedInput]:
    return {made.relation: made for made in mutations(content, None, seed=3)}


def _zip_text(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def _tar_text(data: bytes) -> str:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        files = [archive.extractfile(record) for record in archive if record.isreg()]
        return "\n".join(stream.read().decode() for stream in files if stream)


def _mail_text(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert not message.defects
    return "\n".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")


def _plain(data: bytes) -> str:
    return data.decode()


READERS: dict[str, Callable[[bytes], str]] = {
    DOCX: _zip_text,
    XLSX: _zip_text,
    PPTX: _zip_text,
    EPUB: _zip_text,
    ODT: _zip_text,
    ZIP: _zip_text,
    TAR: _tar_text,
    GZIP: lambda data: gzip.decompress(data).decode(),
    EML: _mail_text,
    IPYNB: lambda data: json.dumps(json.loads(data), ensure_ascii=False),
    TOML: lambda data: json.dumps(tomllib.loads(data.decode()), ensure_ascii=False),
    YAML: _plain,
    INI: _plain,
    SVG: _plain,
}


@pytest.mark.parametrize("media_type", READERS)
def test_each_old_value_is_gone_and_each_new_one_is_there(media_type: str) -> None:
    """This is what the proof looks for in the output; the reader here is not ours."""
    content = _one(media_type)
    made = _made(content)["replace"]
    before, after = READERS[media_type](content.data), READERS[media_type](made.content.data)

    assert 3 <= len(made.replaced) <= 8
    for old, new in made.replaced:
        assert old in before
        assert old not in after
        assert new in after
    assert len(before) == len(after)


@pytest.mark.parametrize("media_type", [DOCX, XLSX, PPTX, EPUB, ODT])
def test_the_other_parts_of_a_package_stay_byte_for_byte(media_type: str) -> None:
    """Styles, relations and types are what makes it a package."""
    content = _one(media_type)
    made = _made(content)["replace"].content
    with zipfile.ZipFile(io.BytesIO(content.data)) as old, zipfile.ZipFile(io.BytesIO(made.data)) as new:
        assert old.namelist() == new.namelist()
        changed = [name for name in old.namelist() if old.read(name) != new.read(name)]
    assert changed
    assert not any(name.endswith((".rels", "styles.xml", "[Content_Types].xml", "mimetype")) for name in changed)


def test_a_mail_keeps_every_byte_around_its_texts() -> None:
    """Boundaries and headers of transport are not content; both bodies change alike."""
    content = _one(EML)
    made = _made(content)["replace"]
    old, new = (email.message_from_bytes(item.data, policy=email.policy.default) for item in (content, made.content))

    assert old["message-id"] == new["message-id"]
    assert [part.get_content_type() for part in old.walk()] == [part.get_content_type() for part in new.walk()]
    plain, page = new.get_body(("plain",)), new.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert all((word in plain.get_content()) == (word in page.get_content()) for _, word in made.replaced)


def test_rows_of_a_workbook_are_reordered_under_their_header() -> None:
    """Aggregates stay, order does not; the second sheet too."""
    rows = (("town", "people"), ("Aarau", 100), ("Bern", 250), ("Chur", 90), ("Davos", 11))
    content = TypedBytes(XLSX, xlsx_file([Sheet("one", rows)]))
    old, new = table_view(content), table_view(_made(content)["permute"].content)

    assert old is not None
    assert new is not None
    assert new.header == ("town", "people")
    assert new.rows != old.rows
    assert sorted(map(str, new.rows)) == sorted(map(str, old.rows))


def test_a_pdf_is_written_anew_as_a_pair() -> None:
    """Its text cannot be edited in place: only the two of our writing compare."""
    content = _one(PDF)
    made = _made(content)["rewritten"]

    assert made.before is not None
    assert "replace" not in _made(content)
    before, after = (extract_text(io.BytesIO(item.data)) for item in (made.before, made.content))
    for old, new in made.replaced:
        assert old in before
        assert old not in after
        assert new in after
    assert len(before.split()) == len(after.split())


def test_a_pdf_without_text_is_left_alone() -> None:
    """A scan has nothing that could be followed."""
    assert mutations(TypedBytes(PDF, pdf_file(())), None, seed=1) == ()
    assert mutations(TypedBytes(PDF, _one(PDF).data[:900]), None, seed=1) == ()


def test_pictures_and_sounds_are_turned_around() -> None:
    """The same size and length with other content: an output that stays the same ignored it."""
    picture = _one(IMAGES[0])
    old, new = (Image.open(io.BytesIO(item.data)) for item in (picture, _made(picture)["resample"].content))
    assert old.size == new.size
    assert [255 - part for part in old.tobytes()] == list(new.tobytes())

    sound = _one(WAV)
    with (
        wave.open(io.BytesIO(sound.data)) as before,
        wave.open(io.BytesIO(_made(sound)["resample"].content.data)) as after,
    ):
        assert before.getparams() == after.getparams()
        width = before.getnchannels() * 2
        frames, turned = (reader.readframes(reader.getnframes()) for reader in (before, after))
        assert frames != turned
        assert frames[:width] == turned[-width:]


def test_settings_keep_keys_comments_and_kinds() -> None:
    """A setting under another name is another setting."""
    data = (
        b'# about ports\n[server]\nhost = "harbour crane"  # the quay\nport = 8425\nopen = true\nsize = [3711, 4822]\n'
    )
    made = _made(TypedBytes(TOML, data))["replace"].content.data
    tree = tomllib.loads(made.decode())

    assert made.startswith(b"# about ports\n[server]\n")
    assert b"# the quay" in made
    assert list(tree["server"]) == ["host", "port", "open", "size"]
    assert tree["server"]["open"] is True
    assert tree["server"]["port"] != 8425
    assert tree["server"]["host"] != "harbour crane"


def test_blocks_of_yaml_move_whole() -> None:
    """Half a record under another one's dash would be another record."""
    people = ("name: Ada\n    year: 1815\n", "name: Grace\n    year: 1906\n", "name: Alan\n    year: 1912\n")
    data = ("people:\n" + "".join(f"  - {one}" for one in people) + "end: yes\n").encode()
    made = _made(TypedBytes(YAML, data))["permute"].content.data.decode()

    assert made.startswith("people:\n  - name: ")
    assert made.endswith("end: yes\n")
    assert all(record in made for record in people)
    assert made != data.decode()


def test_pages_break_where_a_table_or_a_word_does_not_fit() -> None:
    """Known content is known only if none of it is lost at an edge."""
    rows = tuple((f"row{n}", "x" * 90, f"{n} (of) \\ 200") for n in range(200))
    blocks = [PdfBlock("table", rows=rows), PdfBlock("paragraph", (PdfRun("w" * 400),))]
    text = "".join(extract_text(io.BytesIO(pdf_file(blocks))).split())

    assert all(f"row{n}" in text for n in range(200))
    assert text.count("x") == 200 * 90
    assert text.count("w") == 400 + 200
    assert "199(of)\\200" in text


def test_letters_that_standard_fonts_lack_become_others() -> None:
    """A question mark for each would make different words the same."""
    assert pdf_text("Café ōüß – “ok”") == "Café oüß – “ok”"
    assert pdf_text("漢字").isalpha()
    assert pdf_text("漢字") != pdf_text("山川")
    assert text_width("iii", 10) < text_width("mmm", 10)


def test_plain_text_is_changed_in_place_still() -> None:
    """Wrapped types are an addition."""
    assert "replace" in _made(_one(TEXT))


def test_structure_of_settings_is_never_taken_for_a_value() -> None:
    """Keys without a value, anchors, folded text and sections look like values to a careless pattern."""
    yaml = b"base: &base\n  image: harbour\nweb:\n  <<: *base\n  run: >\n    crane lifts\n  ports: [8425, 9317]\n"
    ini = b"[depot]\nitems =\n  barge crane\n; the quay\nname: harbour 4711\n"
    changed = _made(TypedBytes(YAML, yaml))["replace"].content.data
    settings = _made(TypedBytes(INI, ini))["replace"].content.data

    assert changed.startswith(b"base: &base\n  image: ")
    assert b"web:\n  <<: *base\n  run: >\n    " in changed
    assert b"harbour" not in changed
    assert settings.startswith(b"[depot]\nitems =\n  ")
    assert b"; the quay\nname: " in settings
    assert b"4711" not in settings
