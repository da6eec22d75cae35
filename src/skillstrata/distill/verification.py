"""Run the proof of a deposited version again: every fixture must give the output it gave, and pass its oracle.

In     Version, the bytes of its fixtures, the proof it was deposited with, environment, sandbox
Out    ReplayRun per fixture, twice: once as proved, once in other surroundings
"""

import posixpath
from dataclasses import dataclass, replace

from skillstrata.distill.cases import Case
from skillstrata.distill.program_words import program_words
from skillstrata.distill.proof_steps import Baseline, judged
from skillstrata.distill.trial import HERE, Output, Start, Trial, sha256, trial_for
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.programs import version_program
from skillstrata.records.proofs import OracleResult, ReplayRun, TypedBytes
from skillstrata.records.runtimes import Interpreter
from skillstrata.records.sandbox_runs import Limits, PythonEnvironment
from skillstrata.records.tools import Fixture, FixtureFile, Version

FIXTURE_LOST = "the fixture is missing or was changed"
_ELSEWHERE = (("PYTHONHASHSEED", "77"), ("TZ", "America/Lima"), ("HOME", "/out"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a proof and a contract ask of the runs of a version.

    `profile` is what outputs are judged by, "" where the proof cannot be read; `informative` are digests of the inputs
    on which the proof asked nothing of the oracle; `limits` are the contract's, None for the defaults.
    """

    profile: str = ""
    informative: frozenset[str] = frozenset()
    limits: Limits | None = None


def verify_version(
    version: Version,
    fixtures: tuple[tuple[str, bytes], ...],
    *,
    interpreter: PythonEnvironment | Interpreter,
    sandbox: Sandbox,
    asked: Asked | None = None,
) -> tuple[ReplayRun, ...]:
    """Replay a version on its fixtures.

    Args:
        version: With its fixtures' digests.
        fixtures: (fixture name, input bytes), as they lie in the tool's folder.
        interpreter: What runs it: the environment built from its lock, or a program of this machine.
        sandbox: Where it runs.
        asked: What its proof and its contract ask of the runs; None where the digests alone count.
    """
    asked = asked or Asked()
    trial = trial_for(version_program(version), interpreter=interpreter, sandbox=sandbox)
    trial = replace(trial, limits=asked.limits, labels=program_words(version.language, version.main))
    content = dict(fixtures)
    runs: list[ReplayRun] = []
    for fixture in version.fixtures:
        case = _case(fixture, content)
        if case is None:
            runs.append(ReplayRun(f"fixture {fixture.name}", False, fixture.input_digest, "", None, 0.0, FIXTURE_LOST))
            continue
        for where, env in (("", HERE), (" elsewhere", _ELSEWHERE)):
            output = trial.run(Start(case, env=env))
            same = sha256(output.data) == fixture.output_digest
            oracle = _judged(trial, case, output, asked.profile)
            missed = oracle is not None and not oracle.ok
            said = (
                f"stopped at the limit on {output.result.limit}" if output.result.limit else "",
                "" if same else "the output is not the one that was proved",
                f"oracle: {oracle.detail}" if oracle and missed else "",
            )
            runs.append(
                ReplayRun(
                    relation=f"fixture {fixture.name}{where}",
                    ok=same and (not missed or fixture.input_digest in asked.informative),
                    input_digest=fixture.input_digest,
                    output_digest=sha256(output.data),
                    exit_code=output.result.exit_code,
                    wall_ms=round(output.result.wall_ms, 1),
                    detail="; ".join(part for part in said if part),
                    oracle=oracle,
                )
            )
    return tuple(runs)


def _case(fixture: Fixture, content: dict[str, bytes]) -> Case | None:
    """Give a fixture's inputs; None where a file is missing or was changed."""
    first = FixtureFile(fixture.name, fixture.media_type, fixture.input_digest)
    files = tuple((f.name, f.media_type, f.digest) for f in (first, *fixture.others))
    found = [(name, kind, content.get(name)) for name, kind, digest in files if sha256(content.get(name)) == digest]
    if len(found) != len(files):
        return None
    # A fixture of a later version may lie in a folder; the program is shown the name alone, as in the proof.
    names = tuple(posixpath.basename(name) for name, _, _ in found)
    return Case(tuple(TypedBytes(kind, data or b"") for _, kind, data in found), names)


def _judged(trial: Trial, case: Case, output: Output, profile: str) -> OracleResult | None:
    """Judge an output as the proof did; None where there is nothing to judge or nothing to judge by."""
    if not profile or output.data is None:
        return None
    return judged(trial, case, output, Baseline(output, profile))
