"""Find the values in which two recorded programs differ that are the same program otherwise.

    body --literals--> spans and values      body without them --skeleton--> a key that such programs share

In     an Execution and others of the same skeleton
Out    Knobs: a value that was another one in another run is the user's to choose
Never  offers a path (files play parts of their own), or a name from the program: an option without a known name is
       called `option_1`
Why    a number is the program's business until two runs disagree about it
"""

import ast
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from skillstrata.distill.constant_paths import looks_like_path
from skillstrata.distill.knobs import MOST, Knob, is_short, kind_of
from skillstrata.distill.node_lifting import literals as node_literals
from skillstrata.distill.python_lifting import nodes
from skillstrata.distill.shell_lifting import folds as shell_words
from skillstrata.records.executions import Execution

_PLAIN = "option_"
_HOLE = b"\0"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a program's text, and its UTF-8 bytes there."""

    start: int
    end: int
    value: str


def skeleton(execution: Execution) -> str:
    """Give a key that programs share which differ in nothing but their values; "" where there is no text to read."""
    body = execution.body
    if body is None or execution.language not in _LITERALS:
        return ""
    rest = _rest(body, _literals(execution.language, body))
    words = "\0".join("" if _is_value(word) else word for word in execution.argv)
    return hashlib.sha256(b"\n".join((execution.language.encode(), rest, words.encode("utf-8", "replace")))).hexdigest()


def differing(execution: Execution, siblings: Iterable[Execution], known: tuple[Knob, ...]) -> tuple[Knob, ...]:
    """Give the known options, and those that siblings show to be options.

    Args:
        execution: With its body.
        siblings: Other executions, of any program; those of another skeleton do not count.
        known: What is an option by its name already; these learn other values and keep their place.
    """
    body, own = execution.body or "", skeleton(execution)
    alike = [one for one in siblings if one.id != execution.id and own and skeleton(one) == own]
    if not alike:
        return known
    places = [*_in_body(execution.language, body, alike), *_in_words(execution, alike)]
    told = {(k.start, k.word): k for k in known}
    found: list[Knob] = []
    for place in places:
        if (place.start, place.word) in told:
            one = told.pop((place.start, place.word))
            found.append(replace(one, others=place.others))
        else:
            number = sum(k.name.startswith(_PLAIN) for k in found) + 1
            found.append(replace(place, name=f"{_PLAIN}{number}"))
    return (*told.values(), *found)[:MOST]


def _in_body(language: str, body: str, alike: list[Execution]) -> Iterator[Knob]:
    own = _literals(language, body)
    others = [_literals(language, one.body or "") for one in alike]
    for at, literal in enumerate(own):
        values = tuple(dict.fromkeys(o[at].value for o in others if o[at].value != literal.value))
        if values and all(map(_may_turn, (literal.value, *values))):
            yield Knob("", _kind((literal.value, *values)), literal.value, literal.start, literal.end, others=values)


def _in_words(execution: Execution, alike: list[Execution]) -> Iterator[Knob]:
    for at, word in enumerate(execution.argv):
        values = tuple(dict.fromkeys(o.argv[at] for o in alike if o.argv[at] != word))
        if values and all(map(_may_turn, (word, *values))):
            yield Knob("", _kind((word, *values)), word, word=at, others=values)


def _may_turn(value: str) -> bool:
    return is_short(value) and not looks_like_path(value)


def _kind(values: tuple[str, ...]) -> str:
    kinds = {kind_of(value) for value in values}
    return kinds.pop() if len(kinds) == 1 else "number" if kinds == {"integer", "number"} else "string"


def _is_value(word: str) -> bool:
    """Say whether a word of a call may differ between two runs of one program: a flag may not."""
    return not word.startswith("-") or word[1:2].isdigit()


def _rest(body: str, found: list[Literal]) -> bytes:
    data = body.encode("utf-8", "surrogatepass")
    parts: list[bytes] = []
    place = 0
    for literal in found:
        parts.append(data[place : literal.start])
        place = literal.end
    return _HOLE.join((*parts, data[place:]))


def _literals(language: str, body: str) -> list[Literal]:
    """Give values in order of place; none lies inside of another."""
    found: list[Literal] = []
    for literal in sorted(_LITERALS[language](body), key=lambda one: (one.start, -one.end)):
        if not found or literal.start >= found[-1].end:
            found.append(literal)
    return found


def _of_python(body: str) -> Iterator[Literal]:
    left_alone: set[int] = set()
    for node, start in nodes(body):
        if isinstance(node, ast.JoinedStr):
            left_alone |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.Constant) and id(node) not in left_alone and type(node.value) in {str, int, float}:
            text = ast.get_source_segment(body, node) or ""
            yield Literal(start, start + len(text.encode("utf-8", "surrogatepass")), str(node.value))


def _of_node(body: str) -> Iterator[Literal]:
    return (Literal(start, end, value) for start, end, value in node_literals(body))


def _of_shell(body: str) -> Iterator[Literal]:
    words = shell_words(body)
    # The first word of a command is the command: it is no value.
    return (Literal(word.start, word.end, word.value) for word in words if _is_value(word.value))


_LITERALS: Mapping[str, Callable[[str], Iterator[Literal]]] = MappingProxyType(
    {"python": _of_python, "node": _of_node, "shell": _of_shell}
)
