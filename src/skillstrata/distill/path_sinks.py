"""Which argument of which call is a path that gets read, written or deleted: tables of well-known functions.

In     a dotted call name with import aliases resolved, and the argument's slot
Out    "read", "write", "delete" in a set; empty where the call is unknown
Why    a guess for triage and for naming evidence only: what really happens is observed when the program is replayed
"""

import ast

READ = frozenset({"read"})
WRITE = frozenset({"write"})
BOTH = frozenset({"read", "write"})
DELETE = frozenset({"delete"})
NONE: frozenset[str] = frozenset()
Slot = int | str

_OPENERS = {
    name: value
    for name, _, value in (
        pair.partition("=")
        for pair in """
    open=r io.open=r codecs.open=r gzip.open=r bz2.open=r lzma.open=r zipfile.ZipFile=r tarfile.open=r
    gzip.GzipFile=r bz2.BZ2File=r aiofiles.open=r
    """.split()
    )
}
_READ_CALLS = frozenset(
    """
    fitz.open pymupdf.open docx.Document pptx.Presentation openpyxl.load_workbook xlrd.open_workbook PIL.Image.open
    xml.etree.ElementTree.parse lxml.etree.parse lxml.html.parse xml.dom.minidom.parse pypdf.PdfReader
    PyPDF2.PdfReader PyPDF2.PdfFileReader pdfplumber.open numpy.load numpy.loadtxt numpy.genfromtxt numpy.fromfile
    cv2.imread os.listdir os.scandir os.walk glob.glob glob.iglob linecache.getlines fileinput.input
    pdfminer.high_level.extract_text pdfminer.high_level.extract_pages xml.etree.ElementTree.iterparse
    lxml.etree.iterparse ebooklib.epub.read_epub extract_msg.Message extract_msg.openMsg odf.opendocument.load
    feedparser.parse mailbox.mbox docx2txt.process mammoth.convert_to_html mammoth.convert_to_markdown
    mammoth.extract_raw_text runpy.run_path np.load numpy.memmap imageio.imread soundfile.read wave.open
    sqlite3.connect email.message_from_file
    """.split()
)
_WRITE_CALLS = frozenset(
    """
    reportlab.pdfgen.canvas.Canvas reportlab.platypus.SimpleDocTemplate xlsxwriter.Workbook cv2.imwrite numpy.save
    numpy.savetxt numpy.savez pandas.ExcelWriter imageio.imwrite ebooklib.epub.write_epub
    """.split()
)
_DELETE_CALLS = {"os.remove", "os.unlink", "os.rmdir", "os.removedirs", "shutil.rmtree"}
_COPY_CALLS = {"shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.move", "os.rename", "os.replace"}
_KEYWORD_WRITES = {"outfile", "output_path", "output_file", "out_path"}

_READ_METHODS = {"read_text", "read_bytes", "iterdir", "glob", "rglob", "readlines"}
_WRITE_METHODS = {"write_text", "write_bytes", "touch"}
_DELETE_METHODS = {"unlink", "rmdir"}
_ARG_WRITE_METHODS = frozenset(
    """
    save savefig output write_html write_image write_pdf write_png extractall save_as saveas tofile write_file
    build_pdf ez_save
    """.split()
)
_TREE_WRITERS = {"ElementTree", "parse", "PdfWriter", "PdfFileWriter", "PdfMerger", "PdfFileMerger"}
RUNNERS = frozenset(
    """
    subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen
    """.split()
)
SHELL_RUNNERS = RUNNERS | {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
_OUTPUT_FLAGS = {"-o", "--output", "-O", "--outfile", "--out"}
# Programs that take their output as the last word.
_OUTPUT_LAST = frozenset(
    """
    pdftotext pdftohtml pdftoppm pdfimages convert magick ffmpeg cwebp sox ps2pdf qpdf docx2txt wkhtmltopdf djvutxt
    ebook-convert cp mv rst2html
    """.split()
)

# Calls that give the same place back, possibly under another spelling or as one of its parts.
SAME_PLACE_CALLS = frozenset(
    """
    str pathlib.Path pathlib.PurePath pathlib.PosixPath Path os.path.join os.path.abspath os.path.realpath
    os.path.expanduser os.path.expandvars os.path.normpath os.fspath os.fsdecode os.fsencode sorted list tuple set
    enumerate iter next reversed glob.glob glob.iglob os.environ.get os.getenv
    """.split()
)
SAME_PLACE_METHODS = {
    "resolve",
    "absolute",
    "expanduser",
    "joinpath",
    "as_posix",
    "strip",
    "rstrip",
    "glob",
    "rglob",
    "iterdir",
}
# Of these, the ones that give another place when they are called with words.
PART_METHODS = {"joinpath", "strip", "rstrip"}


def mode_uses(mode: str) -> frozenset[str]:
    """Read a file mode: "r" reads, "w", "a" and "x" write, "+" does both."""
    if "+" in mode:
        return BOTH if mode.startswith("r") else WRITE
    return WRITE if any(c in mode for c in "wax") else READ


def argument_uses(call: ast.Call, name: str, slot: Slot, receiver_made_by: str) -> frozenset[str]:
    """Say what a call does to the path in one of its arguments.

    Args:
        call: The call.
        name: Its dotted name, import aliases resolved.
        slot: The argument's position, or its keyword.
        receiver_made_by: The dotted name of the call whose result the method is called on, "" where unknown.
    """
    first = slot in {0, "file", "filename", "path", "fname", "filepath_or_buffer", "path_or_buf", "name", "source"}
    if name in _OPENERS and first:
        return mode_uses(_mode(call, 1))
    if name in _COPY_CALLS:
        return READ if slot in {0, "src"} else WRITE if slot in {1, "dst"} else NONE
    if name == "logging.basicConfig" or slot in _KEYWORD_WRITES:
        return WRITE if slot in {"filename", *_KEYWORD_WRITES} else NONE
    if not first:
        return WRITE if name.rsplit(".", 1)[-1] == "imwrite" and slot == 0 else NONE
    for table, uses in ((_READ_CALLS, READ), (_WRITE_CALLS, WRITE), (_DELETE_CALLS, DELETE)):
        if name in table:
            return uses
    return _method_argument(name, receiver_made_by)


def _method_argument(name: str, receiver_made_by: str) -> frozenset[str]:
    head, _, method = name.rpartition(".")
    if not head:
        return NONE
    if method in _ARG_WRITE_METHODS or (method.startswith("to_") and method != "to_string"):
        return WRITE
    if method.startswith(("read_", "load_")):
        return READ
    made_by = receiver_made_by.rsplit(".", 1)[-1]
    if method == "write" and made_by in _TREE_WRITERS:
        return WRITE
    return READ if method == "read" and made_by == "ConfigParser" else NONE


def receiver_uses(call: ast.Call, method: str) -> frozenset[str]:
    """Say what a method call on a path does to that path."""
    if method == "open":
        return mode_uses(_mode(call, 0))
    for table, uses in ((_READ_METHODS, READ), (_WRITE_METHODS, WRITE), (_DELETE_METHODS, DELETE)):
        if method in table:
            return uses
    return BOTH if method in {"rename", "replace_with"} else NONE


def command_uses(words: list[ast.expr], at: int) -> frozenset[str]:
    """Say what a started command does to its word `at`, as `word_uses`."""
    known = [w.value if isinstance(w, ast.Constant) and isinstance(w.value, str) else None for w in words]
    return word_uses(known, at)


def word_uses(words: list[str | None], at: int) -> frozenset[str]:
    """Say what a command does to its word `at`: what follows an output option is written, other words are read.

    Args:
        words: The command's words, None for one that is not known.
        at: The position asked for.
    """
    if at == 0:
        return NONE
    if words[at - 1] in _OUTPUT_FLAGS:
        return WRITE
    takes_last = (words[0] or "").rsplit("/", 1)[-1] in _OUTPUT_LAST
    operands = [i for i, w in enumerate(words) if i and (w is None or not w.startswith("-"))]
    return WRITE if takes_last and len(operands) > 1 and at == operands[-1] else READ


def _mode(call: ast.Call, at: int) -> str:
    node = call.args[at] if len(call.args) > at else None
    node = next((k.value for k in call.keywords if k.arg == "mode"), node)
    if node is None:
        return "r"
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "?"
