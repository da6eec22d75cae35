"""Run the proof of a deposited version again: every fixture must give the output it gave.

In     Version, the bytes of its fixtures, environment, sandbox
Out    ReplayRun per fixture, twice: once as proved, once in other surroundings
"""

from skillstrata.distill.trial import sha256, trial_for
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.programs import version_program
from skillstrata.records.proofs import ReplayRun
from skillstrata.records.sandbox_runs import PythonEnvironment
from skillstrata.records.tools import Version

_ELSEWHERE = (("PYTHONHASHSEED", "77"), ("TZ", "America/Lima"), ("HOME", "/out"))


def verify_version(
    version: Version, fixtures: tuple[tuple[str, bytes], ...], *, environment: PythonEnvironment, sandbox: Sandbox
) -> tuple[ReplayRun, ...]:
    """Replay a version on its fixtures.

    Args:
        version: With its fixtures' digests.
        fixtures: (fixture name, input bytes), as they lie in the tool's folder.
        environment: Built from the version's lock.
        sandbox: Where it runs.
    """
    trial = trial_for(version_program(version), environment=environment, sandbox=sandbox)
    content = dict(fixtures)
    runs: list[ReplayRun] = []
    for fixture in version.fixtures:
        data = content.get(fixture.name)
        if data is None or sha256(data) != fixture.input_digest:
            detail = "the fixture is missing or was changed"
            runs.append(ReplayRun(f"fixture {fixture.name}", False, fixture.input_digest, "", None, 0.0, detail))
            continue
        for where, env in (("", (("PYTHONHASHSEED", "1"),)), (" elsewhere", _ELSEWHERE)):
            output = trial.run(data, input_name=fixture.name, env=env)
            same = sha256(output.data) == fixture.output_digest
            runs.append(
                ReplayRun(
                    relation=f"fixture {fixture.name}{where}",
                    ok=same,
                    input_digest=fixture.input_digest,
                    output_digest=sha256(output.data),
                    exit_code=output.result.exit_code,
                    wall_ms=round(output.result.wall_ms, 1),
                    detail="" if same else "the output is not the one that was proved",
                )
            )
    return tuple(runs)
