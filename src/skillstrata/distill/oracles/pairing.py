"""An input and an output with everything the profiles look at, read once."""

from dataclasses import dataclass
from functools import lru_cache

from skillstrata.distill.views import DocumentView, TableView, document_view, table_views
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.json_reader import leaf_table
from skillstrata.distill.views.media_types import INI, JSON, NDJSON, TEXT, TOML, YAML
from skillstrata.records.proofs import TypedBytes


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """What the input says (`source`), what the output says (`made`), their tables, and the program's own words."""

    given: TypedBytes
    produced: TypedBytes
    source: DocumentView
    made: DocumentView
    given_tables: tuple[TableView, ...] = ()
    made_tables: tuple[TableView, ...] = ()
    labels: frozenset[str] = frozenset()


@lru_cache(maxsize=2)
def pair(given: TypedBytes, produced: TypedBytes, labels: frozenset[str] = frozenset()) -> Pairing | None:
    """Read both sides; None where one of them has no view. The last two pairs are kept: each is asked about twice."""
    given, produced = _as_text(given), _as_text(produced)
    source, made = document_view(given), document_view(produced)
    if source is None or made is None:
        return None
    ours, theirs = table_views(given, source), table_views(produced, made)
    if {given.media_type, produced.media_type} <= {JSON, NDJSON} and not (ours and theirs):
        ours, theirs = _as_leaves(given), _as_leaves(produced)
    return Pairing(given, produced, source, made, ours, theirs, labels)


def _as_text(content: TypedBytes) -> TypedBytes:
    """Take settings for text: what is asked of lines and trees in a text is asked of them."""
    return TypedBytes(TEXT, content.data) if content.media_type in {YAML, TOML, INI} else content


def _as_leaves(content: TypedBytes) -> tuple[TableView, ...]:
    """Read a tree that is no table as its leaves: what a formatter must keep, in whatever order keys come."""
    decoded = decode(content.data)
    table = leaf_table(decoded.text) if decoded else None
    return (table,) if table else ()
