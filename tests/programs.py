"""Small programs as agents write them, with `{dir}` where the absolute path of the project stood."""

HTML_PAGE = """<!DOCTYPE html>
<html><head><title>Harbour report</title><style>p {{ margin: 0 }}</style></head><body>
<h1>Harbour report</h1>
<p>The quay at Norrvik handled 4821 containers in March, and 5190 in April.</p>
<h2>Vessels</h2>
<ul><li>Marten carried timber</li><li>Otter carried grain</li></ul>
<h2>Tariffs</h2>
<table><tr><th>Class</th><th>Fee</th></tr><tr><td>Coaster</td><td>1730</td></tr><tr><td>Tanker</td><td>9460</td></tr></table>
<p>Questions go to the <a href="https://harbour.example/office">harbour office</a> before noon.</p>
</body></html>
""".replace("{{", "{").replace("}}", "}")

HTML_TO_MD = '''"""Convert the harbour page to Markdown."""
from html.parser import HTMLParser

SRC = "{dir}/docs/page.html"
DST = "{dir}/docs/page.md"


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.out, self.skip, self.row, self.rows, self.href = [], 0, None, 0, ""

    def handle_starttag(self, tag, attrs):
        if tag in ("style", "script", "title"):
            self.skip += 1
        elif tag in ("h1", "h2", "h3", "h4"):
            self.out.append("\\n" + "#" * int(tag[1]) + " ")
        elif tag == "p":
            self.out.append("\\n")
        elif tag == "li":
            self.out.append("- ")
        elif tag == "table":
            self.rows = 0
        elif tag == "tr":
            self.row = []
        elif tag in ("td", "th"):
            self.row.append("")
        elif tag == "a":
            self.href = dict(attrs).get("href", "")
            self.emit("[")

    def handle_endtag(self, tag):
        if tag in ("style", "script", "title"):
            self.skip -= 1
        elif tag in ("h1", "h2", "h3", "h4", "p", "li"):
            self.out.append("\\n")
        elif tag == "a":
            self.emit("](" + self.href + ")")
        elif tag == "tr":
            self.out.append("| " + " | ".join(c.strip() for c in self.row) + " |\\n")
            if self.rows == 0:  # a Markdown table needs its rule
                self.out.append("|" + " --- |" * len(self.row) + "\\n")
            self.rows += 1
            self.row = None

    def handle_data(self, data):
        if not self.skip and (data.strip() or self.row is None and data == " "):
            self.emit(" ".join(data.split()) if self.row is not None else data.replace("\\n", " "))

    def emit(self, text):
        if self.row:
            self.row[-1] += text
        else:
            self.out.append(text)


reader = Reader()
with open(SRC, encoding="utf-8") as page:
    reader.feed(page.read())
with open(DST, "w", encoding="utf-8") as note:
    note.write("".join(reader.out).strip() + "\\n")
print("done")
'''

CSV_TABLE = """id,town,berths,opened
007,Norrvik,14,1961-04-02
012,"Sund, East",9,1978-11-20
023,Halsa,31,1990-06-15
031,Vik,5,2003-01-09
"""

CSV_TO_JSON = """import csv, json
with open("{dir}/ports.csv", newline="", encoding="utf-8") as f:
    rows = list(csv.DictReader(f))
with open("{dir}/ports.json", "w", encoding="utf-8") as f:
    json.dump(rows, f, indent=2, ensure_ascii=False)
"""

JSON_RECORDS = """[
  {"name": "Marten", "tons": 4821, "flag": "NO", "note": "timber, dry"},
  {"name": "Otter", "tons": 1730, "flag": "SE", "note": "grain"},
  {"name": "Heron", "tons": 9460, "flag": "DK", "note": "steel coils"}
]
"""

JSON_TO_CSV = """import csv, json
rows = json.load(open("{dir}/fleet.json", encoding="utf-8"))
with open("{dir}/fleet.csv", "w", newline="", encoding="utf-8") as f:
    w = csv.DictWriter(f, fieldnames=list(rows[0]))
    w.writeheader()
    w.writerows(rows)
"""

LOG = "\n".join(
    f"2031-05-{day:02d} 08:{minute:02d}:11 {level} gate {gate}: {text}"
    for day, minute, level, gate, text in [
        (3, 14, "INFO", 2, "barrier raised"),
        (3, 19, "ERROR", 7, "sensor silent for 94 s"),
        (4, 2, "WARN", 2, "queue of 38 trucks"),
        (4, 27, "ERROR", 5, "badge 55172 refused"),
        (5, 41, "INFO", 1, "shift changed"),
        (6, 8, "ERROR", 7, "sensor silent for 131 s"),
    ]
)

LOG_ERRORS = """for line in open("{dir}/gate.log", encoding="utf-8"):
    if " ERROR " in line:
        print(line.rstrip())
"""

DOCX_TO_TEXT = """import sys, zipfile
import xml.etree.ElementTree as ET

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
src, dst = sys.argv[1], sys.argv[2]
root = ET.fromstring(zipfile.ZipFile(src).read("word/document.xml"))
lines = []
for para in root.iter(W + "p"):
    text = "".join(t.text or "" for t in para.iter(W + "t"))
    if text.strip():
        lines.append(text)
open(dst, "w", encoding="utf-8").write("\\n\\n".join(lines) + "\\n")
"""
