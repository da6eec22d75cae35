"""Runs on the demonstrated content itself: again, elsewhere, under other names, and without it.

In     Trial, Baseline
Out    Steps: original, repeated, moved, absent
Why    a path that is still fixed in the program, the clock, and an input that does not matter show here
"""

from collections.abc import Iterator
from dataclasses import replace

from skillstrata.distill.cases import Case
from skillstrata.distill.proof_steps import SEED, Baseline, Found, Step, step, text_out, why_nothing
from skillstrata.distill.roles import why_refused
from skillstrata.distill.synthesise import hostile_names
from skillstrata.distill.trial import HERE, Output, Start, Trial

# A second surrounding that differs in everything a transform must not depend on.
_ELSEWHERE = (("PYTHONHASHSEED", "4242"), ("TZ", "Asia/Tokyo"), ("HOME", "/out"), ("LANG", "C"), ("USER", "somebody"))


def same_content(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Run every relation of this module; the starts that do not depend on one another go together."""
    given = trial.given
    absent = [given.with_content(at, None) for at in range(len(given.contents))]
    repeated, moved, *gone = trial.run_all(
        (
            Start(given, env=_ELSEWHERE),
            Start(replace(given, names=_moved_names(trial))),
            *(Start(replace(case, names=())) for case in absent),
        )
    )
    yield _original(trial, baseline)
    yield _repeated(trial, baseline, repeated)
    yield _moved(baseline, given, moved)
    for case, output in zip(absent, gone, strict=True):
        yield _absent(trial, baseline, case, output)


def _moved_names(trial: Trial) -> tuple[str, ...]:
    """Give a name that is a sentence: blanks, quotes, another script, marks of the shell; with the right ending."""
    stems = ("moved file é '数' \"b\"", "-x y;z&$HOME", "it's", "[a]*?")
    specs = trial.program.inputs
    return tuple(f"{stems[at % len(stems)]}{_ending(spec.example_name)}" for at, spec in enumerate(specs))


def oddly_named(trial: Trial, baseline: Baseline) -> Iterator[Step]:
    """Run under names that programs stumble over. Informative: `*` in a name is a pattern to many an honest program."""
    specs = trial.program.inputs
    every = hostile_names(_ending(specs[0].example_name), seed=SEED)
    # A call takes a leading dash off a name before any program sees it.
    names = tuple(name for name in every if not name.startswith("-"))
    rest = tuple(spec.example_name for spec in specs[1:])
    outputs = trial.run_all(Start(replace(trial.given, names=(name, *rest))) for name in names)
    failed = [name for name, output in zip(names, outputs, strict=True) if not output.same_as(baseline.output)]
    problem = f"another result under {len(failed)} of {len(names)} odd names: {failed[0][:60]!r}" if failed else ""
    yield step("odd names", trial.given, outputs[-1], Found(problem, gate=False))


def _ending(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    return f"{dot}{ending}" if dot else ""


def _original(trial: Trial, baseline: Baseline) -> Step:
    """Check the run on the demonstrated input: one output, the same as that of the original body."""
    output, given = baseline.output, trial.given
    if output.data is None:
        return step("original", given, output, Found(why_nothing(output), reason="unliftable"))
    if output.result.refused:
        problem = f"what it leaves cannot be taken: {why_refused(output.result.refused)}"
        return step("original", given, output, Found(problem, reason="unsafe_output"))
    if output.stray:
        problem = f"besides its output it left {', '.join(output.stray)[:200]}"
        return step("original", given, output, Found(problem, reason="unsupported"))
    if not trial.gives_as_shown(output):
        problem = "with its paths lifted the program gives another result than the original"
        again = trial.run(Start(given, env=HERE))
        reason = "unliftable" if again.data == output.data else "nondeterministic"
        return step("original", given, output, Found(problem, reason=reason))
    return step("original", given, output, Found(""))


def _repeated(trial: Trial, baseline: Baseline, output: Output) -> Step:
    """Check a run with another hash seed, time zone, home and locale: the same bytes."""
    problem = "" if output.same_as(baseline.output) else "two runs on the same input differ"
    text = text_out(trial, baseline.output)
    shown = [day for day in trial.today if day.casefold() in text]
    if shown:
        problem = f"the output shows the day it was made: {shown[0]}"
    return step("repeated", trial.given, output, Found(problem, reason="nondeterministic"))


def _moved(baseline: Baseline, given: Case, output: Output) -> Step:
    """Check a run with renamed files: the same content, under the new name and only there."""
    same = output.same_as(baseline.output) and not output.stray
    problem = "" if same else "the result depends on the name of the input: a path is still fixed in the program"
    return step("moved", given, output, Found(problem, reason="unliftable"))


def _absent(trial: Trial, baseline: Baseline, case: Case, output: Output) -> Step:
    """Check a run without an input: the same output means that it never mattered; any other is only noted."""
    if output.same_as(baseline.output):
        which = next(s.name for s, c in zip(trial.program.inputs, case.contents, strict=True) if c is None)
        problem = f"without its {which} the program gives the same output: it does not use the input"
        return step("absent", case, output, Found(problem, reason="input_ignored"))
    made_file = output.data is not None and trial.program.output.kind != "text"
    problem = "without its input the program still writes an output and reports success" if made_file else ""
    return step("absent", case, output, Found(problem, gate=False))
