"""The programs that a shell pipeline may be made of, and which of their words are files.

In     the words of one command
Out    Stage: the files it takes in and makes, and how much of a transform it is
Never  runs anything, asks whether a program is installed
Why    a line of known programs is kept as it is; what is not in this table is not replayed from a command line
"""

import posixpath
import re
from dataclasses import dataclass
from enum import Enum

from skillstrata.distill.shell_commands import ShellCommand


class Work(Enum):
    """What a program does with what it is given: make something else, pick or reorder, or only show it."""

    CONVERTS = "converts"
    FILTERS = "filters"
    SHOWS = "shows"


@dataclass(frozen=True, slots=True)
class _Binary:
    """How a program's words are read.

    `output` are options that name what it makes, `values` other options that take a word, `program` how many words
    before the files are text (a pattern, a filter), `files` options whose word is a file it takes in. `last_made` says
    that the last of two or more operands is the output.
    """

    work: Work
    output: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    program: int = 0
    last_made: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One command of a pipeline. `reads` and `writes` are words as written; `looks` says that it shows a mere fact."""

    binary: str
    work: Work
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    in_place: bool = False
    looks: bool = False


# name: kind (c converts, f filters, s shows), program words, last operand made, output options, value options, files
_TABLE = """
pandoc           | c | 0 | | -o --output | -f -t --from --to -M -V --wrap | --template --reference-doc
pdftotext        | c | 0 | last | | -f -l -r -x -y -W -H -enc -eol -opw -upw |
pdftohtml        | c | 0 | last | | -f -l -zoom |
pdftoppm         | c | 0 | last | | -f -l -r -rx -ry -scale-to -scale-to-x -scale-to-y |
pdftocairo       | c | 0 | last | | -f -l -r -scale-to |
pdfimages        | c | 0 | last | | -f -l |
pdfseparate      | c | 0 | last | | -f -l |
pdfunite         | c | 0 | last | | |
pdftk            | c | 0 | | output | |
qpdf             | c | 0 | last | | |
gs               | c | 0 | | -o -sOutputFile | |
ps2pdf           | c | 0 | last | | |
mutool           | c | 1 | | -o | -F -r -w -h |
jq               | c | 1 | | | --indent --arg --argjson --slurpfile --rawfile | -f --from-file
yq               | c | 1 | | | -o -p -I --output-format --input-format |
gojq             | c | 1 | | | --arg --argjson | -f --from-file
dasel            | c | 0 | | | -r -w -s --read --write --selector | -f --file
xsltproc         | c | 0 | | -o --output | --param --stringparam |
xmllint          | c | 0 | | --output -o | --xpath --encode | --schema
xmlstarlet       | c | 0 | | | -t -m -v -n -o -i -s |
saxon            | c | 0 | | -o | |
mlr              | c | 9 | | | |
csvtool          | c | 1 | | -o | -t -u |
csvcut           | f | 0 | | | -c -C -d -q -e |
csvgrep          | f | 0 | | | -c -m -r -d -e |
csvsort          | f | 0 | | | -c -d -e |
csvjoin          | c | 0 | | | -c -d |
csvstack         | c | 0 | | | -g -n -d |
csvjson          | c | 0 | | | -i -k -d |
csvlook          | c | 0 | | | -d |
csvformat        | c | 0 | | | -d -D -Q -U -M |
csvsql           | c | 0 | | | --query -d -i --tables |
csvstat          | s | 0 | | | -c -d |
in2csv           | c | 0 | | | -f --sheet -k -e |
xsv              | c | 1 | | -o --output | -d -s |
qsv              | c | 1 | | -o --output | -d -s |
xlsx2csv         | c | 0 | last | | -s -d -n |
ssconvert        | c | 0 | last | | |
sqlite3          | c | 0 | | | -separator -cmd -init -newline -nullvalue |
duckdb           | c | 0 | | | -c -s |
ffmpeg           | c | 0 | last | | | -i
ffprobe          | s | 0 | | -o | -v -of -show_entries -select_streams -print_format -loglevel | -i
sox              | c | 0 | last | | |
soffice          | c | 0 | | --outdir | --convert-to --infilter |
libreoffice      | c | 0 | | --outdir | --convert-to --infilter |
unoconv          | c | 0 | | -o --output | -f --format |
convert          | c | 0 | last | | |
magick           | c | 0 | last | | |
montage          | c | 0 | last | | |
mogrify          | c | 0 | | -path | -resize -format -quality |
identify         | s | 0 | | | -format |
sips             | c | 0 | | --out -o | -s -z -Z -r -f -c -p -g |
cwebp            | c | 0 | | -o | -q -resize |
dwebp            | c | 0 | | -o | |
rsvg-convert     | c | 0 | | -o --output | -w -h -f -d -p -z --width --height --format |
inkscape         | c | 0 | | -o --export-filename --export-png --export-pdf | -w -h -d --export-dpi --export-type |
cairosvg         | c | 0 | | -o --output | -f -d -s |
optipng          | c | 0 | | -out | -o |
pngquant         | c | 0 | | -o --output | --quality |
exiftool         | c | 0 | | -o -w | |
tesseract        | c | 0 | last | | -l --psm --oem --dpi |
ocrmypdf         | c | 0 | last | | -l |
antiword         | c | 0 | | | -m -w |
catdoc           | c | 0 | | | -d -s |
catppt           | c | 0 | | | |
xls2csv          | c | 0 | | | -d -s |
unrtf            | c | 0 | | | -t |
docx2txt         | c | 0 | last | | |
odt2txt          | c | 0 | | --output | --width --encoding |
html2text        | c | 0 | | -o | -width |
lynx             | c | 0 | | | |
w3m              | c | 0 | | | -T -cols -O |
textutil         | c | 0 | | -output | -convert -encoding |
wkhtmltopdf      | c | 0 | last | | --page-size -s -T -B -L -R |
weasyprint       | c | 0 | last | | -e -m | -s
ebook-convert    | c | 0 | last | | |
markitdown       | c | 0 | | -o --output | |
markdown         | c | 0 | | | |
markdown_py      | c | 0 | | -f | -x |
marked           | c | 0 | | -o --output | | -i --input
multimarkdown    | c | 0 | | -o --output | -t |
cmark            | c | 0 | | | -t |
markdown-it      | c | 0 | | -o --output | |
mmdc             | c | 0 | | -o --output | -t -b -w -H | -i --input
csvtojson        | c | 0 | | | --delimiter |
json2csv         | c | 0 | | -o --output | -f --fields | -i --input
js-yaml          | c | 0 | | | |
svgo             | c | 0 | | -o --output | | -i --input
rst2html         | c | 0 | last | | |
rst2html5        | c | 0 | last | | |
asciidoctor      | c | 0 | | -o --out-file -D | -a -b |
dot              | c | 0 | | -o | |
neato            | c | 0 | | -o | |
groff            | c | 0 | | | -T |
enscript         | c | 0 | | -o -p | |
djvutxt          | c | 0 | last | | |
iconv            | c | 0 | | -o --output | -f -t |
recode           | c | 1 | | | |
unzip            | c | 0 | | -d | -x |
bsdtar           | c | 0 | | -C | |
tar              | c | 0 | | -C --directory | --exclude --transform |
gunzip           | c | 0 | | | |
zcat             | c | 0 | | | |
gzip             | c | 0 | | | |
bzip2            | c | 0 | | | |
bzcat            | c | 0 | | | |
xz               | c | 0 | | | |
xzcat            | c | 0 | | | |
zstd             | c | 0 | | -o | |
zstdcat          | c | 0 | | | |
7z               | c | 1 | | | |
base64           | c | 0 | | -o --output | -w | -i --input
xxd              | c | 0 | last | | -l -c -s |
hexdump          | s | 0 | | | -n -s -e |
awk              | f | 1 | | | -F -v | -f
gawk             | f | 1 | | | -F -v | -f
mawk             | f | 1 | | | -F -v | -f
sed              | f | 1 | | | -e --expression | -f
gsed             | f | 1 | | | -e --expression | -f
perl             | f | 1 | | | -e -F |
grep             | f | 1 | | | -e -m -A -B -C --include --exclude --exclude-dir --color | -f
egrep            | f | 1 | | | -e -m -A -B -C --include | -f
fgrep            | f | 1 | | | -e -m -A -B -C --include | -f
rg               | f | 1 | | | -e -m -A -B -C -g -t --type --glob | -f
zgrep            | f | 1 | | | -e -m -A -B -C |
cut              | f | 0 | | | -d -f -c -b --output-delimiter --delimiter --fields |
sort             | f | 0 | | -o --output | -k -t -T --key --field-separator |
uniq             | f | 0 | | | -f -s -w |
tr               | f | 9 | | | |
paste            | f | 0 | | | -d |
join             | f | 0 | | | -t -1 -2 -o -a |
comm             | f | 0 | | | |
column           | f | 0 | | | -s -o -c -N |
nl               | f | 0 | | | -w -s -b |
fold             | f | 0 | | | -w |
fmt              | f | 0 | | | -w |
tac              | f | 0 | | | |
rev              | f | 0 | | | |
expand           | f | 0 | | | -t |
unexpand         | f | 0 | | | -t |
numfmt           | f | 0 | | | --field |
dos2unix         | f | 0 | | | |
zip              | c | 0 | | | -x -i |
shuf             | s | 0 | | -o | -n |
split            | c | 0 | | | -l -b -n -d -a |
csplit           | c | 0 | | | -f -n |
strings          | f | 0 | | | -n |
cat              | s | 0 | | | |
head             | s | 0 | | | -n -c |
tail             | s | 0 | | | -n -c |
wc               | s | 0 | | | |
tee              | s | 9 | | | |
less             | s | 0 | | | |
pdfinfo          | s | 0 | | | |
"""
_KINDS = {"c": Work.CONVERTS, "f": Work.FILTERS, "s": Work.SHOWS}


def _read_table() -> dict[str, _Binary]:
    found: dict[str, _Binary] = {}
    for line in _TABLE.strip().splitlines():
        name, kind, program, last, output, values, *files = (cell.strip() for cell in line.split("|"))
        found[name] = _Binary(
            _KINDS[kind],
            frozenset(output.split()),
            frozenset(values.split()),
            frozenset(files[0].split() if files else ()),
            int(program),
            last == "last",
        )
    return found


BINARIES = _read_table()
_INSTALLED = ("/usr/", "/bin/", "/opt/", "/snap/", "/nix/", "/Applications/", "/home/linuxbrew/")
_LONE_STREAMS = {"-", "/dev/stdin", "/dev/stdout", "stdout", "pipe:", "pipe:1"}
_SED_PRINT = re.compile(r"[\d,$;p ]+$")
_PATH_ONLY = re.compile(r"\.(?:[\w.\[\]\"'?-]|\s*\|\s*)*$")
_JQ_FACTS = re.compile(r"\b(?:length|keys|keys_unsorted|type|empty|has|paths|version)\b")
_LISTING_FLAGS = {
    "unzip": re.compile(r"-[a-zA-Z]*[lZtv]"),
    "tar": re.compile(r"-?-?(?:[a-zA-Z]*t|list)"),
    "7z": re.compile(r"[lt]$"),
    "gzip": re.compile(r"-[a-z]*[lt]"),
    "xmllint": re.compile(r"--noout"),
    "sips": re.compile(r"-g|--getProperty"),
    "qpdf": re.compile(r"--(?:check|show-.*)"),
}
_DUMPED = re.compile(r"(?m)^\s*\.(?:output|once)\s+(\S+)")
_TWO_WORDS = {"--arg", "--argjson", "--slurpfile", "--rawfile", "--param", "--stringparam"}
_CHANGING = re.compile(r"(?i)\b(?:insert|update|delete|create|drop|alter|replace|vacuum|import)\b")
_SELECTING = re.compile(r"(?i)\b(?:select|with)\b")


def binary_of(command: ShellCommand) -> str:
    """Give the name of a command that the table holds; a program of the user's own folders only happens to bear it."""
    first = (command.argv[0] or "") if command.argv else ""
    installed = "/" not in first or first.startswith(_INSTALLED)
    return command.name if installed and command.name in BINARIES else ""


def stage_of(command: ShellCommand) -> Stage | None:
    """Read one command; None for a program that the table does not hold."""
    binary = BINARIES.get(binary_of(command))
    if binary is None:
        return None
    words = [r if w is None else w for w, r in zip(command.argv[1:], command.raw[1:], strict=True)]
    operands, reads, writes, script = _sorted(words, binary)
    program = "" if script or not operands else operands[0]
    operands = operands if script else operands[binary.program :]
    if command.name in {"sqlite3", "duckdb"}:
        # Behind the database stand queries.
        typed = (command.heredoc.text or "") if command.heredoc else ""
        queries = " ".join((*operands[1:], typed))
        changes, looks = _database(queries, words)
        kept = tuple(_DUMPED.findall(queries))
        return Stage(command.name, binary.work, tuple(operands[:1]), kept, changes, looks)
    if command.name in {"tar", "bsdtar", "zip", "7z"}:
        return _archive(command.name, words, binary)
    if command.name == "tee":
        writes += [w for w in words if not w.startswith("-")]
    if command.name == "unzip":
        # Behind the archive stand names inside of it.
        operands = operands[:1]
    if binary.last_made and (len(operands) > 1 or (command.name == "ffmpeg" and operands)):
        writes.append(operands.pop())
    reads += operands
    looks = _looks(command.name, program, words)
    writes += _named_by_nature(command.name, words, reads) if not writes and not looks else []
    in_place = _in_place(command.name, words)
    plain = tuple(w for w in reads if w not in _LONE_STREAMS)
    return Stage(command.name, binary.work, plain, tuple(w for w in writes if w not in _LONE_STREAMS), in_place, looks)


def _archive(name: str, words: list[str], binary: _Binary) -> Stage:
    """Read a call that packs or unpacks: which word is the archive depends on the mode."""
    mode = words[0].lstrip("-") if words else ""
    operands, _, folders, _ = _sorted(words[1:] if name != "zip" else words, binary)
    packs = name == "zip" or mode.startswith(("c", "a", "r", "u")) or mode == "-create"
    lists = not packs and mode.startswith(("t", "l"))
    archive, others = tuple(operands[:1]), tuple(operands[1:])
    if packs:
        return Stage(name, binary.work, others, archive)
    return Stage(name, binary.work, archive, tuple(folders), looks=lists)


def _named_by_nature(name: str, words: list[str], reads: list[str]) -> list[str]:
    """Give what a program makes whose name it takes from its input."""
    stem = posixpath.splitext(posixpath.basename(reads[-1]))[0] if reads else ""
    if not stem:
        return []
    if name in {"soffice", "libreoffice"} and "--convert-to" in words[:-1]:
        return [f"{stem}.{words[words.index('--convert-to') + 1].partition(':')[0]}"]
    if name in {"gzip", "bzip2", "xz", "zstd", "gunzip"} and not any(re.match(r"-\w*c", w) for w in words):
        return [reads[-1].removesuffix(".gz")] if name == "gunzip" else [f"{reads[-1]}.{name}"]
    ending = {"pdftotext": ".txt", "docx2txt": ".txt", "unoconv": ".pdf", "unzip": ""}.get(name)
    return [] if ending is None or "-p" in words[:1] or "-" in words else [f"{stem}{ending}"]


def _sorted(words: list[str], binary: _Binary) -> tuple[list[str], list[str], list[str], bool]:
    """Give operands, files named by options, outputs named by options, and whether an option holds the program."""
    operands: list[str] = []
    reads: list[str] = []
    writes: list[str] = []
    script = False
    at = 0
    while at < len(words):
        word = words[at]
        option, equals, value = word.partition("=")
        takes = option in binary.output or option in binary.files or option in binary.values
        if takes and not equals and at + 1 < len(words):
            at += 2 if option in _TWO_WORDS else 1
            value = words[min(at, len(words) - 1)]
        script = script or option in {"-e", "-f", "--from-file", "--expression", "--file"}
        if option in binary.output:
            writes.append(value)
        elif option in binary.files:
            reads.append(value)
        elif not takes and (not word.startswith("-") or word == "-"):
            operands.append(word)
        at += 1
    return operands, reads, writes, script and binary.program == 1


def _looks(name: str, program: str, words: list[str]) -> bool:
    """Recognise calls that show a fact: `jq .version`, `sed -n 1,20p`, `unzip -l`."""
    flags = [w for w in words if w.startswith("-")]
    if name in {"jq", "gojq", "yq"}:
        text = program or "."
        return ("[]" not in text and bool(_PATH_ONLY.match(text))) or _is_jq_fact(text)
    if name in {"sed", "gsed"}:
        return any(f.startswith("-n") for f in flags) and bool(_SED_PRINT.match(program))
    listing = _LISTING_FLAGS.get(name)
    return listing is not None and any(listing.match(w) for w in words[:2])


def _is_jq_fact(text: str) -> bool:
    last = text.rsplit("|", 1)[-1].strip()
    return bool(_JQ_FACTS.match(last)) and "{" not in text


def _in_place(name: str, words: list[str]) -> bool:
    flags = [w for w in words if w.startswith("-")]
    match name:
        case "sed" | "gsed" | "perl":
            return any(f.startswith(("-i", "-pi", "--in-place", "-ni")) for f in flags)
        case "mogrify":
            return "-path" not in flags
        case "dos2unix":
            return "-n" not in flags
        case "exiftool":
            return "-overwrite_original" in flags or any(re.match(r"-\w+=", f) for f in flags)
        case "yq" | "xmlstarlet":
            return bool({"-i", "--inplace", "-L"} & set(flags))
        case _:
            return False


def _database(queries: str, words: list[str]) -> tuple[bool, bool]:
    """Say whether a call changes its database, and whether it shows a mere fact of it."""
    changes = bool(_CHANGING.search(queries)) and "INTO temp" not in queries
    shaped = any(w in {"-csv", "-json", "-header", "-html", "-markdown", "-tabs"} for w in words)
    shaped = shaped or ".mode" in queries or ".dump" in queries or ".once" in queries or ".output" in queries
    counts = (
        re.search(r"(?i)select\s+(?:count|max|min|sum|avg)\s*\([^)]*\)\s+(?:as\s+\w+\s+)?from", queries) is not None
    )
    return changes, not (_SELECTING.search(queries) and (shaped or not counts)) and ".dump" not in queries


def is_name_of_a_file(word: str) -> bool:
    """Say whether a word looks like a file: an ending, or a folder before it."""
    return bool(posixpath.splitext(word)[1]) or "/" in word
