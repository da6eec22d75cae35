"""`when`: comparisons of paths and literals, joined by and, or, not; strict about types.

In     text; `{{path}}` may stand for a path
Out    Condition, and whether it holds
Never  takes anything but a boolean for true or false, compares text with a number, reads a secret
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from skillstrata.compose.filters import Found, Missing, kind_of, same
from skillstrata.compose.template_cursor import KEYWORDS, Cursor, Expression
from skillstrata.compose.template_faults import TemplateFailed, TemplateInvalid
from skillstrata.compose.template_values import Scope, evaluated, missing
from skillstrata.compose.templates import Reference, reference_of
from skillstrata.records.json_values import Json

CONDITION_CHARACTERS = 4096
_NESTING = 32
_OPERATORS = ("==", "!=", "<=", ">=", "<", ">")


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out."""

    value: Json


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and what is asked of them."""

    operator: str
    left: "Literal | Expression"
    right: "Literal | Expression"


@dataclass(frozen=True, slots=True)
class Negation:
    """The opposite of a condition."""

    of: "Node"


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by `and` or by `or`; the first that settles it is the last that is looked at."""

    word: str
    of: "tuple[Node, ...]"


Node: TypeAlias = "Literal | Expression | Comparison | Negation | Joined"


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed `when`."""

    text: str
    node: Node
    references: tuple[Reference, ...]


def parse_condition(text: str) -> Condition:
    """Parse a condition.

    Raises:
        TemplateInvalid: It is not in the grammar, or too long.
    """
    if len(text) > CONDITION_CHARACTERS:
        raise TemplateInvalid(f"a condition of {len(text):,} characters is more than {CONDITION_CHARACTERS:,}")
    return _parsed(text)


def holds(condition: Condition, scope: Scope) -> bool:
    """Say whether a condition holds.

    Raises:
        TemplateFailed: A value is missing or of a type that cannot be asked so.
    """
    return _truth(condition.node, condition.text, scope)


@lru_cache(maxsize=512)
def _parsed(text: str) -> Condition:
    reader = _Reader(text)
    node = reader.either(0)
    reader.cursor.skip()
    if reader.cursor.at < len(text):
        raise reader.cursor.fault("an operator is expected: == != < <= > >= in and or")
    return Condition(text, node, tuple(reader.references))


class _Reader:
    """Reads one condition, the loosest operator first."""

    def __init__(self, text: str) -> None:
        self.cursor = Cursor(text)
        self.references: list[Reference] = []

    def either(self, depth: int) -> Node:
        return self._joined("or", depth)

    def _joined(self, word: str, depth: int) -> Node:
        if depth > _NESTING:
            raise self.cursor.fault(f"nested deeper than {_NESTING}")
        parts: list[Node] = []
        while True:
            parts.append(self._joined("and", depth) if word == "or" else self._negated(depth))
            if not self._takes(word):
                return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _takes(self, word: str) -> bool:
        return self.cursor.word() == word and self.cursor.take(word)

    def _negated(self, depth: int) -> Node:
        opposite = False
        while self._takes("not"):
            opposite = not opposite
        node = self._compared(depth)
        return Negation(node) if opposite else node

    def _compared(self, depth: int) -> Node:
        left = self._operand(depth)
        operator = self._operator()
        if not operator:
            return left
        right = self._operand(depth)
        if not isinstance(left, Literal | Expression) or not isinstance(right, Literal | Expression):
            raise self.cursor.fault(f"`{operator}` compares paths and literals only")
        found = Comparison("in" if operator == "not in" else operator, left, right)
        return Negation(found) if operator == "not in" else found

    def _operator(self) -> str:
        for sign in _OPERATORS:
            if self.cursor.take(sign):
                return sign
        if self._takes("in"):
            return "in"
        if not self._takes("not"):
            return ""
        if not self._takes("in"):
            raise self.cursor.fault("`not` after a value is followed by `in`")
        return "not in"

    def _operand(self, depth: int) -> Node:
        for opening, closing in (("{{", "}}"), ("(", ")")):
            if self.cursor.take(opening):
                node = self.either(depth + 1)
                if not self.cursor.take(closing):
                    raise self.cursor.fault(f'"{closing}" is expected')
                return node
        literal = self.cursor.literal()
        if literal is not None:
            return Literal(literal[0])
        if self.cursor.word() in KEYWORDS:
            raise self.cursor.fault(f"a path or a literal is expected, not `{self.cursor.word()}`")
        expression = self.cursor.expression()
        if expression.root == "secret":
            raise self.cursor.fault("a secret cannot be asked about")
        self.references.append(reference_of(expression))
        return expression


def _truth(node: Node, text: str, scope: Scope) -> bool:
    match node:
        case Negation():
            return not _truth(node.of, text, scope)
        case Joined():
            truths = (_truth(part, text, scope) for part in node.of)
            return all(truths) if node.word == "and" else any(truths)
        case Comparison():
            return _compared(node, text, scope)
        case _:
            value = _value(node, text, scope)
            if not isinstance(value, bool):
                raise _wrong(text, f"{_written(node)} is {kind_of(value)}, not true or false")
            return value


def _value(node: Literal | Expression, text: str, scope: Scope) -> Json:
    if isinstance(node, Literal):
        return node.value
    found: Found = evaluated(node, scope, text)
    if isinstance(found, Missing):
        raise missing(node, scope, text)
    return found


def _compared(node: Comparison, text: str, scope: Scope) -> bool:
    left, right = _value(node.left, text, scope), _value(node.right, text, scope)
    if node.operator == "==":
        return same(left, right)
    if node.operator == "!=":
        return not same(left, right)
    if node.operator == "in":
        return _contained(left, right, text)
    return _ordered(node.operator, left, right, text)


def _contained(left: Json, right: Json, text: str) -> bool:
    if isinstance(right, list):
        return any(same(left, item) for item in right)
    if isinstance(right, str | dict) and isinstance(left, str):
        return left in right
    raise _wrong(text, f"`in` cannot look for {kind_of(left)} in {kind_of(right)}")


def _ordered(operator: str, left: Json, right: Json, text: str) -> bool:
    first, second = _number(left), _number(right)
    if isinstance(left, str) and isinstance(right, str):
        order = (left > right) - (left < right)
    elif first is not None and second is not None:
        order = (first > second) - (first < second)
    else:
        raise _wrong(text, f"`{operator}` cannot compare {kind_of(left)} with {kind_of(right)}")
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


def _number(value: Json) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _written(node: Literal | Expression) -> str:
    return repr(node.text) if isinstance(node, Expression) else "the literal"


def _wrong(text: str, message: str) -> TemplateFailed:
    return TemplateFailed(
        "wrong_type", f"condition {text[:120]!r}: {message}", hint="convert one side with a filter: | int, | string"
    )
