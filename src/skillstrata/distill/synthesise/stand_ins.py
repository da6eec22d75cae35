"""New words for what is no text to be read: names, addresses, comments, properties; the same one for the same word.

In     Dice, the rewriter of the same input
Out    values of the same form, alike wherever the old one stood: references stay references
Never  gives a word of the input back, but words of the markup itself, words the program looks for, and short numbers
"""

import re
from html import escape, unescape
from urllib.parse import quote, unquote

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.pictures import other_picture
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.type_names import BMP, GIF, JPEG, PNG, TIFF, WEBP

# What markup, style sheets and office programs call their own parts.
_OF_FORMATS = frozenset(
    (
        "text css javascript module json ld xml xhtml htm svg utf iso charset stylesheet icon nav navbar menu header "
        "footer main content contents article section aside sidebar container wrapper row col column table cell list "
        "item active hidden button btn link image img png jpg jpeg gif webp title subtitle caption head body top left "
        "right center bottom width height device initial scale viewport description keywords author generator robots "
        "og twitter card type url name site cover toc ncx opf oebps ops epub page pages index chapter part style "
        "styles script scripts images fonts placeholder box picture rectangle slide sheet hyperlink mergeformat "
        "pageref ref date time general default normal auto center inline block self blank example doc docs file "
        "files word docx xlsx pptx pdf csv txt md zip urn uuid isbn id xmlns xlink main required optional primary "
        "dcterms modified dtb uid depth totalpagecount maxpagenumber bookid dc creator subject publisher language "
        "identifier noopener noreferrer nofollow javascript void"
    ).split()
)
_WORD = re.compile(r"[^\W_]+")
_PLAIN_VALUE = re.compile(r"[\d\s.,:/TZ+-]{3,}")
_EMBEDDED = re.compile(r"data:[\w/+.;=-]*,[^\s\"'<>)]*", re.I)
_DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
_SHORT_NUMBER = 3
_MOST_NOISE = 100_000
_PICTURES = {
    "png": PNG,
    "jpg": JPEG,
    "jpeg": JPEG,
    "gif": GIF,
    "webp": WEBP,
    "bmp": BMP,
    "tif": TIFF,
    "tiff": TIFF,
}


class StandIns:
    """Stand-ins for one input."""

    def __init__(self, dice: Dice, rewriter: Rewriter) -> None:
        self._dice = dice
        self._rewriter = rewriter
        self._words: dict[str, str] = {}
        self._values: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Give text that is read: labels and dates keep their form."""
        return self._rewriter.rewrite(text)

    def words(self, text: str) -> str:
        """Give a name, an address or a remark with every word exchanged."""
        text = _EMBEDDED.sub(_DOT, text)
        if _DOT in text:
            return _DOT.join(self.words(part) if part else "" for part in text.split(_DOT))
        if "%" in text and (plain := unquote(text)) != text:
            return quote(self.words(plain), safe="/:?&=#;,+@~!$'()*%[]")
        return _WORD.sub(lambda match: self._word(match.group(0)), text)

    def value(self, text: str) -> str:
        """Give a value: a date stays a date and a number a number."""
        if text not in self._values:
            plain = _PLAIN_VALUE.fullmatch(text) and any(map(str.isdigit, text))
            self._values[text] = self._rewriter.rewrite(text) if plain else self.words(text)
        return self._values[text]

    def escaped(self, raw: str) -> str:
        """Give a value as it stands in markup."""
        return escape(self.value(unescape(raw)), quote=True)

    def picture(self, name: str, data: bytes) -> bytes:
        """Give another picture of the format, noise where it is none."""
        kind = _PICTURES.get(name.rpartition(".")[2].lower())
        made = other_picture(kind, data, 0, self._dice) if kind else None
        return made or self.noise(len(data))

    def noise(self, length: int) -> bytes:
        """Give bytes that mean nothing."""
        return bytes(self._dice.below(256) for _ in range(min(length, _MOST_NOISE)))

    def _word(self, word: str) -> str:
        key = word.lower()
        if (
            key in self._rewriter.kept
            or key.rstrip("0123456789") in _OF_FORMATS
            or (word.isdecimal() and len(word) < _SHORT_NUMBER)
        ):
            return word
        if key not in self._words:
            self._words[key] = self._rewriter.word(key)
        made = self._words[key]
        if word.isupper():
            return made.upper()
        return made[:1].upper() + made[1:] if word[:1].isupper() else made
