"""All profiles by name, the choice between them, and the one way to be judged.

In     an input, an output, the name of a profile (or none), the program's own words
Out    OracleResult
Never  raises on hostile bytes; judges by a profile the caller did not name once one was named
Why    the profile is chosen on the demonstration and then fixed, so that a fault cannot change what is asked
"""

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from skillstrata.distill.oracles import document, selection, table
from skillstrata.distill.oracles.findings import unmeasurable
from skillstrata.distill.oracles.novelty import novel
from skillstrata.distill.oracles.overlap import precision
from skillstrata.distill.oracles.pairing import Pairing, pair
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV
from skillstrata.records.proofs import OracleResult, TypedBytes

# Adding a profile is one entry here. A new version of one is a new name: proofs keep the name they were made with.
PROFILES: Mapping[str, Callable[[Pairing], OracleResult]] = MappingProxyType(
    {
        document.PROFILE: document.judge_document,
        table.PROFILE: table.judge_table,
        selection.EXTRACT: selection.judge_extract,
        selection.SUMMARY: selection.judge_summary,
    }
)
NONE = "none"
_TABULAR = frozenset({CSV, TSV, JSON, NDJSON})
_PROSE = frozenset({HTML, DOCX, MARKDOWN, TEXT})
_LINES = frozenset({CSV, TSV, NDJSON, MARKDOWN, TEXT})
# Between these an output is neither a whole document nor a small part of one; then it was meant to be whole.
_ALL_VALUES = 0.999
_WHOLE_RECALL = 0.45
_WHOLE_WORDS = 0.75


def choose_profile(given: TypedBytes, produced: TypedBytes, *, labels: frozenset[str] = frozenset()) -> str:
    """Name what the output is meant to be: a table, a whole document, an extract or a summary; "none" without a view.

    Args:
        given: The input of the demonstration.
        produced: Its output; of the demonstration too, so that the choice does not depend on later faults.
        labels: Words the program prints of its own.
    """
    pairing = pair(given, produced, labels)
    if pairing is None:
        return NONE
    if _is_some_lines(given, produced):
        return selection.EXTRACT
    if _TABULAR & {given.media_type, produced.media_type} and table.is_near(pairing):
        return selection.EXTRACT if _is_reshaped(pairing) else table.PROFILE
    if _is_whole(pairing):
        explained = novel(pairing) and not document.judge_document(pairing).ok
        return selection.SUMMARY if explained and selection.judge_summary(pairing).ok else document.PROFILE
    return selection.SUMMARY if novel(pairing) else selection.EXTRACT


def judge(
    given: TypedBytes, produced: TypedBytes, *, profile: str | None = None, labels: frozenset[str] = frozenset()
) -> OracleResult:
    """Judge an output against its input.

    Args:
        given: The input, with its type.
        produced: What the program made of it.
        profile: A name of `PROFILES`, with or without its version; None chooses by the pair itself.
        labels: Words in the program's own string literals (`views.program_labels`): they are not novel.

    Returns:
        All measures, and in words what failed. `measurable` is False where a side has no view or the profile is
        unknown.
    """
    name = profile or choose_profile(given, produced, labels=labels)
    judge_one = PROFILES.get(name) or PROFILES.get(_latest(name))
    if judge_one is None:
        return unmeasurable(f"no oracle for {given.media_type} to {produced.media_type} (profile {name!r})")
    pairing = pair(given, produced, labels)
    if pairing is None:
        return unmeasurable(f"no view of {given.media_type} or {produced.media_type}, or it cannot be read")
    return judge_one(pairing)


def _latest(name: str) -> str:
    versions = [key for key in PROFILES if key.rpartition("-")[0] == name]
    return max(versions, key=lambda key: int(key.rpartition("-")[2]), default="")


def _is_some_lines(given: TypedBytes, produced: TypedBytes) -> bool:
    """Say whether the output is a choice of the input's own lines: a filter, which loses the others on purpose."""
    if not {given.media_type, produced.media_type} <= _LINES:
        return False
    made = [line.strip() for line in produced.data.splitlines() if line.strip()]
    there = Counter(line.strip() for line in given.data.splitlines() if line.strip())
    return 0 < len(made) < there.total() and not Counter(made) - there


def _is_reshaped(pairing: Pairing) -> bool:
    """Say whether the output is no table of the input's, but holds every value of it: the records were restructured."""
    if table.keeps_columns(pairing) or table.judge_table(pairing).ok or not selection.judge_extract(pairing).ok:
        return False
    return precision(pairing.source.tokens, frozenset(pairing.made.tokens)) >= _ALL_VALUES


def _is_whole(pairing: Pairing) -> bool:
    if pairing.given.media_type not in _PROSE or pairing.produced.media_type not in _PROSE | _TABULAR:
        # A report about records keeps what it was written to keep: nobody can say that it was meant to be whole.
        return False
    source, made = pairing.source, pairing.made
    if not source.tokens:
        return False
    share = precision(source.tokens, frozenset(made.tokens))
    return document.best_recall(source, made) >= _WHOLE_RECALL or share >= _WHOLE_WORDS
