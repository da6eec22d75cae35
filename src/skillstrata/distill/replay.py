"""Prove a draft by running it: on its own input, moved, changed, and on inputs nobody demonstrated.

In     Trial (a draft with its environment and sandbox)
Out    Proof: every run, what had to happen, whether it did
Never  trusts an exit status, a length, or the recorded success; runs anything outside the sandbox
Why    a program checked only on the instance it came from may have memorised the answer
"""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from skillstrata.distill.media import extension_of
from skillstrata.distill.mutate import mutations
from skillstrata.distill.oracles import choose_profile, judge
from skillstrata.distill.positions import keeps_by_place
from skillstrata.distill.synthesise import fresh, renamed, unseen
from skillstrata.distill.trial import Output, Trial, sha256, text_of
from skillstrata.distill.typed_content import stale_content, typed_share
from skillstrata.records.candidates import State, Verdict
from skillstrata.records.proofs import MutatedInput, OracleResult, Proof, ReplayRun, TypedBytes

PIPELINE_VERSION = 1
UNSEEN = 3
FRESH = 2
SEED = 20_260_101
_LOSSY = ("extract", "summary")
_GENERAL = ("document", "table")
# A second surrounding that differs in everything a transform must not depend on.
_ELSEWHERE = (("PYTHONHASHSEED", "4242"), ("TZ", "Asia/Tokyo"), ("HOME", "/out"), ("LANG", "C"), ("USER", "somebody"))
# From here on an output counts as typed in; a start, not calibrated.
_MEMORISED_SHARE = 0.5
# What fails these may be right: nobody here can recompute it.
_UNKNOWABLE = frozenset({"unexplained_numbers", "added_columns"})
_EMPTY_MEASURES = frozenset({"output_tokens", "whole_output_empty", "nothing_found"})
_WORD = re.compile(r"\w+")
_SHELVED = ("unmeasurable", "nondeterministic", "unproven_generality", "unliftable", "unsupported")


@dataclass(frozen=True, slots=True)
class _Step:
    """One run of the proof, and the reason code that ends the proof if it is a gate and did not hold."""

    run: ReplayRun
    reason: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What one run showed: the problem in a sentence ("" for none), its reason code, and whether it is a gate."""

    problem: str
    reason: str = ""
    oracle: OracleResult | None = None
    gate: bool = True


@dataclass(frozen=True, slots=True)
class _Baseline:
    """What the draft gave on the demonstrated input, and the profile its outputs are judged by."""

    output: Output
    profile: str


def prove(trial: Trial) -> Proof:
    """Run every relation until a gate fails.

    Shapes:
        10 to 20 sandboxed runs; the runs of a proof that failed end with the one that failed.

    Raises:
        SandboxUnavailable: Nothing was run.
    """
    # Under the name it had when it was shown: a program that prints the name then prints the same.
    first = trial.run(trial.given.data, input_name=posixpath.basename(trial.shown_paths[0]))
    profile = _profile(trial, first)
    baseline = _Baseline(first, profile)
    runs: list[ReplayRun] = []
    for step in _steps(trial, baseline):
        runs.append(step.run)
        if step.run.gate and not step.run.ok:
            return _proof(trial, profile, runs, reason=step.reason, detail=step.run.detail)
    return _proof(trial, profile, runs, reason="", detail="")


def verdict_of(proof: Proof) -> Verdict | None:
    """Give the end state a failed proof leads to; None for one that holds."""
    if proof.proven:
        return None
    state = State.SHELVED if proof.reason in _SHELVED else State.REJECTED
    return Verdict(state, proof.reason, proof.detail)


def _proof(trial: Trial, profile: str, runs: list[ReplayRun], *, reason: str, detail: str) -> Proof:
    return Proof(
        proven=not reason,
        reason=reason,
        detail=detail,
        runs=tuple(runs),
        profile=profile,
        tier=trial.sandbox.tier,
        loss="intended" if profile.startswith(_LOSSY) else "none",
        pipeline_version=PIPELINE_VERSION,
        environment_key=trial.environment.key,
    )


def _profile(trial: Trial, first: Output) -> str:
    if first.data is None:
        return "none"
    return choose_profile(trial.given, trial.typed(first), labels=trial.labels)


def _steps(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    relations: tuple[Callable[[Trial, _Baseline], Iterator[_Step]], ...] = (
        _original,
        _repeated,
        _moved,
        _absent,
        _changed,
        _measured,
        _reworded,
        _renamed,
        _unseen,
        _fresh,
        _empty,
    )
    for relation in relations:
        yield from relation(trial, baseline)


def fixture_name(relation: str, number: int, media_type: str) -> str:
    """Name a synthesised input: the same name for every draft, so that outputs which show the name compare."""
    return f"{relation}-{number}{extension_of(media_type)}"


def _step(relation: str, given: bytes | None, output: Output, found: _Found) -> _Step:
    run = ReplayRun(
        relation=relation,
        ok=not found.problem,
        input_digest=sha256(given),
        output_digest=sha256(output.data),
        exit_code=output.result.exit_code,
        wall_ms=round(output.result.wall_ms, 1),
        detail=found.problem,
        oracle=found.oracle,
        gate=found.gate,
    )
    return _Step(run, found.reason)


def _why_nothing(output: Output) -> str:
    """Say in a sentence why a run has no output."""
    result = output.result
    if result.limit:
        return f"killed by the limit on {result.limit}"
    if result.exit_code != 0:
        last = result.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"exit status {result.exit_code}: {last[:200]}"
    return "it ended well but gave nothing"


def _original(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Run on the demonstrated input: one output, the same as that of the original body."""
    output = baseline.output
    given = trial.given.data
    if output.data is None:
        yield _step("original", given, output, _Found(_why_nothing(output), reason="unliftable"))
        return
    if output.stray:
        problem = f"besides its output it left {', '.join(output.stray)[:200]}"
        yield _step("original", given, output, _Found(problem, reason="unsupported"))
        return
    if not trial.gives_as_shown(output):
        problem = "with its paths lifted the program gives another result than the original"
        again = trial.run(given, input_name=posixpath.basename(trial.shown_paths[0]))
        reason = "unliftable" if again.data == output.data else "nondeterministic"
        yield _step("original", given, output, _Found(problem, reason=reason))
        return
    yield _step("original", given, output, _Found(""))


def _measured(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Compare the demonstrated input and its output: an independent reader agrees.

    This comes after the content was changed: a program that ignores its input shall be called that, and a number that
    nobody can recompute is no proof of a fault.
    """
    output = baseline.output
    oracle = judge(trial.given, trial.typed(output), profile=baseline.profile, labels=trial.labels)
    failed = {m.name for m in oracle.measures if m.gate and not m.ok}
    reason = "unmeasurable" if not oracle.measurable or failed <= _UNKNOWABLE else "wrong_output"
    problem = "" if oracle.ok else oracle.detail
    share = typed_share(trial.typed_in, trial.given, trial.typed(output))
    if share >= _MEMORISED_SHARE:
        problem, reason = f"{share:.0%} of its output is typed into the program", "memorised"
    elif problem and _gives_the_same_for_anything(trial, baseline):
        problem, reason = "inputs with other content all give the demonstrated output", "input_ignored"
    yield _step("measured", trial.given.data, output, _Found(problem, reason=reason, oracle=oracle))


def _gives_the_same_for_anything(trial: Trial, baseline: _Baseline) -> bool:
    others = unseen(trial.given, count=UNSEEN, seed=SEED, keep=trial.labels)
    return bool(others) and all(trial.run(other.data).same_as(baseline.output) for other in others)


def _judged(trial: Trial, given: TypedBytes, output: Output, baseline: _Baseline) -> OracleResult:
    """Judge one output by the profile of the demonstration.

    Whether a count also stands in the input is an accident of one input: an extract may hold as a summary, and the
    other way round.
    """
    result = judge(given, trial.typed(output), profile=baseline.profile, labels=trial.labels)
    if result.ok or not baseline.profile.startswith(_LOSSY):
        return result
    others = [judge(given, trial.typed(output), profile=name, labels=trial.labels) for name in _LOSSY]
    return next((other for other in others if other.ok), result)


def _repeated(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Run again with another hash seed, time zone, home and locale: the same bytes."""
    output = trial.run(trial.given.data, env=_ELSEWHERE)
    problem = "" if output.same_as(baseline.output) else "two runs on the same input differ"
    text = text_of(trial.typed(baseline.output)).casefold()
    shown = [day for day in trial.today if _has(text, day)]
    if shown:
        problem = f"the output shows the day it was made: {shown[0]}"
    yield _step("repeated", trial.given.data, output, _Found(problem, reason="nondeterministic"))


def _moved(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Rename the input and the output: the same content, under the new name and only there."""
    ending = trial.program.input.example_name.rpartition(".")[2]
    output = trial.run(trial.given.data, input_name=f"moved file é.{ending}", output_name="")
    same = output.same_as(baseline.output) and not output.stray
    problem = "" if same else "the result depends on the name of the input: a path is still fixed in the program"
    yield _step("moved", trial.given.data, output, _Found(problem, reason="unliftable"))


def _absent(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Take the input away. The same output as before means that the input never mattered; any other is only noted."""
    output = trial.run(None)
    if output.same_as(baseline.output):
        problem = "without its input the program gives the same output: it does not use the input"
        yield _step("absent", None, output, _Found(problem, reason="input_ignored"))
        return
    made_file = output.data is not None and trial.program.output.kind == "file"
    problem = "without its input the program still writes an output and reports success" if made_file else ""
    yield _step("absent", None, output, _Found(problem, gate=False))


def _changed(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Change known tokens inside the input: each change, and nothing of the old value, shows in the output."""
    made = baseline.output.data
    produced = TypedBytes(trial.program.output.media_type, made) if made is not None else None
    for mutated in mutations(trial.given, produced, seed=SEED, avoid=trial.labels):
        output = trial.run(mutated.content.data)
        yield _step(mutated.relation, mutated.content.data, output, _change_found(trial, baseline, mutated, output))


def _change_found(trial: Trial, baseline: _Baseline, mutated: MutatedInput, output: Output) -> _Found:
    """Only followed values are a gate: what is added or reordered may lie outside of what the program looks at."""
    gate = mutated.relation == "replace"
    if output.data is None:
        why = f"it fails when the input's content changes: {_why_nothing(output)}"
        return _Found(why, reason="memorised", gate=gate)
    if mutated.relation == "permute":
        return _reordered_found(trial, baseline, mutated, output)
    text = text_of(trial.typed(output)).casefold()
    stale = [old for old, _ in mutated.replaced if old and _has(text, old)]
    missing = [new for _, new in mutated.replaced if not _has(text, new)]
    if mutated.replaced and len(missing) == len(mutated.replaced) and output.same_as(baseline.output):
        why = "changed content of the input changes nothing in the output"
        return _Found(why, reason="input_ignored", gate=gate)
    if stale and gate:
        why = f"the output still shows {len(stale)} values that are no longer in the input"
        return _Found(why, reason="memorised")
    if len(missing) * 2 > len(mutated.replaced):
        why = f"{len(missing)} of {len(mutated.replaced)} changed values do not reach the output"
        # An extract or a summary may leave a value out once it is another one.
        return _Found(why, reason="memorised", gate=gate and baseline.profile.startswith(_GENERAL))
    return _Found("", gate=gate)


def _reordered_found(trial: Trial, baseline: _Baseline, mutated: MutatedInput, output: Output) -> _Found:
    """Compare two orders of one input: only an extract that keeps the same places in both has lost the others."""
    before, after = _tokens(trial, baseline.output), _tokens(trial, output)
    if Counter(before) == Counter(after):
        return _Found("", gate=False)
    if baseline.profile.startswith("extract") and keeps_by_place(trial.given, before, mutated.content, after):
        why = "it keeps records by their place, whatever they hold: the others are lost"
        return _Found(why, reason="wrong_output")
    return _Found("reordering the input changes more than the order of the output", gate=False)


def _tokens(trial: Trial, output: Output) -> list[str]:
    return _WORD.findall(text_of(trial.typed(output)).casefold())


def _has(text: str, token: str) -> bool:
    return token.casefold() in text


def _unseen(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Run on inputs of the same shape with all content new: each passes the oracle on its own content.

    An extract or a summary may find nothing in an input; then another one has to show that it works.
    """
    contents = unseen(trial.given, count=UNSEEN, seed=SEED, keep=trial.labels)
    outputs = [
        trial.run(content.data, input_name=fixture_name("unseen", number, content.media_type))
        for number, content in enumerate(contents, start=1)
    ]
    if not outputs:
        problem = f"no other inputs of the type {trial.given.media_type} can be made"
        yield _step("unseen", None, baseline.output, _Found(problem, reason="unproven_generality"))
        return
    if all(output.same_as(baseline.output) for output in outputs):
        problem = "inputs with other content all give the demonstrated output"
        yield _step("unseen", contents[0].data, outputs[0], _Found(problem, reason="input_ignored"))
        return
    held = [_unseen_found(trial, content, output, baseline) for content, output in zip(contents, outputs, strict=True)]
    none_held = all(found.problem for found in held)
    for content, output, found in zip(contents, outputs, held, strict=True):
        yield _step("unseen", content.data, output, replace(found, gate=True) if none_held else found)


def _unseen_found(trial: Trial, content: TypedBytes, output: Output, baseline: _Baseline) -> _Found:
    lossy = baseline.profile.startswith(_LOSSY)
    if output.data is None:
        ended_well = output.result.succeeded
        return _Found(_why_nothing(output), reason="unproven_generality", gate=not (lossy and ended_well))
    oracle = _judged(trial, content, output, baseline)
    found_nothing = any(m.name in _EMPTY_MEASURES and not m.ok for m in oracle.measures)
    problem = "" if oracle.ok else oracle.detail
    return _Found(problem, reason="unproven_generality", oracle=oracle, gate=not (lossy and found_nothing))


def _reworded(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Run on inputs of which no word is kept, not even those the program looks for: nothing typed may take their place.

    A program that looks for a word may fail here or find nothing. What it must not do is to show the demonstration's
    content, or to hand every input through.
    """
    contents = unseen(trial.given, count=UNSEEN, seed=SEED + 1)
    outputs = [trial.run(content.data) for content in contents]
    handed_through = bool(outputs) and all(o.data == c.data for c, o in zip(contents, outputs, strict=True))
    for content, output in zip(contents, outputs, strict=True):
        stale = stale_content(trial.typed_in, trial.given, content, trial.typed(output)) if output.data else ()
        problem = ""
        if stale:
            problem = f"it still shows what is typed into it and no longer in the input: {', '.join(stale)[:200]}"
        elif handed_through and baseline.output.data != trial.given.data:
            problem = "it hands every input through that holds none of the demonstration's words"
        yield _step("reworded", content.data, output, _Found(problem, reason="memorised"))


def _renamed(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Run on the same table under other column names: a clear failure is fine, the old names are not."""
    content = renamed(trial.given, seed=SEED)
    if content is None or not baseline.profile.startswith("table"):
        return
    output = trial.run(content.data)
    problem, oracle = "", None
    if output.data is not None:
        oracle = _judged(trial, content, output, baseline)
        missing = any(m.name in {"missing_columns", "added_columns"} and not m.ok for m in oracle.measures)
        problem = "under other column names it still gives the old ones: they are typed into it" if missing else ""
    yield _step("renamed", content.data, output, _Found(problem, reason="memorised", oracle=oracle))


def _fresh(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Run on general documents of the type. Informative: it shows how far the tool reaches beyond its demonstration."""
    if not baseline.profile.startswith(_GENERAL):
        return
    for number, content in enumerate(fresh(trial.given.media_type, count=FRESH, seed=SEED), start=1):
        output = trial.run(content.data, input_name=fixture_name("fresh", number, content.media_type))
        oracle = _judged(trial, content, output, baseline) if output.data is not None else None
        problem = _why_nothing(output) if oracle is None else "" if oracle.ok else oracle.detail
        yield _step("fresh", content.data, output, _Found(problem, oracle=oracle, gate=False))


def _empty(trial: Trial, baseline: _Baseline) -> Iterator[_Step]:
    """Run on an empty file. Informative: a clear failure or an empty result are both fine."""
    del baseline
    output = trial.run(b"")
    problem = "" if output.data is None or output.result.succeeded else _why_nothing(output)
    yield _step("empty", b"", output, _Found(problem, gate=False))
