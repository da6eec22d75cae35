"""The programs the calibration runs in an environment of its own: well-known converters, and writers of test files.

In     nothing: these are tables of names, requirements and program texts
Out    `WRITERS` (Markdown or HTML to another format) and `CONVERTERS` (each format to text), by profile
Never  imported by the product, nor are the packages they name its dependencies
"""

from dataclasses import dataclass

from skillstrata.distill.views.media_types import MARKDOWN, TEXT


@dataclass(frozen=True)
class Converter:
    """One converter: a Python expression of `source` (a path) that gives text, or a pair of pandoc formats."""

    name: str
    requires: tuple[str, ...]
    code: str = ""
    setup: str = ""
    pandoc: tuple[str, str] = ("", "")
    produces: str = MARKDOWN


PANDOC = ("pypandoc-binary",)
_MARKITDOWN = Converter(
    "markitdown",
    ("markitdown[docx,pptx,xlsx,pdf]",),
    "reader.convert(str(source)).text_content",
    "from markitdown import MarkItDown\nreader = MarkItDown()",
)


def _kreuzberg(*, markdown: bool = True) -> Converter:
    shape = "ExtractionConfig(output_format='markdown')" if markdown else "ExtractionConfig()"
    return Converter(
        "kreuzberg",
        ("kreuzberg",),
        "extract_file_sync(str(source), config=config).content",
        f"from kreuzberg import ExtractionConfig, extract_file_sync\nconfig = {shape}",
        produces=MARKDOWN if markdown else TEXT,
    )


def _pandoc(reader: str, writer: str = "gfm") -> Converter:
    return Converter("pandoc", PANDOC, pandoc=(reader, writer))


_READ = "source.read_text(encoding='utf-8')"
# profile -> converters; a floor is held up by at least three of them.
CONVERTERS: dict[str, tuple[Converter, ...]] = {
    "html-1": (
        _MARKITDOWN,
        _pandoc("html"),
        Converter(
            "html2text",
            ("html2text",),
            f"tool.handle({_READ})",
            "import html2text\ntool = html2text.HTML2Text(bodywidth=0)",
        ),
        Converter(
            "markdownify",
            ("markdownify",),
            f"markdownify({_READ}, heading_style='ATX')",
            "from markdownify import markdownify",
        ),
        Converter(
            "inscriptis", ("inscriptis",), f"get_text({_READ})", "from inscriptis import get_text", produces=TEXT
        ),
        _kreuzberg(),
    ),
    "docx-1": (
        _MARKITDOWN,
        _pandoc("docx"),
        Converter(
            "mammoth",
            ("mammoth",),
            "mammoth.convert_to_markdown(source.open('rb')).value",
            "import mammoth",
        ),
        Converter("docx2txt", ("docx2txt",), "docx2txt.process(str(source))", "import docx2txt", produces=TEXT),
        _kreuzberg(),
    ),
    "odt-1": (
        _pandoc("odt"),
        _kreuzberg(),
        Converter(
            "odfpy",
            ("odfpy",),
            "'\\n\\n'.join(teletype.extractText(e) for e in walk(load(str(source)).body))",
            "from odf import teletype\nfrom odf.opendocument import load\n"
            "def walk(e):\n"
            "    for c in e.childNodes:\n"
            "        if getattr(c, 'qname', ('', ''))[1] in ('h', 'p'):\n"
            "            yield c\n"
            "        elif c.nodeType == 1:\n"
            "            yield from walk(c)",
            produces=TEXT,
        ),
        Converter("odfdo", ("odfdo",), "Document(source).to_markdown()", "from odfdo import Document"),
    ),
    "rtf-1": (
        _pandoc("rtf"),
        _kreuzberg(),
        Converter(
            "striprtf",
            ("striprtf",),
            "rtf_to_text(source.read_text())",
            "from striprtf.striprtf import rtf_to_text",
            produces=TEXT,
        ),
    ),
    "epub-1": (_MARKITDOWN, _pandoc("epub"), _kreuzberg()),
    "slides-1": (_MARKITDOWN, _pandoc("pptx"), _kreuzberg()),
    "sheet-1": (
        _MARKITDOWN,
        _kreuzberg(),
        Converter(
            "xlsx2csv",
            ("xlsx2csv",),
            "whole(source)",
            "import io\nfrom xlsx2csv import Xlsx2csv\n"
            "def whole(source):\n"
            "    out = io.StringIO()\n"
            "    Xlsx2csv(str(source), outputEncoding='utf-8').convert(out, sheetid=0)\n"
            "    return out.getvalue()",
            produces=TEXT,
        ),
    ),
    "pdf-1": (
        Converter(
            "pypdf",
            ("pypdf",),
            "'\\n\\n'.join(p.extract_text() for p in PdfReader(source).pages)",
            "from pypdf import PdfReader",
            produces=TEXT,
        ),
        Converter(
            "pypdfium2",
            ("pypdfium2",),
            "'\\n\\n'.join(p.get_textpage().get_text_bounded() for p in pdfium.PdfDocument(source))",
            "import pypdfium2 as pdfium",
            produces=TEXT,
        ),
        Converter(
            "pymupdf",
            ("pymupdf",),
            "'\\n\\n'.join(p.get_text() for p in pymupdf.open(source))",
            "import pymupdf",
            produces=TEXT,
        ),
        Converter(
            "pdfplumber",
            ("pdfplumber",),
            "'\\n\\n'.join(p.extract_text() for p in pdfplumber.open(source).pages)",
            "import pdfplumber",
            produces=TEXT,
        ),
    ),
    "mail-1": (
        _kreuzberg(markdown=False),
        Converter(
            "mail-parser",
            ("mail-parser",),
            "(lambda m: m.subject + '\\n\\n' + '\\n'.join(m.text_plain))(mailparser.parse_from_file(str(source)))",
            "import mailparser",
            produces=TEXT,
        ),
        Converter(
            "imap-tools",
            ("imap_tools",),
            "(lambda m: m.subject + '\\n\\n' + m.text)(MailMessage.from_bytes(source.read_bytes()))",
            "from imap_tools import MailMessage",
            produces=TEXT,
        ),
        Converter(
            "fast-mail-parser",
            ("fast-mail-parser",),
            "(lambda m: m.subject + '\\n\\n' + '\\n'.join(m.text_plain))(parse_email(source.read_bytes()))",
            "from fast_mail_parser import parse_email",
            produces=TEXT,
        ),
    ),
    "notebook-1": (
        _MARKITDOWN,
        _pandoc("ipynb"),
        Converter(
            "nbconvert",
            ("nbconvert",),
            "MarkdownExporter().from_filename(str(source))[0]",
            "from nbconvert import MarkdownExporter",
        ),
        Converter("jupytext", ("jupytext",), "jupytext.writes(jupytext.read(source), fmt='md')", "import jupytext"),
    ),
    "markdown-1": (
        Converter("pandoc", PANDOC, pandoc=("gfm", "html"), produces="text/html"),
        Converter(
            "markdown-it-py",
            ("markdown-it-py",),
            f"tool.render({_READ})",
            "from markdown_it import MarkdownIt\ntool = MarkdownIt('commonmark').enable('table')",
            produces="text/html",
        ),
        Converter(
            "mistune",
            ("mistune",),
            f"tool({_READ})",
            "import mistune\ntool = mistune.create_markdown(plugins=['table'])",
            produces="text/html",
        ),
        Converter(
            "Python-Markdown",
            ("markdown",),
            f"markdown.markdown({_READ}, extensions=['tables', 'fenced_code', 'sane_lists'])",
            "import markdown",
            produces="text/html",
        ),
    ),
}
# What makes the files of a profile that we do not write ourselves, of Markdown or HTML: pandoc formats, or programs.
PANDOC_WRITERS = {"odt-1": "odt", "rtf-1": "rtf", "epub-1": "epub", "slides-1": "pptx"}
PDF_WRITER = Converter(
    "weasyprint",
    ("weasyprint",),
    "HTML(string=source.read_text(encoding='utf-8')).write_pdf()",
    "from weasyprint import HTML",
)
SHEET_WRITER = Converter(
    "openpyxl",
    ("openpyxl",),
    "book(json.loads(source.read_text(encoding='utf-8')))",
    "import datetime, io, json\nfrom openpyxl import Workbook\n"
    "def book(sheets):\n"
    "    made = Workbook()\n"
    "    made.remove(made.active)\n"
    "    for name, rows in sheets:\n"
    "        sheet = made.create_sheet(name)\n"
    "        for row in rows:\n"
    "            sheet.append([datetime.date.fromisoformat(v[5:]) if str(v).startswith('date:') else v for v in row])\n"
    "    out = io.BytesIO()\n"
    "    made.save(out)\n"
    "    return out.getvalue()",
)
# Runs one converter over a folder; a file it cannot convert gets no output.
DRIVER = """
import pathlib, sys, warnings, logging
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
here, there = map(pathlib.Path, sys.argv[1:3])
{setup}
for source in sorted(here.iterdir()):
    try:
        made = {code}
    except Exception as error:
        print(source.name, type(error).__name__, error, file=sys.stderr)
        continue
    (there / source.stem).write_bytes(made if isinstance(made, bytes) else made.encode("utf-8", "replace"))
"""
LUA_DRIVER = """
local here, there, reader, writer = arg[1], arg[2], arg[3], arg[4]
for _, name in ipairs(pandoc.system.list_directory(here)) do
  local f = io.open(here .. "/" .. name, "rb"); local data = f:read("a"); f:close()
  local ok, made = pcall(function()
    local options = pandoc.WriterOptions{ wrap_text = "none" }
    local template = ({ rtf = "rtf", odt = "opendocument" })[writer]
    if template then options.template = pandoc.template.compile(pandoc.template.default(template)) end
    return pandoc.write(pandoc.read(data, reader), writer, options)
  end)
  if ok then
    local out = io.open(there .. "/" .. name:gsub("%.[^.]*$", ""), "wb"); out:write(made); out:close()
  else io.stderr:write(name, " ", tostring(made), "\\n") end
end
"""
