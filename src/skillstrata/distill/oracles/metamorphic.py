"""Relations between outputs that hold without a right answer: run on a made input, the output moves as it must.

In     the demonstrated input, the profile its output is judged by
Out    Relation: inputs to run, and a judgement of what came out; not applicable ones with the reason
Never  runs anything; calls a relation passed that was not tried
Why    a tool to which no relation applies and no oracle knows is not verified
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skillstrata.distill.oracles.made_inputs import (
    appended,
    concatenated,
    other_line_ends,
    permuted,
    record_texts,
    scaled,
)
from skillstrata.distill.views import document_view
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import CSV, HTML, INI, JSON, MARKDOWN, NDJSON, TEXT, TOML, TSV, XML, YAML
from skillstrata.records.proofs import TypedBytes

TRIED = ("passed", "failed")
_OF_RECORDS = ("extract-lines", "extract-rows", "extract-columns", "extract-values", "extract-tables")
_KEEP_ALL = ("table", "document", "tree", "text", *_OF_RECORDS)
_BY_RECORD = ("table-1", *(f"{name}-1" for name in _OF_RECORDS[:-1]))
_COUNTS = ("summary",)
_TEXTUAL = frozenset({CSV, TSV, JSON, NDJSON, MARKDOWN, TEXT, HTML, XML, YAML, TOML, INI})
_LINES = frozenset({CSV, TSV, NDJSON, TEXT, MARKDOWN})
_VOLATILE = re.compile(r"\s+")
_KEPT = 0.98

Outputs = Sequence[TypedBytes | None]
_Check = Callable[[TypedBytes, Outputs], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one relation showed: "passed", "failed" or "not applicable", and why."""

    relation: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation: the inputs to run the program on, and what must hold between the outputs.

    `again` asks for one more run, on the base output: the program applied twice. No inputs and no `again`: the
    relation does not apply, and `why_not` says why. An honest program may break some of them.
    """

    name: str
    inputs: tuple[TypedBytes, ...] = ()
    why_not: str = ""
    again: bool = False
    check: _Check | None = None

    @property
    def applicable(self) -> bool:
        """Say whether there is something to run."""
        return self.check is not None and (self.again or bool(self.inputs))

    def runs(self, base_output: TypedBytes) -> tuple[TypedBytes, ...]:
        """Give the inputs to run, in the order in which `holds` takes their outputs."""
        if not self.applicable:
            return ()
        return (base_output,) if self.again else self.inputs

    def holds(self, base_output: TypedBytes, outputs: Outputs) -> Outcome:
        """Judge the outputs against that of the demonstration.

        Args:
            base_output: The output for the demonstrated input.
            outputs: One for each of `runs`, None where a run gave none.
        """
        if self.check is None or not self.applicable:
            return Outcome(self.name, "not applicable", self.why_not)
        if len(outputs) != len(self.runs(base_output)) or any(output is None for output in outputs):
            return Outcome(self.name, "failed", "a run gave no output")
        problem = self.check(base_output, outputs)
        return Outcome(self.name, "failed" if problem else "passed", problem)


def relations(given: TypedBytes, profile: str) -> tuple[Relation, ...]:
    """Give every relation for an input and a profile, those that do not apply included."""
    makers = (_permute, _concatenate, _append, _twice, _line_ends, _scale)
    return tuple(make(given, profile) for make in makers)


def round_trip(given: TypedBytes, back: TypedBytes) -> Outcome:
    """Judge A to B to A, where the library has both ways: typed values and text survive."""
    before, after = record_texts(given), record_texts(back)
    if before is None or after is None:
        before, after = _words(given), _words(back)
    if not before:
        return Outcome("round trip", "not applicable", f"no reader for {given.media_type}")
    lost = Counter(before) - Counter(after)
    problem = f"{sum(lost.values())} of {len(before)} parts do not come back: {list(lost)[:3]}" if lost else ""
    return Outcome("round trip", "failed" if problem else "passed", problem)


def verified_by(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Name the relations that were tried and held; none means that they verify nothing."""
    return tuple(outcome.relation for outcome in outcomes if outcome.state == "passed")


def _no(name: str, why: str) -> Relation:
    return Relation(name, why_not=why)


def _permute(given: TypedBytes, profile: str) -> Relation:
    """Records in another order: as many of each come out, and counts stay what they are."""
    made = permuted(given)
    if made is None:
        return _no("permute", "nothing repeats that could be put in another order")
    if not profile.startswith((*_BY_RECORD, *_COUNTS, "table-derived")):
        return _no("permute", f"the order of a {profile} output may follow from the content")
    return Relation("permute", (made,), check=_same_parts)


def _same_parts(base: TypedBytes, outputs: Outputs) -> str:
    before, after = _parts(base), _parts(_only(outputs))
    apart = (Counter(before) - Counter(after)) + (Counter(after) - Counter(before))
    return f"{apart.total()} parts differ: {list(apart)[:3]}" if apart else ""


def _concatenate(given: TypedBytes, profile: str) -> Relation:
    """The input twice over: every record twice; the counts of a summary double, its means stay."""
    made = concatenated(given)
    if made is None:
        return _no("concatenate", f"two inputs of {given.media_type} cannot be put one after the other")
    if profile.startswith(_COUNTS):
        return Relation("concatenate", (made,), check=_some_number_doubles)
    if not profile.startswith(_BY_RECORD):
        return _no("concatenate", f"a {profile} output need not grow with its input")
    # What leaves repeats out gives the same once more.
    return Relation("concatenate", (made,), check=_twice_the_parts)


def _twice_the_parts(base: TypedBytes, outputs: Outputs) -> str:
    before, after = Counter(_parts(base)), Counter(_parts(_only(outputs)))
    wrong = [part for part in before if after[part] not in {before[part], 2 * before[part]}]
    new = [part for part in after if part not in before]
    return f"{len(wrong) + len(new)} parts are neither there once more nor left out: {[*wrong, *new][:3]}" * bool(
        wrong or new
    )


def _some_number_doubles(base: TypedBytes, outputs: Outputs) -> str:
    before, after = _numbers(base), _numbers(_only(outputs))
    if len(before) != len(after):
        return "the summary has another form"
    moved = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    doubled = sum(abs(b - 2 * a) <= 1 + abs(a) * _KEPT / 10 for a, b in moved)
    return "" if not moved or 2 * doubled >= len(moved) else f"{len(moved) - doubled} numbers neither stay nor double"


def _append(given: TypedBytes, profile: str) -> Relation:
    """One record more at the end: what came out before is still there, in its order."""
    made = appended(given)
    if made is None:
        return _no("append", "there is no series of records or paragraphs to add to")
    if not profile.startswith(_KEEP_ALL):
        return _no("append", f"a {profile} output may change as a whole")
    return Relation("append", (made,), check=_kept_in_order)


def _kept_in_order(base: TypedBytes, outputs: Outputs) -> str:
    before, after = _parts(base), iter(_parts(_only(outputs)))
    lost = next((part for part in before if not any(part == other for other in after)), None)
    return "" if lost is None else f"it no longer shows {lost!r}"


def _twice(given: TypedBytes, profile: str) -> Relation:
    """A formatter or filter applied to its own output changes nothing more."""
    if not profile.startswith(("text", "extract-lines", "tree")):
        return _no("apply twice", "the output is of another kind than the input")
    if given.media_type not in _TEXTUAL:
        return _no("apply twice", f"no reader for {given.media_type}")
    # Numbering lines, or reversing them, honestly gives something else the second time.
    return Relation("apply twice", again=True, check=_same_text)


def _same_text(base: TypedBytes, outputs: Outputs) -> str:
    return "" if _squeezed(base) == _squeezed(_only(outputs)) else "applied to its own output it changes it again"


def _line_ends(given: TypedBytes, profile: str) -> Relation:
    """The same text with the other line ends: the same content."""
    made = other_line_ends(given) if given.media_type in _LINES else None
    if made is None:
        return _no("line ends", f"{given.media_type} has no line ends to change, or the text is one line")
    # A count of characters or bytes counts them too.
    return Relation("line ends", (made,), check=_same_words)


def _same_words(base: TypedBytes, outputs: Outputs) -> str:
    return "" if _words(base) == _words(_only(outputs)) else "other line ends give other content"


def _scale(given: TypedBytes, profile: str) -> Relation:
    """The picture twice as large: the output shows the same."""
    if not profile.startswith("image-1") or "facts" in profile:
        return _no("scale", "it makes no picture")
    made = scaled(given)
    if made is None:
        return _no("scale", "the picture cannot be decoded or is too large to be scaled")
    return Relation("scale", (made,), check=_looks_alike)


def _looks_alike(base: TypedBytes, outputs: Outputs) -> str:
    # Loaded with the made picture: nothing else pays for decoding.
    return scaled.alike(base, _only(outputs))


def _only(outputs: Outputs) -> TypedBytes:
    return outputs[0] or TypedBytes(TEXT, b"")


def _parts(content: TypedBytes) -> list[str]:
    """Give what an output is made of: its records, else its lines."""
    records = record_texts(content)
    if records is not None:
        return records
    return [line.strip() for line in _text(content).splitlines() if line.strip()]


def _text(content: TypedBytes) -> str:
    decoded = decode(content.data) if content.media_type in _TEXTUAL else None
    if decoded is not None:
        return decoded.text
    view = document_view(content)
    return view.text if view is not None else ""


def _words(content: TypedBytes) -> list[str]:
    view = document_view(content)
    return list(view.tokens) if view is not None else []


def _numbers(content: TypedBytes) -> list[float]:
    return [float(number) for number in re.findall(r"(?<![\w.])-?\d{1,18}(?:\.\d{1,12})?(?![\w.])", _text(content))]


def _squeezed(content: TypedBytes) -> str:
    return _VOLATILE.sub(" ", _text(content)).strip()
