"""Documents, pictures, archives and sound, by the standard library alone: each placed, then called on another file."""

import email.message
import io
import json
import math
import struct
import wave
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from skillstrata.distill.synthesise import fresh
from skillstrata.distill.views import document_view
from skillstrata.records.candidates import Candidate, State
from tests.programs import DOCX_TO_TEXT
from tests.programs_recorded import Recorded, Recordings, Scenario, all_judged, made, made_files, story

pytestmark = pytest.mark.sandbox

OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX, PPTX = f"{OFFICE}.wordprocessingml.document", f"{OFFICE}.presentationml.presentation"
EPUB = "application/epub+zip"
NOTE = """# Harbour notes

The quay at Norrvik handled **4821** containers in March.

## Vessels

- Marten carried timber
- Otter carried grain

See the [office](https://harbour.example/office) before noon.
"""
PPTX_TEXT = """import re, zipfile
import xml.etree.ElementTree as ET
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
deck = zipfile.ZipFile("{dir}/talk.pptx")
slides = sorted(
    (n for n in deck.namelist() if re.fullmatch(r"ppt/slides/slide\\d+\\.xml", n)),
    key=lambda n: int(re.search(r"\\d+", n)[0]),
)
with open("{dir}/talk.md", "w", encoding="utf-8") as out:
    for number, name in enumerate(slides, start=1):
        root = ET.fromstring(deck.read(name))
        paragraphs = ["".join(t.text or "" for t in p.iter(A + "t")) for p in root.iter(A + "p")]
        paragraphs = [p for p in paragraphs if p.strip()]
        out.write("\\n\\n".join(["# " + paragraphs[0], *paragraphs[1:]] if paragraphs else []) + "\\n\\n")
"""
EPUB_TEXT = """import posixpath, zipfile
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

class Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.lines, self.open, self.skip = [], "", 0
    def handle_starttag(self, tag, attrs):
        self.skip += tag in ("title", "style", "script")
        if tag in ("p", "li", "div", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote"):
            self.end()
            self.open = "#" * int(tag[1]) + " " if tag[0] == "h" and tag[1:].isdigit() else ""
    def handle_endtag(self, tag):
        self.skip -= tag in ("title", "style", "script")
        if tag in ("p", "li", "div", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote"):
            self.end()
    def handle_data(self, data):
        if not self.skip:
            self.open += data
    def end(self):
        if self.open.strip("# \\n"):
            self.lines.append(" ".join(self.open.split()))
        self.open = ""

book = zipfile.ZipFile("{dir}/book.epub")
box = ET.fromstring(book.read("META-INF/container.xml"))
opf = box.find(".//{*}rootfile").get("full-path")
package = ET.fromstring(book.read(opf))
items = {i.get("id"): i.get("href") for i in package.iter("{http://www.idpf.org/2007/opf}item")}
text = Text()
for ref in package.iter("{http://www.idpf.org/2007/opf}itemref"):
    text.feed(book.read(posixpath.join(posixpath.dirname(opf), items[ref.get("idref")])).decode("utf-8"))
    text.end()
open("{dir}/book.md", "w", encoding="utf-8").write("\\n\\n".join(text.lines) + "\\n")
"""
MAIL_JSON = """import email, email.policy, json
with open("{dir}/note.eml", "rb") as f:
    mail = email.message_from_binary_file(f, policy=email.policy.default)
body = mail.get_body(preferencelist=("plain", "html"))
record = {
    "from": str(mail["from"]),
    "to": str(mail["to"]),
    "subject": str(mail["subject"]),
    "date": str(mail["date"]),
    "body": body.get_content().strip() if body else "",
}
json.dump(record, open("{dir}/note.json", "w", encoding="utf-8"), indent=2, ensure_ascii=False)
"""
MD_HTML = r"""import html, re
def inline(text):
    text = html.escape(text, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"(?<!\*)\*([^*]+)\*", r"<em>\1</em>", text)

out = []
for block in re.split(r"\n\s*\n", open("{dir}/note.md", encoding="utf-8").read().strip()):
    head = re.match(r"(#{1,6}) (.*)", block)
    if head:
        out.append(f"<h{len(head[1])}>{inline(head[2])}</h{len(head[1])}>")
    elif block.lstrip().startswith("- "):
        items = [inline(line.strip()[2:]) for line in block.splitlines()]
        out.append("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>")
    else:
        out.append(f"<p>{inline(block)}</p>")
with open("{dir}/note.html", "w", encoding="utf-8") as f:
    f.write("<!DOCTYPE html>\n<html><body>\n" + "\n".join(out) + "\n</body></html>\n")
"""
UNZIP = """import os, zipfile
box = zipfile.ZipFile("{dir}/papers.zip")
for name in box.namelist():
    if name.endswith("/"):
        continue
    target = os.path.join("{dir}/papers", name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as out:
        out.write(box.read(name))
"""
ZIP_LIST = """import csv, zipfile
with open("{dir}/papers.csv", "w", newline="") as f:
    out = csv.writer(f)
    out.writerow(["name", "size"])
    for info in zipfile.ZipFile("{dir}/papers.zip").infolist():
        out.writerow([info.filename, info.file_size])
"""
WAV_HALF = """import array, wave
with wave.open("{dir}/horn.wav", "rb") as w:
    form, frames = w.getparams(), w.readframes(w.getnframes())
samples = array.array("h", frames)
with wave.open("{dir}/horn-quiet.wav", "wb") as w:
    w.setparams(form)
    w.writeframes(array.array("h", (s // 2 for s in samples)).tobytes())
"""
BMP_FLIP = """import struct
data = bytearray(open("{dir}/pier.bmp", "rb").read())
start = struct.unpack_from("<I", data, 10)[0]
width, height = struct.unpack_from("<ii", data, 18)
bits = struct.unpack_from("<H", data, 28)[0]
stride = (width * bits + 31) // 32 * 4
rows = [bytes(data[start + y * stride : start + (y + 1) * stride]) for y in range(abs(height))]
data[start : start + stride * abs(height)] = b"".join(reversed(rows))
open("{dir}/pier-flipped.bmp", "wb").write(data)
"""


def _mail(subject: str, text: str) -> bytes:
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann Berg <ann@harbour.example>", "office@harbour.example", subject
    mail["Date"] = "Tue, 06 May 2031 09:14:00 +0000"
    mail.set_content(text)
    return mail.as_bytes()


def _zip(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as box:
        for name, text in files.items():
            box.writestr(name, text)
    return data.getvalue()


def _wav(seconds: float, tone: float, *, rate: int = 8000) -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        turns = [math.sin(2 * math.pi * tone * n / rate) for n in range(int(seconds * rate))]
        out.writeframes(b"".join(struct.pack("<hh", int(9000 * t), int(5000 * t)) for t in turns))
    return data.getvalue()


def _bmp(width: int, height: int) -> bytes:
    stride = (width * 24 + 31) // 32 * 4
    rows = []
    for y in range(height):
        row = b"".join(bytes((x * 255 // width, y * 255 // height, 255 * (x > y))) for x in range(width))
        rows.append(row.ljust(stride, b"\0"))
    size = 54 + stride * height
    head = b"BM" + struct.pack("<IHHI", size, 0, 0, 54)
    return (
        head
        + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, stride * height, 2835, 2835, 0, 0)
        + b"".join(rows)
    )


class _Words(HTMLParser):
    """The words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def _every_word(media_type: str, name: str) -> Callable[[Recordings, Candidate], None]:
    def check(home: Recordings, candidate: Candidate) -> None:
        content = fresh(media_type, count=2, seed=23)[1]
        given = made(home.call(candidate, {name: content.data})).decode().lower()
        view = document_view(content)
        assert view is not None
        words = [word for word in view.tokens if len(word) > 3]
        assert sum(word in given for word in words) >= 0.95 * len(words) > 0

    return check


def _mail_fields(home: Recordings, candidate: Candidate) -> None:
    given = json.loads(
        made(home.call(candidate, {"re: mail.eml".replace(":", ""): _mail("Åpent hus", "Kom klokka 7.\n")}))
    )
    assert (given["subject"], given["body"]) == ("Åpent hus", "Kom klokka 7.")


def _page_of_note(home: Recordings, candidate: Candidate) -> None:
    other = "## Tides\n\nHigh at **04:12** & low at 10:30.\n\n- spring tide\n- neap tide\n"
    given = made(home.call(candidate, {"my note.md": other.encode()})).decode()
    assert _Words(given).words == "Tides High at 04:12 & low at 10:30. spring tide neap tide".split()
    assert "<h2>Tides</h2>" in given


def _unpacked(home: Recordings, candidate: Candidate) -> None:
    other = {"a b.txt": "one\n", "deep/er/ü.md": "# Two\n"}
    assert made_files(home.call(candidate, {"the box.zip": _zip(other)})) == {k: v.encode() for k, v in other.items()}


def _listed(home: Recordings, candidate: Candidate) -> None:
    other = {"x, y.txt": "12345", "z.md": ""}
    given = made(home.call(candidate, {"箱.zip": _zip(other)})).decode()
    assert given.splitlines() == ["name,size", '"x, y.txt",5', "z.md,0"]


def _half_as_loud(home: Recordings, candidate: Candidate) -> None:
    given = made(home.call(candidate, {"a horn.wav": _wav(0.25, 660)}))
    with wave.open(io.BytesIO(given)) as sound, wave.open(io.BytesIO(_wav(0.25, 660))) as source:
        assert sound.getparams() == source.getparams()
        halves = [sample // 2 for (sample,) in struct.iter_unpack("<h", source.readframes(source.getnframes()))]
        assert [s for (s,) in struct.iter_unpack("<h", sound.readframes(sound.getnframes()))] == halves


def _upside_down(home: Recordings, candidate: Candidate) -> None:
    source = _bmp(31, 17)
    given = made(home.call(candidate, {"it's.bmp": source}))
    stride = 96
    rows = [source[54 + y * stride : 54 + (y + 1) * stride] for y in range(17)]
    assert given == source[:54] + b"".join(reversed(rows))


ALL = [
    Scenario(
        Recorded(
            "docx_to_text",
            {"docs/report.docx": fresh(DOCX, count=1, seed=3)[0].data},
            ("cd {dir} && python3 d.py {dir}/docs/report.docx {dir}/docs/report.txt",),
            {"d.py": DOCX_TO_TEXT},
        ),
        _every_word(DOCX, "the report.docx"),
    ),
    Scenario(
        Recorded(
            "pptx_to_md", {"talk.pptx": fresh(PPTX, count=1, seed=3)[0].data}, ("python3 p.py",), {"p.py": PPTX_TEXT}
        ),
        _every_word(PPTX, "a talk.pptx"),
    ),
    Scenario(
        Recorded(
            "epub_to_md", {"book.epub": fresh(EPUB, count=1, seed=3)[0].data}, ("python3 e.py",), {"e.py": EPUB_TEXT}
        ),
        _every_word(EPUB, "本.epub"),
        "b",
    ),
    Scenario(
        Recorded(
            "mail_to_json",
            {"note.eml": _mail("Berth 14 on 6 May", "The crane is back.\n\nPlease tell the 12 crews.\n")},
            ("python3 m.py",),
            {"m.py": MAIL_JSON},
        ),
        _mail_fields,
    ),
    Scenario(Recorded("md_to_html", {"note.md": NOTE}, ("python3 m.py",), {"m.py": MD_HTML}), _page_of_note),
    Scenario(
        Recorded(
            "unzip",
            {
                "papers.zip": _zip(
                    {
                        "a.txt": "Tariffs of 1961\n",
                        "in/b.csv": "id,fee\n7,1730\n8,9460\n",
                        "in/c.md": "# Note\n\nText.\n",
                    }
                )
            },
            ("python3 u.py",),
            {"u.py": UNZIP},
        ),
        _unpacked,
    ),
    Scenario(
        Recorded(
            "list_zip",
            {
                "papers.zip": _zip(
                    {
                        "a.txt": "Tariffs of 1961\n",
                        "in/b.csv": "id,fee\n7,1730\n8,9460\n",
                        "in/c.md": "# Note\n\nText.\n",
                    }
                )
            },
            ("python3 l.py",),
            {"l.py": ZIP_LIST},
        ),
        _listed,
    ),
    Scenario(Recorded("wav_half", {"horn.wav": _wav(0.5, 440)}, ("python3 w.py",), {"w.py": WAV_HALF}), _half_as_loud),
    Scenario(Recorded("bmp_flip", {"pier.bmp": _bmp(48, 36)}, ("python3 b.py",), {"b.py": BMP_FLIP}), _upside_down),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Recordings, Candidate]]:
    """Record everything, then distil each library once."""
    return all_judged(ALL, tmp_path_factory.mktemp("documents"))


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.task.name)
def test_it_becomes_a_tool_that_works_on_other_files(
    judged: dict[str, tuple[Recordings, Candidate]], scenario: Scenario
) -> None:
    """A proof is worth what the tool does on a file that its author never saw."""
    home, candidate = judged[scenario.task.name]

    assert candidate.state is State.PLACED, story(candidate)
    scenario.check(home, candidate)
