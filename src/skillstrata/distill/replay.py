"""Prove a draft by running it: on its own input, moved, changed, and on inputs nobody demonstrated.

In     Trial (a draft with its interpreter and sandbox)
Out    Proof: every run, what had to happen, whether it did
Never  trusts an exit status, a length, or the recorded success; runs anything outside the sandbox
Why    a program checked only on the instance it came from may have memorised the answer
"""

from skillstrata.distill.oracles.registry import choose_profile, is_lossy, judge
from skillstrata.distill.proof_steps import LOSSY, Baseline, Relation
from skillstrata.distill.relations_changed import changed, measured, renamed_columns, reworded, turned
from skillstrata.distill.relations_new import at_edges, general, metamorphic, quoted_cells, unseen
from skillstrata.distill.relations_same import oddly_named, same_content
from skillstrata.distill.trial import Output, Start, Trial
from skillstrata.records.candidates import State, Verdict
from skillstrata.records.proofs import Proof, ReplayRun
from skillstrata.records.sandbox_runs import PythonEnvironment

PIPELINE_VERSION = 2
_SHELVED = ("unmeasurable", "nondeterministic", "unproven_generality", "unliftable", "unsupported")
_RELATIONS: tuple[Relation, ...] = (
    same_content,
    changed,
    measured,
    reworded,
    renamed_columns,
    unseen,
    quoted_cells,
    turned,
    general,
    metamorphic,
    at_edges,
    oddly_named,
)


def first_output(trial: Trial) -> Output:
    """Run on the demonstrated input, under its own names: a program that prints the name then prints the same."""
    return trial.run(Start(trial.given))


def prove(trial: Trial, first: Output) -> Proof:
    """Run every relation until a gate fails.

    Shapes:
        12 to 60 sandboxed runs; the runs of a proof that failed end with the one that failed.

    Args:
        trial: The draft, set up.
        first: What it gave on the demonstrated input.

    Raises:
        SandboxUnavailable: Nothing was run.
    """
    profile = _profile(trial, first)
    baseline = Baseline(first, profile)
    runs: list[ReplayRun] = []
    for step in (step for relation in _RELATIONS for step in relation(trial, baseline)):
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
    interpreter = trial.interpreter
    return Proof(
        proven=not reason,
        reason=reason,
        detail=detail,
        runs=tuple(runs),
        profile=profile,
        tier=trial.sandbox.tier,
        loss="intended" if is_lossy(profile) else "none",
        pipeline_version=PIPELINE_VERSION,
        environment_key=interpreter.key if isinstance(interpreter, PythonEnvironment) else interpreter.program,
    )


def _profile(trial: Trial, first: Output) -> str:
    if first.data is None:
        return "none"
    given, made = trial.given.as_one, trial.typed(first)
    if len(trial.given.contents) == 1:
        return choose_profile(given, made, labels=trial.labels)
    # What is made of several files keeps of each what it needs: nobody can say that it was meant to be all.
    return next((name for name in LOSSY if judge(given, made, profile=name, labels=trial.labels).ok), LOSSY[0])
