"""Leave nothing of the author's words in an input that was made like a demonstrated one.

In     the made input: its readable text is new, all else is as it was
Out    the same with new remarks, addresses, properties, headers, pictures and attached files
Never  raises; changes names of tags, keys and columns
Why    fixtures are deposited in the library, and a library is shared
"""

from collections.abc import Callable

from skillstrata.distill.mutate.type_names import INI, SVG, TOML, YAML
from skillstrata.distill.synthesise.clean_mails import clean_mail
from skillstrata.distill.synthesise.clean_markup import OF_XML, STRUCTURE, clean_markup
from skillstrata.distill.synthesise.clean_packages import clean_package
from skillstrata.distill.synthesise.clean_texts import clean_markdown, clean_notebook, clean_settings
from skillstrata.distill.synthesise.stand_ins import StandIns
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import DOCX, EML, EPUB, HTML, IPYNB, MARKDOWN, ODT, PPTX, XLSX, XML
from skillstrata.records.proofs import TypedBytes

Attached = Callable[[str, bytes], bytes]


def cleaned(content: TypedBytes, stand: StandIns, attached: Attached) -> bytes | None:
    """Give a made input without the author's words; None where that cannot be done.

    Args:
        content: What was made.
        stand: What stands in for the words that are left.
        attached: Makes another file of a type, for what is attached to a mail.
    """
    if content.media_type in _PACKAGES:
        return clean_package(content, stand)
    if content.media_type == EML:
        return clean_mail(content.data, stand, attached)
    clean = _TEXTS.get(content.media_type)
    if clean is None:
        return content.data
    decoded = decode(content.data)
    made = clean(decoded.text, stand) if decoded else None
    return decoded.encode(made) if decoded and made is not None else None


def _html(text: str, stand: StandIns) -> str:
    return clean_markup(text, stand, html=True)


def _drawing(text: str, stand: StandIns) -> str:
    return clean_markup(text, stand, html=False, kept=STRUCTURE, change=_style_only(stand))


def _style_only(stand: StandIns) -> Callable[[str, str], str | None]:
    """A drawing's style sheet and script are text to a reader of XML."""
    return lambda tag, raw: stand.words(raw) if tag in {"style", "script", "metadata"} else None


def _xml(text: str, stand: StandIns) -> str:
    return clean_markup(text, stand, html=False, kept=OF_XML)


_PACKAGES = frozenset({DOCX, PPTX, XLSX, ODT, EPUB})
_TEXTS: dict[str, Callable[[str, StandIns], str | None]] = {
    HTML: _html,
    XML: _xml,
    SVG: _drawing,
    MARKDOWN: clean_markdown,
    IPYNB: clean_notebook,
    **dict.fromkeys((YAML, TOML, INI), clean_settings),
}
