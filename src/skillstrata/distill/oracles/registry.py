"""All profiles by name, the choice between them, and the one way to be judged.

In     an input, an output, the name of a profile (or none), the program's own words
Out    OracleResult
Never  raises on hostile bytes; judges by a profile the caller did not name once one was named
Why    the profile is chosen on the demonstration and then fixed, so that a fault cannot change what is asked
"""

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol, cast

from skillstrata.distill.oracles import (
    aggregates,
    archive_copies,
    derived,
    document,
    line_filters,
    selection,
    sounds,
    table,
    text_transforms,
    trees,
)
from skillstrata.distill.oracles.findings import Finding, unmeasurable
from skillstrata.distill.oracles.group_counts import miscounted_groups
from skillstrata.distill.oracles.guards import guards
from skillstrata.distill.oracles.novelty import novel
from skillstrata.distill.oracles.overlap import precision
from skillstrata.distill.oracles.pairing import Pairing, pair
from skillstrata.distill.oracles.plug_ins import PlugInFault, family_of, installed_plug_ins
from skillstrata.distill.oracles.row_counts import miscounted_rows
from skillstrata.distill.views.media_types import (
    CSV,
    DOCX,
    EML,
    EPUB,
    HTML,
    IPYNB,
    JSON,
    MARKDOWN,
    NDJSON,
    ODP,
    ODS,
    ODT,
    PDF,
    PPTX,
    RTF,
    TEXT,
    TSV,
    XLSX,
)
from skillstrata.records.proofs import OracleResult, TypedBytes

NONE = "none"
LOST = "intended"
KEPT = "none"


class _Domain(Protocol):
    """A module that reads bytes its own way: pictures, archives, sound."""

    def knows(self, given: TypedBytes, produced: TypedBytes) -> bool:
        """Say whether the pair is of this domain, by media types alone."""
        ...

    def choose(self, given: TypedBytes, produced: TypedBytes) -> str:
        """Name the profile of a demonstration; "" for none."""
        ...

    def judge(self, profile: str, given: TypedBytes, produced: TypedBytes) -> OracleResult:
        """Judge by a profile of this domain."""
        ...


# Adding a profile is one entry here and one in `PROFILES`. A new version is a new name: proofs keep theirs.
_JUDGES: Mapping[str, Callable[[Pairing], OracleResult]] = MappingProxyType(
    {
        **document.JUDGES,
        table.PROFILE: table.judge_table,
        derived.TABLE: derived.judge_table,
        trees.PROFILE: trees.judge_tree,
        text_transforms.PROFILE: text_transforms.judge_text,
        selection.EXTRACT: selection.judge_extract,
        derived.ROWS: derived.judge_rows,
        derived.COLUMNS: derived.judge_columns,
        derived.VALUES: derived.judge_values,
        derived.TABLES: derived.judge_tables,
        line_filters.PROFILE: line_filters.judge_lines,
        selection.SUMMARY: selection.judge_summary,
        aggregates.PROFILE: aggregates.judge_groups,
    }
)
_IMAGES = "skillstrata.distill.oracles.images"
_IMAGE = "image"
# Every built-in profile, and what of the input its outputs lose.
PROFILES: Mapping[str, str] = MappingProxyType(
    {
        **{name: LOST if name.startswith(("extract", "summary")) else KEPT for name in _JUDGES},
        **dict.fromkeys(archive_copies.PROFILES, KEPT),
        **dict.fromkeys(sounds.PROFILES, KEPT),
        "image-1": KEPT,
    }
)
_TABULAR = frozenset({CSV, TSV, JSON, NDJSON, XLSX, ODS})
_PROSE = frozenset({HTML, DOCX, MARKDOWN, TEXT, PDF, PPTX, EPUB, EML, RTF, ODT, ODP, IPYNB})
# Between these an output is neither a whole document nor a small part of one; then it was meant to be whole.
_ALL_VALUES = 0.999
_WHOLE_RECALL = 0.45
_WHOLE_WORDS = 0.75


def choose_profile(given: TypedBytes, produced: TypedBytes, *, labels: frozenset[str] = frozenset()) -> str:
    """Name what the output is meant to be: a table, a whole document, an extract, a summary; "none" without a view.

    Args:
        given: The input of the demonstration.
        produced: Its output; of the demonstration too, so that the choice does not depend on later faults.
        labels: Words the program prints of its own.

    Returns:
        A name of `PROFILES`, of a plug-in, or one with what was fixed by the demonstration after a slash
        ("image-1/rotated-90").
    """
    domain = _domain_of(given, produced)
    if domain is not None:
        return domain.choose(given, produced) or _installed(given, produced)
    pairing = pair(given, produced, labels)
    return _choose(pairing) if pairing is not None else _installed(given, produced)


def judge(
    given: TypedBytes, produced: TypedBytes, *, profile: str | None = None, labels: frozenset[str] = frozenset()
) -> OracleResult:
    """Judge an output against its input.

    Args:
        given: The input, with its type.
        produced: What the program made of it.
        profile: A name of `PROFILES`, with or without its version, or of a plug-in; None chooses by the pair itself.
        labels: Words in the program's own string literals (`views.program_labels`): they are not novel.

    Returns:
        All measures, and in words what failed. `measurable` is False where a side has no view or the profile is
        unknown.
    """
    name = profile or choose_profile(given, produced, labels=labels)
    if _is_of_domain(name):
        domain = _domain_of(given, produced)
        return domain.judge(name, given, produced) if domain else _no_view(given, produced)
    judge_one = _JUDGES.get(name) or _JUDGES.get(_latest(name))
    if judge_one is None:
        return _judged_elsewhere(name, given, produced, labels)
    pairing = pair(given, produced, labels)
    if pairing is None:
        return _no_view(given, produced)
    more = guards(pairing, lossy=is_lossy(name))
    result = judge_one(pairing)
    loose = result.profile in {selection.EXTRACT, selection.SUMMARY}
    counted = [miscounted_groups(pairing), miscounted_rows(pairing)] if loose else []
    return _guarded(result, [*more, *counted])


def is_lossy(profile: str) -> bool:
    """Say whether outputs judged by this profile leave content out on purpose."""
    return profile.startswith(("extract", "summary"))


def plug_in_faults() -> tuple[PlugInFault, ...]:
    """Say which installed oracle plug-ins cannot be used, and why."""
    return installed_plug_ins(tuple(PROFILES)).faults


def _guarded(result: OracleResult, more: list[Finding]) -> OracleResult:
    """Add what is asked of every output, whatever its profile."""
    failed = [finding.sentence for finding in more if finding.measure.gate and not finding.measure.ok]
    return OracleResult(
        profile=result.profile,
        ok=result.ok and not failed,
        measurable=result.measurable,
        measures=(*result.measures, *(finding.measure for finding in more)),
        detail="; ".join(part for part in (result.detail, *failed) if part),
    )


def _no_view(given: TypedBytes, produced: TypedBytes) -> OracleResult:
    return unmeasurable(f"no view of {given.media_type} or {produced.media_type}, or it cannot be read")


def _domain_of(given: TypedBytes, produced: TypedBytes) -> _Domain | None:
    if given.media_type.startswith("image/") and given.media_type != "image/svg+xml":
        # Decoding pictures is dear to load: only a picture pays for it.
        return cast("_Domain", importlib.import_module(_IMAGES))
    domains: tuple[_Domain, ...] = (archive_copies, sounds)
    return next((domain for domain in domains if domain.knows(given, produced)), None)


def _is_of_domain(name: str) -> bool:
    plain = name.partition("/")[0]
    families = {_IMAGE, *map(family_of, (*archive_copies.PROFILES, *sounds.PROFILES))}
    return plain in families or family_of(plain) in families


def _installed(given: TypedBytes, produced: TypedBytes) -> str:
    return installed_plug_ins(tuple(PROFILES)).choose(given, produced) or NONE


def _judged_elsewhere(name: str, given: TypedBytes, produced: TypedBytes, labels: frozenset[str]) -> OracleResult:
    installed = installed_plug_ins(tuple(PROFILES))
    result = installed.judge(name, given, produced, labels)
    if result is not None:
        return result
    faults = "".join(f"; {fault.sentence}" for fault in installed.faults)
    return unmeasurable(f"no oracle for {given.media_type} to {produced.media_type} (profile {name!r}){faults}")


def _latest(name: str) -> str:
    versions = [key for key in _JUDGES if family_of(key) == name]
    return max(versions, key=lambda key: int(key.rpartition("-")[2]), default="")


def _choose(pairing: Pairing) -> str:
    """Name the strictest profile that explains the demonstration; where none does, what it was most likely meant as."""
    if line_filters.is_some_lines(pairing.given, pairing.produced):
        return line_filters.PROFILE
    if _is_leaves(pairing) and trees.explains(pairing):
        return trees.PROFILE
    if _TABULAR & {pairing.given.media_type, pairing.produced.media_type} and table.is_near(pairing):
        return _table_profile(pairing)
    is_table = bool(_TABULAR & {pairing.given.media_type, pairing.produced.media_type})
    # A page that holds a table is no table, and its cells are nobody's totals.
    exact = next((name for name, explains in (*_EXACT, *_OF_TABLES * is_table) if explains(pairing)), "")
    whole = not exact and _is_whole(pairing)
    if exact or (not whole and aggregates.explains(pairing)):
        return exact or aggregates.PROFILE
    if is_table and table.contradicts(pairing):
        return table.PROFILE
    return _whole_profile(pairing) if whole else _loose_profile(pairing)


def _loose_profile(pairing: Pairing) -> str:
    return selection.SUMMARY if novel(pairing) else selection.EXTRACT


def _whole_profile(pairing: Pairing) -> str:
    name = document.profile_for(pairing.given.media_type)
    if document.judge_whole(pairing).ok:
        return name
    if novel(pairing) and selection.judge_summary(pairing).ok:
        return selection.SUMMARY
    # A part of every line rewritten by a rule that is not found: nobody can say that it is wrong.
    return NONE if text_transforms.is_line_by_line(pairing) else name


_EXACT: tuple[tuple[str, Callable[[Pairing], bool]], ...] = (
    (text_transforms.PROFILE, text_transforms.explains),
    (trees.PROFILE, trees.explains),
)
_OF_TABLES: tuple[tuple[str, Callable[[Pairing], bool]], ...] = (
    (derived.TABLE, derived.explains_table),
    (derived.ROWS, derived.explains_rows),
    (derived.COLUMNS, derived.explains_columns),
    (derived.VALUES, derived.explains_values),
    (derived.TABLES, derived.explains_tables),
)


def _is_leaves(pairing: Pairing) -> bool:
    """Say whether the trees were only read as tables of their leaves."""
    return all(table.header == ("path", "value") for table in (*pairing.given_tables, *pairing.made_tables))


def _table_profile(pairing: Pairing) -> str:
    if table.judge_table(pairing).ok:
        return table.PROFILE
    explained = next((name for name, explains in _OF_TABLES if explains(pairing)), "")
    if explained:
        return explained
    return selection.EXTRACT if _is_reshaped(pairing) else table.PROFILE


def _is_reshaped(pairing: Pairing) -> bool:
    """Say whether the output is no table of the input's, but holds every value of it: the records were restructured."""
    if table.keeps_columns(pairing) or table.contradicts(pairing) or not selection.judge_extract(pairing).ok:
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
