"""Templates in a closed grammar: text with `{{path | filter}}` in it, parsed once.

In     text, or a JSON value whose texts are templates; keys never are
Out    Template, Reference
Never  calls, computes, looks up attributes; takes text of more than 64 KB or values nested deeper than 64
Why    general engines hang on `9**9**9`, leak the environment or lose types
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from skillstrata.compose.template_cursor import Cursor, Expression
from skillstrata.compose.template_faults import TemplateInvalid
from skillstrata.records.json_values import Json

TEMPLATE_BYTES = 64 * 1024
MOST_DEPTH = 64
_CACHED_CHARACTERS = 512


@dataclass(frozen=True, slots=True)
class Template:
    """One text: literal pieces and expressions in turn. `lone` says that it is one expression and nothing else."""

    text: str
    pieces: tuple[str | Expression, ...]
    lone: bool

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Give the expressions alone."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Expression))


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a value: `steps.0.output.url` is the root steps and the parts 0, output, url.

    `pointer` is the JSON pointer of the text it stands in; `defaulted` says that a missing value is provided for.
    """

    root: str
    parts: tuple[str | int, ...]
    pointer: str = ""
    defaulted: bool = False


def parse_template(text: str) -> Template:
    """Parse one text; `{{{{` in it stands for two literal braces.

    Raises:
        TemplateInvalid: It is not in the grammar, or too long; the message has the place.
    """
    if len(text) <= _CACHED_CHARACTERS:
        return _cached(text)
    if len(text) > TEMPLATE_BYTES or len(text.encode(errors="replace")) > TEMPLATE_BYTES:
        raise TemplateInvalid(
            f"a template of {len(text):,} characters is more than {TEMPLATE_BYTES:,} bytes",
            hint="keep long texts in a file that a step reads",
        )
    return _parsed(text)


def references_in(value: Json) -> tuple[Reference, ...]:
    """Give every reference of a nested value, in the order they are written, with the JSON pointer of each.

    Raises:
        TemplateInvalid: A text in it is not in the grammar, or it is nested too deep.
    """
    return tuple(found for pointer, text in texts_in(value) for found in references_of(parse_template(text), pointer))


def references_of(template: Template, pointer: str = "") -> tuple[Reference, ...]:
    """Give the references of one template."""
    return tuple(reference_of(expression, pointer) for expression in template.expressions)


def reference_of(expression: Expression, pointer: str = "") -> Reference:
    """Give an expression's path as a reference."""
    return Reference(expression.root, expression.parts, pointer, expression.defaulted)


def texts_in(value: Json, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Give every text of a nested value that holds a template, with its JSON pointer.

    Raises:
        TemplateInvalid: It is nested too deep.
    """
    if isinstance(value, str):
        if "{{" in value:
            yield pointer, value
        return
    if not isinstance(value, dict | list):
        return
    if depth >= MOST_DEPTH:
        raise TemplateInvalid(f"{pointer}: nested deeper than {MOST_DEPTH}", hint="make the step's input flatter")
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from texts_in(inner, f"{pointer}/{escaped(key)}", depth + 1)


def escaped(key: str | int) -> str:
    """Write a key as a JSON pointer does."""
    return key.replace("~", "~0").replace("/", "~1") if isinstance(key, str) else str(key)


@lru_cache(maxsize=8192)
def _cached(text: str) -> Template:
    return _parsed(text)


def _parsed(text: str) -> Template:
    if "{{" not in text:
        return Template(text, (text,) if text else (), lone=False)
    pieces: list[str | Expression] = []
    literal: list[str] = []
    cursor = Cursor(text)
    while (opening := text.find("{{", cursor.at)) >= 0:
        literal.append(text[cursor.at : opening])
        if text.startswith("{{{{", opening):
            literal.append("{{")
            cursor.at = opening + 4
            continue
        cursor.at = opening + 2
        if joined := "".join(literal):
            pieces.append(joined)
        literal.clear()
        pieces.append(_closed(cursor))
    literal.append(text[cursor.at :])
    if joined := "".join(literal):
        pieces.append(joined)
    return _checked(text, pieces)


def _closed(cursor: Cursor) -> Expression:
    expression = cursor.expression()
    if not cursor.take("}}"):
        raise cursor.fault('"|" or "}}" is expected')
    return expression


def _checked(text: str, pieces: list[str | Expression]) -> Template:
    found = [piece for piece in pieces if isinstance(piece, Expression)]
    lone = len(found) == 1 and all(isinstance(piece, Expression) or not piece.strip() for piece in pieces)
    for expression in found:
        if expression.root == "secret" and (not lone or expression.filters or len(expression.parts) != 1):
            raise TemplateInvalid(
                f"{text[:80]!r}: a secret must be a whole value, without filters",
                hint='write "{{secret.NAME}}" and nothing else',
            )
    return Template(text, tuple(found) if lone else tuple(pieces), lone)
