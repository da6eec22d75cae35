"""What the oracles let through: honest outputs on one side, eleven kinds of wrong ones on the other.

In     invented documents over one small vocabulary, so that wrong outputs share their words with right ones
Out    rows for `python -m bench`: the share accepted of each kind
Never  uses the product's readers to make an output
"""

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.plain_converters import csv_to_json, docx_to_markdown, html_to_markdown
from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.slots import slots_of
from skillstrata.distill.mutate.words import invent
from skillstrata.distill.oracles import choose_profile, document, judge
from skillstrata.distill.synthesise import fresh
from skillstrata.distill.synthesise.formats import html_page
from skillstrata.distill.synthesise.outlines import outline
from skillstrata.distill.synthesise.word_files import docx_file
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN
from skillstrata.records.proofs import TypedBytes

# Enough that each attack applies to two hundred: not every document has a table, nor every table a large number.
CASES = 260
TABLES = 440
_SEED = 7
_RARE = 1 / 200
_VOCABULARY = 400
_LONG_SECTIONS = 420
_ROUNDS = 5
_WORD = re.compile(r"[a-z]{3,}", re.I)
_NUMBER = re.compile(r"\d{3,}")


@dataclass(frozen=True)
class Case:
    """An input and the output an honest program gave for it."""

    given: TypedBytes
    output: str
    media_type: str

    def accepts(self, output: str) -> bool:
        """Say whether the judge takes `output`, by the profile the honest output has."""
        produced = TypedBytes(self.media_type, output.encode())
        return judge(self.given, produced, profile=self.profile).ok

    @property
    def profile(self) -> str:
        """Name what the honest output is meant to be."""
        return "table" if self.media_type == JSON else "document"


Attack = Callable[[Sequence[Case], int], str | None]


def _common_words(content: TypedBytes, number: int) -> TypedBytes:
    """Write a document with words of one small vocabulary, the first of them often: as languages do."""
    words = [invent(Dice(_SEED, "vocabulary", n)) for n in range(_VOCABULARY)]
    dice = Dice(_SEED, "words", number)

    def other(match: re.Match[str]) -> str:
        word = words[min(dice.below(_VOCABULARY), dice.below(_VOCABULARY), dice.below(_VOCABULARY))]
        return word.capitalize() if match.group(0)[0].isupper() else word

    def change(text: str) -> str:
        return "".join(p if p.startswith("&") else _WORD.sub(other, p) for p in re.split(r"(&\w+;)", text))

    slots = slots_of(content)
    data = slots.rewritten(change) if slots else None
    return TypedBytes(content.media_type, data or content.data)


def documents() -> list[Case]:
    """Make pages and Word files with the Markdown of an honest converter; every second Word table as a list."""
    cases: list[Case] = []
    for number in range(CASES // 2):
        # One to six sections: short documents are the hard ones, since little of them is much of it.
        dice = Dice(_SEED, "outline", number)
        parts = outline(dice, dice.between(1, 6))
        page = _common_words(TypedBytes(HTML, html_page(parts)), number)
        word = _common_words(TypedBytes(DOCX, docx_file(parts)), CASES + number)
        cases.append(Case(page, html_to_markdown(page.data), MARKDOWN))
        cases.append(Case(word, docx_to_markdown(word.data, keyed=bool(number % 2)), MARKDOWN))
    return cases


def tables() -> list[Case]:
    """Make CSV files with the JSON of an honest converter, typed in every second case."""
    found = fresh(CSV, count=TABLES, seed=_SEED)
    return [Case(given, csv_to_json(given.data, typed=bool(n % 2)), JSON) for n, given in enumerate(found)]


# ---- attacks on documents ----


def wrong_document(cases: Sequence[Case], at: int) -> str | None:
    """Give the output of the document that is nearest in length."""
    own = len(cases[at].output)
    return min((c for i, c in enumerate(cases) if i != at), key=lambda c: abs(len(c.output) - own)).output


def constant(cases: Sequence[Case], at: int) -> str | None:
    """Give one text of the same words, cut to the same length."""
    return (" ".join(_WORD.findall(cases[0].output)) * 9)[: len(cases[at].output)] if at else None


def digit_swap(cases: Sequence[Case], at: int) -> str | None:
    """Swap two neighbouring digits of one number."""
    dice = Dice(_SEED, "swap", at)
    text = cases[at].output
    body = re.sub(r"\]\([^)]*\)", lambda m: "x" * len(m.group(0)), text)
    places = [m for m in _NUMBER.finditer(body) if len(set(m.group(0))) > 1]
    if not places:
        return None
    match = dice.one(places)
    digits = match.group(0)
    n = dice.one([i for i in range(len(digits) - 1) if digits[i] != digits[i + 1]])
    return text[: match.start()] + digits[:n] + digits[n + 1] + digits[n] + digits[n + 2 :] + text[match.end() :]


def foreign_paragraph(cases: Sequence[Case], at: int) -> str | None:
    """Insert the longest block of another document in the middle (the case before may be this one as Word)."""
    other = max(_blocks(cases[at - 2].output), key=len)
    blocks = _blocks(cases[at].output)
    return "\n\n".join([*blocks[: len(blocks) // 2], other, *blocks[len(blocks) // 2 :]])


def dropped_end(cases: Sequence[Case], at: int) -> str | None:
    """Leave the last fifth out."""
    text = cases[at].output
    return text[: int(len(text) * 0.8)]


def dropped_table(cases: Sequence[Case], at: int) -> str | None:
    """Leave the last table out."""
    blocks = _blocks(cases[at].output)
    places = [i for i, block in enumerate(blocks) if block.startswith("| ") or re.match(r"- \w+: .*; ", block)]
    return "\n\n".join(blocks[: places[-1]] + blocks[places[-1] + 1 :]) if places else None


def reversed_blocks(cases: Sequence[Case], at: int) -> str | None:
    """Give all blocks in reverse."""
    return "\n\n".join(reversed(_blocks(cases[at].output)))


def _blocks(text: str) -> list[str]:
    return [block for block in text.split("\n\n") if block.strip()]


# ---- attacks on tables ----


def wrong_table(cases: Sequence[Case], at: int) -> str | None:
    """Give another table under this one's column names."""
    own, other = json.loads(cases[at].output), json.loads(cases[at - 1].output)
    return json.dumps([dict(zip(own[0], row.values(), strict=True)) for row in other])


def lost_zeros(cases: Sequence[Case], at: int) -> str | None:
    """Read codes as numbers."""
    rows = json.loads(cases[at].output)
    changed = [
        {k: int(v) if isinstance(v, str) and re.fullmatch(r"0\d+", v) else v for k, v in r.items()} for r in rows
    ]
    return json.dumps(changed) if changed != rows else None


def rounded_numbers(cases: Sequence[Case], at: int) -> str | None:
    """Pass whole numbers through a float."""
    rows = json.loads(cases[at].output)
    changed = [{k: int(float(v)) if _is_large(v) else v for k, v in r.items()} for r in rows]
    return json.dumps(changed) if changed != rows else None


def _is_large(value: str | float) -> bool:
    """Say whether a number has more digits than a float keeps."""
    return bool(re.fullmatch(r"[1-9]\d{15,}", str(value))) and int(float(value)) != int(value)


def dropped_row(cases: Sequence[Case], at: int) -> str | None:
    """Leave the last row out."""
    return json.dumps(json.loads(cases[at].output)[:-1])


def shuffled_column(cases: Sequence[Case], at: int) -> str | None:
    """Move one column's values down by a row, so that records no longer belong together."""
    rows = json.loads(cases[at].output)
    key = list(rows[0])[1]
    values = [row[key] for row in rows]
    return json.dumps([{**row, key: value} for row, value in zip(rows, values[-1:] + values[:-1], strict=True)])


_ON_DOCUMENTS: tuple[tuple[Attack, float], ...] = (
    (wrong_document, _RARE),
    (constant, _RARE),
    (digit_swap, _RARE),
    (foreign_paragraph, _RARE),
    (dropped_end, _RARE),
    (dropped_table, _RARE),
    (reversed_blocks, 0.05),
)
_ON_TABLES: tuple[tuple[Attack, float], ...] = (
    (wrong_table, _RARE),
    (digit_swap, _RARE),
    (lost_zeros, _RARE),
    (rounded_numbers, _RARE),
    (dropped_row, _RARE),
    (shuffled_column, _RARE),
)


def measure() -> list[dict[str, str | float | bool]]:
    """Take all shares."""
    rows: list[dict[str, str | float | bool]] = []
    for kind, cases, attacks in (("document", documents(), _ON_DOCUMENTS), ("table", tables(), _ON_TABLES)):
        rows.append(_honest(kind, cases))
        rows.append(_chosen(kind, cases))
        rows.extend(_attacked(kind, cases, attack, ceiling) for attack, ceiling in attacks)
    return [*rows, *map(_speed, _long_documents())]


def _long_documents() -> list[Case]:
    """Make one page and one Word file of about a hundred printed pages."""
    parts = outline(Dice(_SEED, "long"), _LONG_SECTIONS)
    page, word = TypedBytes(HTML, html_page(parts)), TypedBytes(DOCX, docx_file(parts))
    made = (html_to_markdown(page.data), docx_to_markdown(word.data, keyed=False))
    return [Case(given, output, MARKDOWN) for given, output in zip((page, word), made, strict=True)]


def _speed(case: Case) -> dict[str, str | float | bool]:
    """Take the best of a few judgements: what it costs when nothing else wants the machine."""
    seconds: list[float] = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        accepted = case.accepts(case.output)
        seconds.append(time.perf_counter() - began)
    words, kind = len(case.output.split()), "HTML" if case.given.media_type == HTML else "Word"
    name, best = f"oracles: {words:,} words of {kind} judged", min(seconds)
    detail = f"best of {_ROUNDS}, both sides read; {'accepted' if accepted else 'REFUSED'}"
    return {"name": name, "value": best, "unit": "s", "bound": "<= 1", "ok": best <= 1, "detail": detail}


def _honest(kind: str, cases: Sequence[Case]) -> dict[str, str | float | bool]:
    refused = [case for case in cases if not case.accepts(case.output)]
    for case in refused[:5]:
        produced = TypedBytes(case.media_type, case.output.encode())
        print(f"  honest {kind} refused: {judge(case.given, produced, profile=case.profile).detail}", file=sys.stderr)
    share = 1 - len(refused) / len(cases)
    return _row(f"{kind}: honest outputs accepted", share, ">= 0.95", ok=share >= 0.95, detail=f"of {len(cases)}")


def _chosen(kind: str, cases: Sequence[Case]) -> dict[str, str | float | bool]:
    right = sum(
        _family(choose_profile(case.given, TypedBytes(case.media_type, case.output.encode()))) == case.profile
        for case in cases
    )
    share = right / len(cases)
    return _row(f"{kind}: profile chosen rightly", share, ">= 0.99", ok=share >= 0.99, detail=f"of {len(cases)}")


def _family(profile: str) -> str:
    """Give "document" for the profile of any document type, "table" for that of tables."""
    return "document" if profile in document.JUDGES else profile.rpartition("-")[0]


def _attacked(kind: str, cases: Sequence[Case], attack: Attack, ceiling: float) -> dict[str, str | float | bool]:
    made = [(case, attack(cases, at)) for at, case in enumerate(cases)]
    tried = [(case, output) for case, output in made if output is not None]
    accepted = sum(case.accepts(output) for case, output in tried)
    share = accepted / len(tried)
    name = f"{kind}: {attack.__name__.replace('_', ' ')} accepted"
    return _row(name, share, f"<= {ceiling:g}", ok=share <= ceiling, detail=f"{accepted} of {len(tried)}")


def _row(name: str, value: float, bound: str, *, ok: bool, detail: str) -> dict[str, str | float | bool]:
    return {"name": f"oracles: {name}", "value": value, "unit": "share", "bound": bound, "ok": ok, "detail": detail}
