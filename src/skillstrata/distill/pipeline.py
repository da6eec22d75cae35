"""Judge one execution from nomination to proof: the stages in order, each leaving its note.

In     Execution, the Workshop (ports)
Out    Judged: the candidate's end state so far, and, where the proof held, all that placement and deposit need
Never  writes to the library (the app does, so that placement sees every tool); raises for a bad candidate
Why    a candidate that fails ends with a reason; only a missing sandbox stops the pass, since nothing may run
       without it
"""

import hashlib
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from skillstrata.distill.contract import contract_of
from skillstrata.distill.distributions import Resolution, resolve
from skillstrata.distill.files import DiskThen, files_of, with_body
from skillstrata.distill.generalise import generalise, options_of
from skillstrata.distill.nominate import nominate
from skillstrata.distill.observe import observe
from skillstrata.distill.observed import effects_of, observed_text
from skillstrata.distill.one_of_many import others_of_many
from skillstrata.distill.probe import probe
from skillstrata.distill.recorded_output import differs_from_record
from skillstrata.distill.relations_changed import idle_options
from skillstrata.distill.relations_new import fresh_cases, new_cases
from skillstrata.distill.replay import first_output, prove, verdict_of
from skillstrata.distill.roles import roles_of
from skillstrata.distill.shelf import what_frees
from skillstrata.distill.signature import program_digest, signature_of
from skillstrata.distill.trial import Output, Trial, sha256, trial_of
from skillstrata.ports.blob_store import BlobStore
from skillstrata.ports.clock import Clock
from skillstrata.ports.disk import Snapshots
from skillstrata.ports.environments import Environments
from skillstrata.ports.installed_distributions import InstalledDistributions
from skillstrata.ports.runtimes import Runtimes
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.candidates import Candidate, ProbeReport, Source, StageNote, State, Verdict
from skillstrata.records.contracts import Contract, Signature
from skillstrata.records.drafts import Draft, Observation, ObservedFile
from skillstrata.records.executions import Execution
from skillstrata.records.failures import EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing
from skillstrata.records.proofs import Proof
from skillstrata.records.runtimes import Interpreter, Runtime
from skillstrata.records.sandbox_runs import Lock, PythonEnvironment
from skillstrata.records.tools import Fixture, FixtureFile

_DAY_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%B %d, %Y", "%d %B %Y", "%b %d")
_NOT_FOUND = ("FileNotFoundError", "No such file or directory")
_NO_NETWORK = (
    "urlopen error",
    "ConnectionError",
    "NameResolutionError",
    "socket.gaierror",
    "failure in name resolution",
)


@dataclass(frozen=True, slots=True)
class Workshop:
    """The ports a candidate is judged with. `maps` are import names the user mapped to distributions.

    `disk_trusted` says that the user vouches for the files on the disk: they are what a run long ago read.
    """

    sandbox: Sandbox
    environments: Environments
    blobs: BlobStore
    snapshots: Snapshots
    binaries_on_path: Callable[[str], bool]
    clock: Clock
    installed: InstalledDistributions
    runtimes: Runtimes
    maps: tuple[tuple[str, str], ...] = ()
    disk_trusted: bool = False

    @property
    def disk(self) -> DiskThen:
        """The disk as it was when a program ran."""
        return DiskThen(self.snapshots, trusted=self.disk_trusted)


@dataclass(frozen=True, slots=True)
class ProvenDraft:
    """A draft whose proof held, with what its deposit needs.

    `fixtures` come with the bytes of their first file; `further_files` are the others, as (name, bytes).
    """

    draft: Draft
    proof: Proof
    probe: ProbeReport
    contract: Contract
    signature: Signature
    fixtures: tuple[tuple[Fixture, bytes], ...]
    further_files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate after its stages: OPEN with `proven` set, or at its end state."""

    candidate: Candidate
    proof: Proof | None = None
    proven: ProvenDraft | None = None


@dataclass
class _Story:
    """The notes of one candidate as it passes the stages."""

    execution: Execution
    notes: list[StageNote] = field(default_factory=list[StageNote])

    def tell(self, stage: str, verdict: str, detail: str = "") -> None:
        self.notes.append(StageNote(stage, verdict, detail))

    def candidate(self, verdict: Verdict | None) -> Candidate:
        run = self.execution
        free = what_frees(verdict).replace("{id}", run.id) if verdict else ""
        return Candidate(
            id=run.id,
            state=verdict.state if verdict else State.OPEN,
            source=Source(run.agent, run.session, run.tool_use_id),
            reason=verdict.reason if verdict else "",
            unshelve=free,
            language=run.language,
            body_digest=hashlib.sha256((run.body or "").encode("utf-8", "surrogatepass")).hexdigest(),
            at_s=run.at_s,
            stages=tuple(self.notes),
        )

    def end(self, stage: str, verdict: Verdict, proof: Proof | None = None) -> Judged:
        self.tell(stage, f"{verdict.state.value}: {verdict.reason}", verdict.detail)
        return Judged(self.candidate(verdict), proof)


def judge_execution(
    execution: Execution,
    workshop: Workshop,
    *,
    progress: Callable[[str], None] = lambda _stage: None,
    siblings: tuple[Execution, ...] = (),
) -> Judged:
    """Take one execution as far as it goes.

    Args:
        execution: As reconstructed; any outcome.
        workshop: The ports.
        progress: Told each stage's name as it begins.
        siblings: Other executions with the same `skeleton`: values in which they differ from this one are options.

    Raises:
        SandboxUnavailable: No sandbox: nothing was run, the candidate stays open.
    """
    execution = with_body(execution, workshop.blobs, workshop.disk)
    story = _Story(execution)
    kind, calls = execution.body_kind.value, len(execution.event_ids)
    story.tell("reconstruct", "known" if execution.body else "gap", execution.gap or f"{kind} body from {calls} events")
    nomination = nominate(execution)
    if nomination.verdict is not None:
        return story.end("nominate", nomination.verdict)
    story.tell("nominate", "nominated", "; ".join(nomination.evidence))
    progress("probe")
    found = _probed(execution, workshop)
    if found.verdict is not None:
        return story.end("probe", found.verdict)
    needs = ", ".join(found.requirements) or "the standard library alone"
    story.tell("probe", "clean", "; ".join((f"needs {needs}", *found.evidence)))
    built = _environment(found, workshop) if execution.language == "python" else _interpreter(execution, workshop)
    if isinstance(built, Verdict):
        return story.end("environment", built)
    progress("replay")
    return _replayed(_Bench(story, found, *built, workshop, siblings))


def dependencies_met(execution: Execution, workshop: Workshop) -> bool:
    """Say whether all that a program needs is here: its binaries, interpreter and distributions. Runs nothing."""
    execution = with_body(execution, workshop.blobs, workshop.disk)
    found = _probed(execution, workshop)
    if found.verdict is not None:
        return False
    built = _environment(found, workshop) if execution.language == "python" else _interpreter(execution, workshop)
    return not isinstance(built, Verdict)


def _probed(execution: Execution, workshop: Workshop) -> ProbeReport:
    return probe(
        execution,
        binaries_on_path=workshop.binaries_on_path,
        distribution=lambda module: _distribution(module, execution, workshop),
    )


def _distribution(module: str, execution: Execution, workshop: Workshop) -> Resolution:
    """Settle an import: the user's own word first, then the table and the interpreter that ran the program."""
    maps = dict(workshop.maps)
    known = workshop.installed.providers(module, interpreter=execution.interpreter, folder=execution.cwd)
    return resolve(module, known, maps)


def _environment(found: ProbeReport, workshop: Workshop) -> tuple[Lock, PythonEnvironment] | Verdict:
    try:
        lock = workshop.environments.lock(found.requirements)
        return lock, workshop.environments.build(lock)
    except EnvironmentNeedsNetwork as error:
        return Verdict(State.SHELVED, "dependency", error.message, "skillstrata unshelve {id} --install")
    except EnvironmentUnbuildable as error:
        return Verdict(State.SHELVED, "dependency", error.message, f"{error.hint}, then `skillstrata unshelve {{id}}`")


def _interpreter(execution: Execution, workshop: Workshop) -> tuple[Lock, Interpreter] | Verdict:
    try:
        return Lock(""), workshop.runtimes.find(Runtime(execution.language))
    except RuntimeMissing as error:
        return Verdict(State.SHELVED, "dependency", error.message, f"{error.hint}, then `skillstrata unshelve {{id}}`")


@dataclass(frozen=True, slots=True)
class _Bench:
    """One candidate whose programs can be started, with all that its replay needs."""

    story: _Story
    found: ProbeReport
    lock: Lock
    interpreter: PythonEnvironment | Interpreter
    workshop: Workshop
    siblings: tuple[Execution, ...] = ()

    def observe(self, files: tuple[ObservedFile, ...]) -> Observation:
        """Run the original."""
        return observe(self.story.execution, files, interpreter=self.interpreter, sandbox=self.workshop.sandbox)


def _replayed(bench: _Bench) -> Judged:
    story, execution = bench.story, bench.story.execution
    files, missing = files_of(execution, blobs=bench.workshop.blobs, disk=bench.workshop.disk)
    if not files:
        return story.end("replay", _no_input(missing, execution))
    observation = bench.observe(files)
    if not observation.succeeded:
        return story.end("replay", _did_not_replay(observation, missing, execution))
    others = others_of_many(execution, observation)
    if others:
        # Each of many files is treated alone: one of them shows how.
        observation = bench.observe(tuple(f for f in files if f.path not in others))
        story.tell("observe", "one of many", f"it treats {len(others) + 1} files one by one: replayed with one of them")
    difference = differs_from_record(execution, observation, bench.workshop.blobs)
    if difference:
        return story.end("observe", Verdict(State.REJECTED, "differs_from_record", difference))
    story.tell("observe", "replayed", observed_text(observation))
    return _lifted(bench, observation)


def _lifted(bench: _Bench, observation: Observation) -> Judged:
    story = bench.story
    set_up = _trial(bench, observation)
    if isinstance(set_up, Verdict):
        return story.end("generalise", set_up)
    draft, trial, first = set_up
    story.tell("generalise", "lifted", "; ".join(draft.lifted) or "the input is piped in")
    proof = prove(trial, first)
    failed = verdict_of(proof)
    if failed is not None:
        return story.end("proof", failed, proof)
    story.tell("proof", "proven", f"{len(proof.runs)} runs, profile {proof.profile}, loss {proof.loss}")
    proven = _proven(draft, proof, bench.found, trial)
    proven = replace(proven, contract=replace(proven.contract, effects=effects_of(observation)))
    story.tell("contract", proven.contract.key, proven.contract.purpose)
    candidate = replace(story.candidate(None), purpose=proven.contract.purpose)
    return Judged(candidate, proof, proven)


def _trial(bench: _Bench, observation: Observation) -> tuple[Draft, Trial, Output] | Verdict:
    """Lift the program and run it once; options that show nothing when they are turned are no options."""
    set_up = _set_up(bench, observation, frozenset())
    if isinstance(set_up, Verdict):
        return set_up
    _, trial, first = set_up
    idle = idle_options(trial, first) if trial.gives_as_shown(first) else frozenset[str]()
    return _set_up(bench, observation, idle) if idle else set_up


def _set_up(bench: _Bench, observation: Observation, without: frozenset[str]) -> tuple[Draft, Trial, Output] | Verdict:
    execution, workshop = bench.story.execution, bench.workshop
    needs, siblings = bench.found.requirements, bench.siblings
    draft, verdict = generalise(execution, observation, needs, without=without, siblings=siblings)
    if draft is None:
        return verdict or Verdict(State.REJECTED, "unliftable")
    draft = replace(draft, lock=bench.lock)
    trial = trial_of(
        draft,
        roles_of(execution, observation),
        observation.stdout,
        interpreter=bench.interpreter,
        sandbox=workshop.sandbox,
        today=_spellings_of_today(workshop.clock.now_s()) if bench.found.clock else (),
    )
    turns = tuple((k.name, value) for k in options_of(execution, siblings) for value in k.others)
    trial = replace(trial, turns=turns)
    return draft, trial, first_output(trial)


def _spellings_of_today(now_s: float) -> tuple[str, ...]:
    """Give this day as programs print it, in the sandbox's own time zone; midnight is on both sides of a day."""
    days = {datetime.fromtimestamp(now_s + hours * 3600, UTC) for hours in (-1, 0, 1)}
    return tuple(sorted({day.strftime(form) for day in days for form in _DAY_FORMS}))


def _no_input(missing: tuple[str, ...], execution: Execution) -> Verdict:
    names = ", ".join(dict.fromkeys(posixpath.basename(p) for p in missing)) or "no file was named"
    why = f"the files it used are gone and no copy was kept ({names}); put them back where they were"
    if execution.imported:
        why = (
            f"its history does not show what its input held, and the disk does not any more ({names}):"
            " gone, or changed since; put the files there as they were"
        )
    return Verdict(State.SHELVED, "input_missing", why, "skillstrata unshelve {id}")


def _did_not_replay(observation: Observation, missing: tuple[str, ...], execution: Execution) -> Verdict:
    error = observation.stderr.decode("utf-8", "replace").strip()
    last = error.rpartition("\n")[2][:300]
    if observation.limit:
        return Verdict(State.REJECTED, "limit", f"the replay broke the limit on {observation.limit}")
    if "ModuleNotFoundError" in last or "ImportError" in last:
        return Verdict(State.SHELVED, "dependency", last, "skillstrata unshelve {id} --install")
    if any(mark in error for mark in _NO_NETWORK):
        return Verdict(State.SHELVED, "network", f"it needs the network, which a replay does not have: {last}")
    if any(mark in last for mark in _NOT_FOUND) and missing:
        return _no_input(missing, execution)
    why = f"the original program fails in the sandbox (exit {observation.exit_code}): {last}"
    return Verdict(State.REJECTED, "does_not_replay", why)


def _proven(draft: Draft, proof: Proof, found: ProbeReport, trial: Trial) -> ProvenDraft:
    made = {run.input_digest: run.output_digest for run in proof.runs if run.ok and run.output_digest}
    kept: list[tuple[Fixture, bytes]] = []
    further: list[tuple[str, bytes]] = []
    for case in (*new_cases(trial), *fresh_cases(trial)):
        # A fixture is kept: no file of the user's may be in it, also where no other could be made in its place.
        if case.digest not in made or any(content in trial.given.contents for content in case.contents):
            continue
        files = [(name, content) for name, content in zip(case.names, case.contents, strict=True) if content]
        digests = [FixtureFile(name, content.media_type, sha256(content.data)) for name, content in files]
        first = digests[0]
        fixture = Fixture(first.name, first.media_type, first.digest, made[case.digest], tuple(digests[1:]))
        kept.append((fixture, files[0][1].data))
        further += [(name, content.data) for name, content in files[1:]]
    general = [(f.input_digest, f.output_digest) for f, _ in kept if f.name.startswith("fresh")]
    if not general:
        # Without a common input two programs cannot be compared by what they do: the text stands in for it.
        general = [("program", program_digest(draft))]
    return ProvenDraft(
        draft=draft,
        proof=proof,
        probe=found,
        contract=contract_of(draft, proof, found),
        signature=signature_of(tuple(general)),
        fixtures=tuple(kept),
        further_files=tuple(further),
    )
