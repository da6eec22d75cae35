"""Runs on changed content and turned options: what changes in the input has to change in the output, and nothing else.

In     Trial, Baseline
Out    Steps: replace, permute, append and resample, measured, reworded, renamed, option NAME
Why    a program that memorised, typed in or copied its answer survives none of them
"""

import re
from collections import Counter
from collections.abc import Iterator

from skillstrata.distill.cases import Case, shared_words, unseen_cases
from skillstrata.distill.knobs import other_values
from skillstrata.distill.mutate import mutations
from skillstrata.distill.oracles import judge
from skillstrata.distill.paired import torn_apart
from skillstrata.distill.positions import keeps_by_place
from skillstrata.distill.proof_steps import (
    SEED,
    UNSEEN,
    Baseline,
    Found,
    Step,
    judged,
    step,
    text_out,
    typed_bytes,
    why_nothing,
)
from skillstrata.distill.synthesise import renamed
from skillstrata.distill.trial import Output, Start, Trial
from skillstrata.distill.typed_content import stale_content, typed_share
from skillstrata.records.proofs import MutatedInput

# From here on an output counts as typed in; a start, not calibrated.
_MEMORISED_SHARE = 0.5
# What fails these may be right: nobody here can recompute it, and a headline of the program's own is no fault.
_UNKNOWABLE = frozenset({"unexplained_numbers", "added_columns", "typed_sentences", "typed_values"})
_WORD = re.compile(r"\w+")


def changed(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Change known tokens inside each input: each change, and nothing of the old value, shows in the output."""
    avoid = trial.labels | shared_words(trial.given)
    produced = typed_bytes(trial, baseline.output)
    made = [
        (at, mutated)
        for at, content in enumerate(trial.given.contents)
        if content is not None
        for mutated in mutations(content, produced, seed=SEED, avoid=avoid)
    ]
    cases = [Case(trial.given.with_content(at, mutated.content).contents) for at, mutated in made]
    outputs = trial.run_all(Start(case) for case in cases)
    for (at, mutated), case, output in zip(made, cases, outputs, strict=True):
        first = baseline
        if mutated.before is not None:
            # The whole file was written anew: only what it gives is a measure for what its change gives.
            before = trial.run(Start(Case(trial.given.with_content(at, mutated.before).contents)))
            first = Baseline(before, baseline.profile)
        yield step(mutated.relation, case, output, _change_found(trial, first, (mutated, case), output))


def _change_found(trial: Trial, baseline: Baseline, made: tuple[MutatedInput, Case], output: Output) -> Found:
    """Only followed values are a gate: what is added or reordered may lie outside of what the program looks at."""
    mutated, case = made
    gate = mutated.relation in {"replace", "rewritten"}
    if output.data is None:
        why = f"it fails when the input's content changes: {why_nothing(output)}"
        return Found(why, reason="memorised", gate=gate)
    if mutated.relation == "permute":
        return _reordered_found(trial, baseline, case, output)
    text = text_out(trial, output)
    stale = [old for old, _ in mutated.replaced if old and old.casefold() in text]
    missing = [new for _, new in mutated.replaced if new.casefold() not in text]
    if mutated.replaced and len(missing) == len(mutated.replaced) and output.same_as(baseline.output):
        why = "changed content of the input changes nothing in the output"
        return Found(why, reason="input_ignored", gate=gate)
    if stale and gate:
        why = f"the output still shows {len(stale)} values that are no longer in the input"
        return Found(why, reason="memorised")
    if len(missing) * 2 > len(mutated.replaced):
        why = f"{len(missing)} of {len(mutated.replaced)} changed values do not reach the output"
        # An extract or a summary may leave a value out once it is another one.
        return Found(why, reason="memorised", gate=gate and baseline.general)
    return Found("", gate=gate)


def _reordered_found(trial: Trial, baseline: Baseline, case: Case, output: Output) -> Found:
    """Compare two orders of one input: only an extract that keeps the same places in both has lost the others."""
    before, after = _tokens(trial, baseline.output), _tokens(trial, output)
    if Counter(before) == Counter(after):
        return Found("", gate=False)
    if baseline.profile.startswith("extract") and keeps_by_place(trial.given.as_one, before, case.as_one, after):
        why = "it keeps records by their place, whatever they hold: the others are lost"
        return Found(why, reason="wrong_output")
    return Found("reordering the input changes more than the order of the output", gate=False)


def _tokens(trial: Trial, output: Output) -> list[str]:
    return _WORD.findall(text_out(trial, output))


def measured(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Compare the demonstrated input and its output: an independent reader agrees.

    This comes after the content was changed: a program that ignores its input shall be called that, and a number that
    nobody can recompute is no proof of a fault.
    """
    output, given = baseline.output, trial.given.as_one
    oracle = judge(given, trial.typed(output), profile=baseline.profile, labels=trial.labels)
    failed = {m.name for m in oracle.measures if m.gate and not m.ok}
    reason = "unmeasurable" if not oracle.measurable or failed <= _UNKNOWABLE else "wrong_output"
    problem = "" if oracle.ok else oracle.detail
    share = typed_share(trial.typed_in, given, trial.typed(output))
    if share >= _MEMORISED_SHARE:
        problem, reason = f"{share:.0%} of its output is typed into the program", "memorised"
    elif not problem and (mixed := _mixed(trial, baseline)):
        problem, reason = f"{len(mixed)} lines show values of different records together", "wrong_output"
    elif problem and _gives_the_same_for_anything(trial, baseline):
        problem, reason = "inputs with other content all give the demonstrated output", "input_ignored"
    yield step("measured", trial.given, output, Found(problem, reason=reason, oracle=oracle))


def _mixed(trial: Trial, baseline: Baseline) -> tuple[str, ...]:
    if not baseline.profile.startswith("extract") or len(trial.given.contents) > 1:
        return ()
    return torn_apart(trial.given.as_one, trial.typed(baseline.output), trial.labels)


def _gives_the_same_for_anything(trial: Trial, baseline: Baseline) -> bool:
    others = unseen_cases(trial.given, count=UNSEEN, seed=SEED, keep=trial.labels)
    return bool(others) and all(o.same_as(baseline.output) for o in trial.run_all(Start(case) for case in others))


def reworded(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Run on inputs of which no word is kept, not even those the program looks for: nothing typed may take their place.

    A program that looks for a word may fail here or find nothing. What it must not do is to show the demonstration's
    content, or to hand every input through.
    """
    cases = unseen_cases(trial.given, count=UNSEEN, seed=SEED + 1, keep=frozenset[str]())
    outputs = trial.run_all(Start(case) for case in cases)
    handed_through = bool(outputs) and all(o.data == c.data for c, o in zip(cases, outputs, strict=True))
    given = trial.given.as_one
    for case, output in zip(cases, outputs, strict=True):
        stale = stale_content(trial.typed_in, given, case.as_one, trial.typed(output)) if output.data else ()
        problem = ""
        if stale:
            problem = f"it still shows what is typed into it and no longer in the input: {', '.join(stale)[:200]}"
        elif handed_through and baseline.output.data != trial.given.data:
            problem = "it hands every input through that holds none of the demonstration's words"
        yield step("reworded", case, output, Found(problem, reason="memorised"))


def renamed_columns(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Run on the same table under other column names: a clear failure is fine, the old names are not."""
    content = trial.given.contents[0]
    other = renamed(content, seed=SEED) if content is not None and len(trial.given.contents) == 1 else None
    if other is None or not baseline.profile.startswith("table"):
        return
    case = Case((other,))
    output = trial.run(Start(case))
    problem, oracle = "", None
    if output.data is not None:
        oracle = judged(trial, case, output, baseline)
        missing = any(m.name in {"missing_columns", "added_columns"} and not m.ok for m in oracle.measures)
        problem = "under other column names it still gives the old ones: they are typed into it" if missing else ""
    yield step("renamed", case, output, Found(problem, reason="memorised", oracle=oracle))


def idle_options(trial: Trial, output: Output) -> frozenset[str]:
    """Name the options that show nothing, whatever they are turned to."""
    return frozenset(o.name for o in trial.program.options if not _acts(trial, o.name, output)[0])


def turned(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Turn each option: an observable part of the output changes, else it is none."""
    for option in trial.program.options:
        acts, output = _acts(trial, option.name, baseline.output)
        problem = "" if acts else "turning it changes nothing"
        yield step(f"option {option.name}", trial.given, output, Found(problem, reason="unliftable"))


def _acts(trial: Trial, name: str, first: Output) -> tuple[bool, Output]:
    option = next(o for o in trial.program.options if o.name == name)
    output = first
    recorded = tuple(value for turned_name, value in trial.turns if turned_name == name)
    for value in (*recorded, *other_values(option.kind, option.default)):
        output = trial.run(Start(trial.given, options=((name, value),)))
        if output.data is not None and not output.same_as(first):
            return True, output
    return False, output
