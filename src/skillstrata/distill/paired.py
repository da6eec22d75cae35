"""Find values that an output shows beside words of another record.

In     a table, a text made of it
Out    lines whose number stands in no record with any of the line's words
Never  looks at a line without a number and a word of the table
Why    a report that sorts names and amounts apart holds every value of its input, and is wrong in every line
"""

from skillstrata.distill.views.media_types import MARKDOWN, TEXT
from skillstrata.distill.views.tables import table_view
from skillstrata.distill.views.tokens import tokens
from skillstrata.records.proofs import TypedBytes

_READ = frozenset({TEXT, MARKDOWN})
_LEAST = 2


def torn_apart(given: TypedBytes, made: TypedBytes, labels: frozenset[str]) -> tuple[str, ...]:
    """Give the lines of a text that put values of different records together; nothing where they are the fewer.

    Args:
        given: The input; anything but a table tells nothing.
        made: The output, of lines.
        labels: The program's own words: they belong to no record.
    """
    table = table_view(given)
    if table is None or made.media_type not in _READ:
        return ()
    header = frozenset(word for name in table.header for word in tokens(name))
    records = [
        frozenset(word for cell in row for word in tokens("" if cell is None else str(cell))) for row in table.rows
    ]
    known = frozenset(word for record in records for word in record) - labels - header
    torn: list[str] = []
    whole = 0
    for line in made.data.decode("utf-8", "replace").splitlines():
        found = frozenset(tokens(line)) & known
        numbers = frozenset(word for word in found if word.isdigit())
        words = found - numbers
        if not numbers or not words:
            continue
        if all(any(n in record and record & words for record in records) for n in numbers):
            whole += 1
        else:
            torn.append(line.strip())
    return tuple(torn) if len(torn) >= _LEAST and len(torn) > whole else ()
