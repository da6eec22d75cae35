"""Make inputs like a demonstrated one: its structure, and none of its values.

In     the demonstrated input
Out    inputs of the same schema, the same table with hard cells, the same table under other column names
Never  raises; gives the demonstration itself, or two inputs alike
"""

from collections.abc import Callable, Collection

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.pdf_outline import pdf_blocks
from skillstrata.distill.mutate.pictures import other_picture
from skillstrata.distill.mutate.readable import readable
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.slots import slots_of
from skillstrata.distill.mutate.sounds import other_sound
from skillstrata.distill.mutate.type_names import GZIP, IMAGES, INI, SVG, TAR, TOML, WAV, YAML
from skillstrata.distill.synthesise.book_titles import unseen_book
from skillstrata.distill.synthesise.cleaning import cleaned
from skillstrata.distill.synthesise.decks import unseen_deck
from skillstrata.distill.synthesise.layouts import unseen_layout
from skillstrata.distill.synthesise.notebooks import unseen_notebook
from skillstrata.distill.synthesise.packs import other_gzip, other_tar, other_zip
from skillstrata.distill.synthesise.pages import unseen_pages
from skillstrata.distill.synthesise.sheets import unseen_workbook
from skillstrata.distill.synthesise.stand_ins import StandIns
from skillstrata.distill.synthesise.tables import quoted_table, renamed_header, unseen_table
from skillstrata.distill.synthesise.trees import unseen_tree
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import (
    CSV,
    DOCX,
    EML,
    EPUB,
    HTML,
    IPYNB,
    JSON,
    MARKDOWN,
    NDJSON,
    ODT,
    PDF,
    PPTX,
    TEXT,
    TSV,
    XLSX,
    XML,
    ZIP,
)
from skillstrata.records.proofs import TypedBytes

_TRIES = 4
_LONG_VARIANT = 2
_MOST_SHEET_ROWS = 2_000
_MOST_CHARS = 2_000_000
_Maker = Callable[[TypedBytes, int, Dice, Rewriter], bytes | None]
_LongMaker = Callable[[TypedBytes, int, Dice, Rewriter, int], bytes | None]


def unseen(
    content: TypedBytes, *, count: int, seed: int, keep: Collection[str] = (), at_least: int = 0
) -> tuple[TypedBytes, ...]:
    """Make inputs with the schema of `content` and none of its values.

    Args:
        content: The demonstrated input.
        count: How many; in turn with fewer and with more rows, records, items, paragraphs, slides or members.
        seed: The same seed gives the same bytes, on every machine (JPEG and WebP: with the same Pillow).
        keep: Words the program looks for (`views.program_labels`): a filter for "active" needs active rows.
        at_least: The third one has more rows, records or lines than this, where its type has some.

    Returns:
        At most `count` inputs, no two alike; empty for types we cannot make and bytes we cannot read. A PDF cannot be
        edited in place: it is written anew with the same outline, in other fonts and at other places.
    """
    make = _MAKERS.get(content.media_type)
    model = _model(content) if make else None
    if make is None or model is None:
        return ()
    made: dict[bytes, TypedBytes] = {}
    for variant in range(count):
        for attempt in range(_TRIES):
            dice = Dice(seed, "unseen", variant, attempt, content.data)
            least = at_least if variant == _LONG_VARIANT else 0
            data = _made(content, variant, dice, Rewriter(dice, keep=keep, model=model), least)
            typed = TypedBytes(content.media_type, data) if data and data != content.data else None
            if typed is not None and typed.data not in made and _is_readable(typed):
                made[typed.data] = typed
                break
    return tuple(made.values())


def quoted(content: TypedBytes, *, seed: int, keep: Collection[str] = ()) -> TypedBytes | None:
    """Give a table like `content` with delimiters and quotes inside cells, as any CSV may have.

    A demonstration without quotes never showed that splitting lines is wrong, but it is. None for other types and for
    tables without a column of words.
    """
    model = _model(content) if content.media_type in {CSV, TSV} else None
    if model is None:
        return None
    dice = Dice(seed, "quoted", content.data)
    data = quoted_table(content, dice, Rewriter(dice, keep=keep, model=model))
    return TypedBytes(content.media_type, data) if data else None


def renamed(content: TypedBytes, *, seed: int) -> TypedBytes | None:
    """Give a table under other column names, its rows as they are; None for what has no named columns."""
    if content.media_type not in {CSV, TSV}:
        return None
    data = renamed_header(content, Dice(seed, "renamed", content.data))
    return None if data is None else TypedBytes(content.media_type, data)


def _made(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter, at_least: int = 0) -> bytes | None:
    """Make one input, and leave nothing of the author's words in it."""
    make = _LONG_MAKERS.get(content.media_type) if at_least else None
    if make is not None:
        made = make(content, variant, dice, rewriter, at_least)
    else:
        made = _MAKERS[content.media_type](content, variant, dice, rewriter)

    def attached(media_type: str, data: bytes) -> bytes:
        return _other_file(TypedBytes(media_type, data), dice, rewriter)

    return cleaned(TypedBytes(content.media_type, made), StandIns(dice, rewriter), attached) if made else None


def _long_workbook(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter, at_least: int) -> bytes | None:
    return unseen_workbook(content, variant, dice, rewriter, count=min(at_least, _MOST_SHEET_ROWS) + 1)


def _long_text(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter, at_least: int) -> bytes | None:
    """Repeat the lines of a text until it has more than `at_least`."""
    made = unseen_layout(content, variant, dice, rewriter)
    decoded = decode(made) if made else None
    if decoded is None or not decoded.text.strip():
        return made
    text = decoded.text if decoded.text.endswith("\n") else decoded.text + "\n"
    times = min(at_least // text.count("\n") + 2, _MOST_CHARS // len(text) + 1)
    return decoded.encode(text * times)


def _model(content: TypedBytes) -> str | None:
    """Give the text that new words must differ from, "" for types without text, None for what cannot be read."""
    if content.media_type in _TEXTLESS:
        return ""
    if content.media_type == PDF:
        blocks = pdf_blocks(content)
        texts = [run.text for block in blocks for run in block.runs]
        return "\n".join([*texts, *(cell for block in blocks for row in block.rows for cell in row)]) or None
    if content.media_type == EML:
        # Both spellings of a body: then each word stands twice, and gets the same new word in both.
        slots = slots_of(content)
        return "\n".join(slots.text[a:b] for a, b in slots.spans) or None if slots else None
    view = readable(content)
    return view.text if view is not None and view.known else None


def _is_readable(made: TypedBytes) -> bool:
    # What the PDF writer wrote is read in the proof anyway, and reading pages is slow.
    return made.media_type == PDF or _model(made) is not None


def _picture(content: TypedBytes, variant: int, dice: Dice, _rewriter: Rewriter) -> bytes | None:
    return other_picture(content.media_type, content.data, variant, dice)


def _sound(content: TypedBytes, variant: int, dice: Dice, _rewriter: Rewriter) -> bytes | None:
    return other_sound(content.data, variant, dice)


def _pack(other: Callable[..., bytes | None]) -> _Maker:
    def make(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter) -> bytes | None:
        def member(name: str, data: bytes, dice: Dice) -> bytes:
            return _other_member(name, data, dice, rewriter)

        return other(content.data, variant, dice, member)

    return make


def _other_member(name: str, data: bytes, dice: Dice, rewriter: Rewriter) -> bytes:
    """Give a file like a member of an archive; what is no text is filled with other bytes."""
    ending = name.rpartition(".")[2].lower()
    return _other_file(TypedBytes(_MEMBER_TYPES.get(ending, TEXT), data), dice, rewriter)


def _other_file(content: TypedBytes, dice: Dice, rewriter: Rewriter) -> bytes:
    make = content.media_type in _MAKERS and bool(content.data)
    made = _made(content, dice.below(2), dice, rewriter) if make and _model(content) is not None else None
    return made or StandIns(dice, rewriter).noise(len(content.data))


_SETTINGS = frozenset({YAML, TOML, INI, SVG})
_TEXTLESS = frozenset({*IMAGES, WAV, TAR, GZIP, ZIP})
_MEMBER_TYPES = {
    "csv": CSV,
    "tsv": TSV,
    "json": JSON,
    "md": MARKDOWN,
    "html": HTML,
    "xml": XML,
    "yaml": YAML,
    "yml": YAML,
    "toml": TOML,
    "ini": INI,
    "svg": SVG,
    "docx": DOCX,
    "xlsx": XLSX,
    "png": IMAGES[0],
    "jpg": IMAGES[1],
    "jpeg": IMAGES[1],
}
_MAKERS: dict[str, _Maker] = {
    CSV: unseen_table,
    TSV: unseen_table,
    XLSX: unseen_workbook,
    JSON: unseen_tree,
    NDJSON: unseen_tree,
    PPTX: unseen_deck,
    PDF: unseen_pages,
    WAV: _sound,
    ZIP: _pack(other_zip),
    TAR: _pack(other_tar),
    GZIP: _pack(other_gzip),
    IPYNB: unseen_notebook,
    EPUB: unseen_book,
    **dict.fromkeys((HTML, XML, DOCX, ODT, EML, MARKDOWN, TEXT, *_SETTINGS), unseen_layout),
    **dict.fromkeys(IMAGES, _picture),
}
_LONG_MAKERS: dict[str, _LongMaker] = {
    CSV: unseen_table,
    TSV: unseen_table,
    XLSX: _long_workbook,
    JSON: unseen_tree,
    NDJSON: unseen_tree,
    TEXT: _long_text,
}
