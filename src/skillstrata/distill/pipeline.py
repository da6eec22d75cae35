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
from skillstrata.distill.generalise import generalise
from skillstrata.distill.nominate import nominate
from skillstrata.distill.observe import observe
from skillstrata.distill.observed import effects_of, observed_text
from skillstrata.distill.probe import probe
from skillstrata.distill.replay import FRESH, SEED, UNSEEN, fixture_name, prove, verdict_of
from skillstrata.distill.shelf import what_frees
from skillstrata.distill.signature import signature_of
from skillstrata.distill.synthesise import fresh, unseen
from skillstrata.distill.trial import sha256, trial_of
from skillstrata.distill.views import program_labels
from skillstrata.ports.blob_store import BlobStore
from skillstrata.ports.clock import Clock
from skillstrata.ports.disk import Snapshots
from skillstrata.ports.environments import Environments
from skillstrata.ports.installed_distributions import InstalledDistributions
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.candidates import Candidate, ProbeReport, Source, StageNote, State, Verdict
from skillstrata.records.contracts import Contract, Signature
from skillstrata.records.drafts import Draft, Observation
from skillstrata.records.executions import Execution
from skillstrata.records.failures import EnvironmentNeedsNetwork, EnvironmentUnbuildable
from skillstrata.records.proofs import Proof, TypedBytes
from skillstrata.records.sandbox_runs import Lock, PythonEnvironment
from skillstrata.records.tools import Fixture

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
    maps: tuple[tuple[str, str], ...] = ()
    disk_trusted: bool = False

    @property
    def disk(self) -> DiskThen:
        """The disk as it was when a program ran."""
        return DiskThen(self.snapshots, trusted=self.disk_trusted)


@dataclass(frozen=True, slots=True)
class ProvenDraft:
    """A draft whose proof held, with what its deposit needs."""

    draft: Draft
    proof: Proof
    probe: ProbeReport
    contract: Contract
    signature: Signature
    fixtures: tuple[tuple[Fixture, bytes], ...]


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
    execution: Execution, workshop: Workshop, *, progress: Callable[[str], None] = lambda _stage: None
) -> Judged:
    """Take one execution as far as it goes.

    Args:
        execution: As reconstructed; any outcome.
        workshop: The ports.
        progress: Told each stage's name as it begins.

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
    found = probe(
        execution,
        binaries_on_path=workshop.binaries_on_path,
        distribution=lambda module: _distribution(module, execution, workshop),
    )
    if found.verdict is not None:
        return story.end("probe", found.verdict)
    needs = ", ".join(found.requirements) or "the standard library alone"
    story.tell("probe", "clean", "; ".join((f"needs {needs}", *found.evidence)))
    built = _environment(found, workshop)
    if isinstance(built, Verdict):
        return story.end("environment", built)
    progress("replay")
    return _replayed(story, found, built, workshop)


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


def _replayed(story: _Story, found: ProbeReport, built: tuple[Lock, PythonEnvironment], workshop: Workshop) -> Judged:
    execution = story.execution
    lock, environment = built
    files, missing = files_of(execution, blobs=workshop.blobs, disk=workshop.disk)
    if not files:
        return story.end("replay", _no_input(missing, execution))
    observation = observe(execution, files, environment=environment, sandbox=workshop.sandbox)
    if not observation.succeeded:
        return story.end("replay", _did_not_replay(observation, missing, execution))
    story.tell("observe", "replayed", observed_text(observation))
    draft, verdict = generalise(execution, observation, found.requirements)
    if draft is None:
        return story.end("generalise", verdict or Verdict(State.REJECTED, "unliftable"))
    draft = replace(draft, lock=lock)
    story.tell("generalise", "lifted", "; ".join(draft.lifted) or "the input is piped in")
    today = _spellings_of_today(workshop.clock.now_s()) if found.clock else ()
    trial = trial_of(draft, observation, environment=environment, sandbox=workshop.sandbox, today=today)
    proof = prove(trial)
    failed = verdict_of(proof)
    if failed is not None:
        return story.end("proof", failed, proof)
    story.tell("proof", "proven", f"{len(proof.runs)} runs, profile {proof.profile}, loss {proof.loss}")
    proven = _proven(draft, proof, found, trial.given.data)
    proven = replace(proven, contract=replace(proven.contract, effects=effects_of(observation)))
    story.tell("contract", proven.contract.key, proven.contract.purpose)
    candidate = replace(story.candidate(None), purpose=proven.contract.purpose)
    return Judged(candidate, proof, proven)


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


def _proven(draft: Draft, proof: Proof, found: ProbeReport, given: bytes) -> ProvenDraft:
    made = {run.input_digest: run.output_digest for run in proof.runs if run.ok and run.output_digest}
    typed = TypedBytes(draft.input.media_type, given)
    kept: list[tuple[Fixture, bytes]] = []
    for label, contents in (
        ("unseen", unseen(typed, count=UNSEEN, seed=SEED, keep=program_labels(draft.main))),
        ("fresh", fresh(typed.media_type, count=FRESH, seed=SEED)),
    ):
        for number, content in enumerate(contents, start=1):
            digest = sha256(content.data)
            if digest in made:
                name = fixture_name(label, number, typed.media_type)
                kept.append((Fixture(name, typed.media_type, digest, made[digest]), content.data))
    general = [(f.input_digest, f.output_digest) for f, _ in kept if f.name.startswith("fresh")]
    if not general:
        # Without a common input two programs cannot be compared by what they do: the text stands in for it.
        general = [("main", sha256(draft.main.encode()))]
    return ProvenDraft(
        draft=draft,
        proof=proof,
        probe=found,
        contract=contract_of(draft, proof, found),
        signature=signature_of(tuple(general)),
        fixtures=tuple(kept),
    )
