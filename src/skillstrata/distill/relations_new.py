"""Runs on inputs nobody demonstrated: of the same shape, of the type in general, and at the edges.

In     Trial, Baseline
Out    Steps: unseen, quoted, fresh, the metamorphic relations, edge NAME
Why    a program that was checked only on the instance it came from may have memorised the answer
"""

from collections.abc import Iterator
from dataclasses import replace

from skillstrata.distill.cases import Case, unseen_cases
from skillstrata.distill.long_inputs import cuts_the_end
from skillstrata.distill.oracles.metamorphic import relations
from skillstrata.distill.proof_steps import (
    FRESH,
    SEED,
    UNSEEN,
    Baseline,
    Found,
    Step,
    fixture_names,
    judged,
    step,
    text_out,
    typed_bytes,
    why_nothing,
)
from skillstrata.distill.row_limits import row_limit, stops_early
from skillstrata.distill.synthesise import EdgeInput, edges, fresh, quoted
from skillstrata.distill.trial import Output, Start, Trial
from skillstrata.distill.views import document_view
from skillstrata.distill.views.media_types import TSV
from skillstrata.distill.views.tokens import tokens

# The changed runs have asked these already.
_TRIED_BEFORE = frozenset({"permute", "append"})
# Longer inputs are run, not judged: it is the time and the memory that count there.
_LONG = 50_000
# What a filter gives on an input of which nothing fits, or everything.
_ALL_OR_NOTHING = frozenset({"output_tokens", "whole_output_empty", "nothing_found", "copied"})
_FEW = 0.05


def new_cases(trial: Trial) -> tuple[Case, ...]:
    """Give the cases of the same shape, under the names of fixtures."""
    asked = frozenset(word for option in trial.program.options for word in tokens(option.default))
    limit = row_limit(trial.program.main)
    cases = unseen_cases(trial.given, count=UNSEEN, seed=SEED, keep=trial.labels | asked, at_least=limit)
    return tuple(replace(c, names=fixture_names("unseen", n, c)) for n, c in enumerate(cases, start=1))


def fresh_cases(trial: Trial) -> tuple[Case, ...]:
    """Give general cases of an only input's type, under the names of fixtures."""
    content = trial.given.contents[0]
    if content is None or len(trial.given.contents) > 1:
        return ()
    cases = [Case((made,)) for made in fresh(content.media_type, count=FRESH, seed=SEED)]
    return tuple(replace(c, names=fixture_names("fresh", n, c)) for n, c in enumerate(cases, start=1))


def unseen(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Run on inputs of the same shape with all content new: each passes the oracle on its own content.

    An extract or a summary may find nothing in an input, or keep all of it; then another one has to show that it works.
    """
    cases = new_cases(trial)
    outputs = trial.run_all(Start(case) for case in cases)
    if not outputs:
        problem = f"no other inputs of the type {trial.given.as_one.media_type} can be made"
        yield step("unseen", trial.given, baseline.output, Found(problem, reason="unproven_generality"))
        return
    if all(output.same_as(baseline.output) for output in outputs):
        problem = "inputs with other content all give the demonstrated output"
        yield step("unseen", cases[0], outputs[0], Found(problem, reason="input_ignored"))
        return
    held = [_unseen_found(trial, case, output, baseline) for case, output in zip(cases, outputs, strict=True)]
    none_held = all(found.problem for found in held)
    for case, output, found in zip(cases, outputs, held, strict=True):
        yield step("unseen", case, output, replace(found, gate=True) if none_held else found)


def _unseen_found(trial: Trial, case: Case, output: Output, baseline: Baseline) -> Found:
    if output.data is None:
        ended_well = output.result.succeeded
        return Found(why_nothing(output), reason="unproven_generality", gate=not (baseline.lossy and ended_well))
    limit = row_limit(trial.program.main)
    if limit and stops_early(limit, trial.given.as_one, case.as_one, trial.typed(output)):
        problem = f"it keeps none of the lines after some {limit}, and kept the same ones before"
        return Found(problem, reason="unproven_generality")
    oracle = judged(trial, case, output, baseline)
    all_or_nothing = any(m.name in _ALL_OR_NOTHING and not m.ok for m in oracle.measures)
    problem = "" if oracle.ok else oracle.detail
    gate = not (baseline.lossy and all_or_nothing)
    return Found(problem, reason="unproven_generality", oracle=oracle, gate=gate)


def general(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Run on general documents of the type. Informative: it shows how far the tool reaches beyond its demonstration."""
    if not baseline.general:
        return
    cases = fresh_cases(trial)
    outputs = trial.run_all(Start(case) for case in cases)
    for case, output in zip(cases, outputs, strict=True):
        oracle = judged(trial, case, output, baseline) if output.data is not None else None
        problem = why_nothing(output) if oracle is None else "" if oracle.ok else oracle.detail
        yield step("fresh", case, output, Found(problem, oracle=oracle, gate=False))


def quoted_cells(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Run on the same table with delimiters and quotes inside cells: a program that splits lines tears them.

    Informative between tabs: there many write no quotes, and a program that splits at tabs alone is right.
    """
    content = trial.given.contents[0]
    made = quoted(content, seed=SEED, keep=trial.labels) if content and len(trial.given.contents) == 1 else None
    if made is None:
        return
    case = Case((made,))
    output = trial.run(Start(case))
    oracle = judged(trial, case, output, baseline) if output.data is not None else None
    torn = oracle is not None and any(m.name == "torn_cells" and not m.ok for m in oracle.measures)
    whole = baseline.general and (oracle is None or not oracle.ok)
    problem = ""
    if torn or whole:
        problem = (
            f"cells with a delimiter or a quote inside are torn: {oracle.detail if oracle else why_nothing(output)}"
        )
    gate = made.media_type != TSV
    yield step("quoted", case, output, Found(problem, reason="unproven_generality", oracle=oracle, gate=gate))


def metamorphic(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Run what must hold between outputs without a right answer. Informative: honest programs break some of it."""
    produced = typed_bytes(trial, baseline.output)
    content = trial.given.contents[0]
    if produced is None or content is None or len(trial.given.contents) > 1:
        return
    for relation in relations(content, baseline.profile):
        if not relation.applicable or relation.name in _TRIED_BEFORE:
            continue
        cases = [Case((made,)) for made in relation.runs(produced)]
        outputs = trial.run_all(Start(case) for case in cases)
        outcome = relation.holds(produced, [typed_bytes(trial, output) for output in outputs])
        problem = outcome.detail if outcome.state == "failed" else ""
        yield step(relation.name, cases[0], outputs[0], Found(problem, gate=False))


def at_edges(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Run at the edges of the type: empty, marked, long, damaged, foreign.

    Informative: what a tool does there belongs to its page. A damaged input that gives an output is the worst of them.
    Only letters beyond ASCII are no edge to anybody but a programmer: who loses them silently loses names.
    """
    content = trial.given.contents[0]
    if content is None:
        return
    inputs = edges(content.media_type, seed=SEED, like=content)
    cases = [Case(trial.given.with_content(0, edge.content).contents) for edge in inputs]
    outputs = trial.run_all(Start(case) for case in cases)
    for edge, case, output in zip(inputs, cases, outputs, strict=True):
        yield step(f"edge {edge.name}", case, output, _edge_found(trial, baseline, (edge, case), output))


def _edge_found(trial: Trial, baseline: Baseline, at: tuple[EdgeInput, Case], output: Output) -> Found:
    edge, case = at
    if output.data is None:
        problem = why_nothing(output) if edge.expected == "content" else ""
        return Found(problem, gate=False)
    if edge.expected == "failure":
        return Found("a damaged input gives an output all the same", gate=False)
    if edge.expected == "content" and baseline.general and cuts_the_end(edge.content, text_out(trial, output)):
        return Found("of a long input the end is missing in its output", reason="wrong_output")
    if edge.expected == "either" or len(edge.content.data) > _LONG:
        return Found("", gate=False)
    oracle = judged(trial, case, output, baseline)
    if edge.name == "unicode" and baseline.general and not oracle.ok and _loses_letters(trial, baseline, case, output):
        problem = f"it ends well and leaves out words with letters beyond ASCII: {oracle.detail}"
        return Found(problem, reason="unproven_generality", oracle=oracle)
    return Found("" if oracle.ok else oracle.detail, oracle=oracle, gate=False)


def _loses_letters(trial: Trial, baseline: Baseline, case: Case, output: Output) -> bool:
    """Say whether words beyond ASCII alone are missing: where others are too, a word that it looks for was replaced."""
    words, missing = _missing(trial, case, output)
    _, left_out = _missing(trial, trial.given, baseline.output)
    letters = frozenset(word for word in words if not word.isascii())
    others = frozenset(word for word in missing - left_out if word.isascii())
    return 2 * len(missing & letters) > len(letters) and len(others) <= _FEW * len(words)


def _missing(trial: Trial, case: Case, output: Output) -> tuple[frozenset[str], frozenset[str]]:
    """Give the words of an input, and those of them that its output does not show."""
    given, made = document_view(case.as_one), document_view(trial.typed(output))
    words = frozenset(given.tokens) if given is not None else frozenset[str]()
    return words, words - (frozenset(made.tokens) if made is not None else frozenset[str]())
