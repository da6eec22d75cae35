"""Put a proven draft into the library at its place.

In     WaitingDraft, Placement, the tool it goes to
Out    the Candidate as it ends
Never  deposits what holds a secret; changes or drops a version that is there; takes a name from another tool
"""

from dataclasses import dataclass, replace

from skillstrata.app.wiring import App
from skillstrata.capture import without_persons
from skillstrata.distill import merged, program_digest
from skillstrata.library import render_tool
from skillstrata.records.candidates import Candidate, StageNote, State
from skillstrata.records.contracts import Contract, Placement, PlacementKind
from skillstrata.records.executions import Execution
from skillstrata.records.failures import BlobUnknown
from skillstrata.records.proofs import Proof
from skillstrata.records.secret_rules import MARKER
from skillstrata.records.tools import Branch, Fixture, FixtureFile, LineageEntry, SkillFile, Tool, Version
from skillstrata.records.waiting import WaitingDraft


@dataclass(frozen=True, slots=True)
class _Change:
    """What a deposit makes of a tool: the tool as it is to be, its new version, and the lines of its lineage."""

    tool: Tool
    version: Version
    lineage: tuple[LineageEntry, ...]


def deposit(app: App, execution: Execution, waiting: WaitingDraft, placement: Placement) -> Candidate:
    """Write a new tool, branch or version; gives the candidate placed, or set aside for what was found in its files."""
    before = None if placement.kind is PlacementKind.NEW_TOOL else app.library.tool(placement.tool)
    waiting = _with_real_input(app, waiting) if app.settings.fixtures_keep_real else waiting
    waiting, files = _unclashing(waiting, placement, before)
    change = _change(app, execution, waiting, placement, before)
    rendered = render_tool(
        change.tool, draft=waiting.draft, proof=waiting.proof, fixtures=files, others=_others(app, before)
    )
    clean = tuple(_without_persons(app, file) for file in rendered)
    secret = _secret_in(app, clean)
    if secret:
        return _set_aside(waiting.candidate, secret)
    app.library.deposit(change.tool.name, clean, *change.lineage)
    return ended(waiting.candidate, State.PLACED, placement)


def ended(candidate: Candidate, state: State, placement: Placement) -> Candidate:
    """Give a candidate at the end that a placement means."""
    note = StageNote("place", placement.kind.value, placement.why or f"tool {placement.tool}")
    return replace(
        candidate,
        state=state,
        reason=placement.reason,
        tool=placement.tool,
        branch=placement.branch,
        placement=placement.kind.value,
        # A candidate that was decided anew keeps one note about its place: the last.
        stages=(*(s for s in candidate.stages if s.stage != "place"), note),
    )


def found_again(app: App, waiting: WaitingDraft, tools: tuple[Tool, ...]) -> Candidate | None:
    """Give the candidate as placed where a pass that died deposited it before it could say so."""
    for tool in tools:
        for branch in tool.branches:
            for version in branch.versions:
                if version.candidate_id == waiting.candidate.id:
                    lines = [e for e in app.library.lineage(tool.name) if e.candidate_id == version.candidate_id]
                    line = lines[0] if lines else None
                    kinds = {kind.value: kind for kind in PlacementKind}
                    # A line of somebody else's, or of a later program, is no reason to place it twice.
                    kind = kinds.get(line.what if line else "", PlacementKind.NEW_TOOL)
                    found = Placement(kind, tool.name, branch.name, line.detail if line else "")
                    return ended(waiting.candidate, State.PLACED, found)
    return None


def body_digest(waiting: WaitingDraft) -> str:
    """Give the digest that a version made of this draft is known by."""
    return program_digest(waiting.draft)


def impersonal(app: App, contract: Contract) -> Contract:
    """Take names of persons out of the wording of a contract."""
    return replace(
        contract,
        purpose=_lifted(app, contract.purpose),
        inputs=tuple(replace(one, description=_lifted(app, one.description)) for one in contract.inputs),
    )


def _set_aside(candidate: Candidate, secret: str) -> Candidate:
    return replace(
        candidate,
        state=State.SHELVED,
        reason="secret",
        unshelve=(
            "take it out of the program and run that again; or, if it is none, allow it in the file of the setting "
            f"redaction.rules, then `skillstrata unshelve {candidate.id}`"
        ),
        stages=(*candidate.stages, StageNote("deposit", "shelved: secret", secret)),
    )


def _secret_in(app: App, files: tuple[SkillFile, ...]) -> str:
    """Name the first file with something secret-like, its line and the rule; "" where there is none."""
    for file in files:
        try:
            text = file.data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            # Byte for byte, so that a key in the clear is seen in a binary file too.
            text = file.data.decode("latin-1")
        found = app.redactor.redact(text)
        if MARKER in text:
            return f"{file.path} holds a secret that was taken out"
        if found.hits:
            more = f", and {found.hits - 1} more" if found.hits > 1 else ""
            return f"{file.path}, line {found.finds[0].line}: found by the rule {found.finds[0].rule}{more}"
    return ""


def _lifted(app: App, text: str) -> str:
    home = str(app.settings.home)
    environ = dict(app.settings.environ)
    return without_persons(text, home=home, user=environ.get("USER") or environ.get("LOGNAME") or "")


def _without_persons(app: App, file: SkillFile) -> SkillFile:
    """Lift what names a person out of the page; programs, proofs and fixtures are evidence and stay as they are."""
    if file.path != "SKILL.md":
        return file
    return replace(file, data=_lifted(app, file.data.decode()).encode())


def _others(app: App, before: Tool | None) -> tuple[tuple[Version, Proof], ...]:
    if before is None:
        return ()
    versions = [branch.current for branch in before.branches]
    found = ((version, app.library.proof(before.name, version.path)) for version in versions)
    return tuple((version, proof) for version, proof in found if proof is not None)


def _with_real_input(app: App, waiting: WaitingDraft) -> WaitingDraft:
    """Keep the demonstrated input of a program that takes one, where its name changes nothing in the output."""
    runs = {run.relation: run for run in waiting.proof.runs if run.relation in {"original", "moved"}}
    shown, moved = runs.get("original"), runs.get("moved")
    if shown is None or moved is None or shown.output_digest != moved.output_digest or len(waiting.draft.inputs) != 1:
        return waiting
    try:
        data = app.blobs.get(shown.input_digest)
    except BlobUnknown:
        return waiting
    spec = waiting.draft.input
    ending = spec.example_name.rpartition(".")[2]
    name = f"shown-1.{ending}" if ending.isascii() and ending.isalnum() else "shown-1"
    fixture = Fixture(name, spec.media_type, shown.input_digest, shown.output_digest)
    return replace(waiting, fixtures=(*waiting.fixtures, (fixture, data)))


def _unclashing(
    waiting: WaitingDraft, placement: Placement, before: Tool | None
) -> tuple[WaitingDraft, tuple[tuple[str, bytes], ...]]:
    """Give fixtures names under which no other content lies in the tool's folder, and all their files."""
    there = {f.name: f.digest for f in _files_there(before)} if before else {}
    folder = f"{placement.branch}-v{_next_number(before, placement)}"
    kept: list[tuple[Fixture, bytes]] = []
    files: dict[str, bytes] = {}
    further = dict(waiting.further_files)
    for fixture, data in waiting.fixtures:
        own = fixture.files
        clashes = any(there.get(file.name, file.digest) != file.digest for file in own)
        names = [f"{folder}/{file.name}" if clashes else file.name for file in own]
        others = tuple(replace(file, name=name) for file, name in zip(fixture.others, names[1:], strict=True))
        kept.append((replace(fixture, name=names[0], others=others), data))
        contents = (data, *(further[file.name] for file in fixture.others))
        files |= dict(zip(names, contents, strict=True))
    return replace(waiting, fixtures=tuple(kept)), tuple(files.items())


def _files_there(tool: Tool) -> list[FixtureFile]:
    return [f for b in tool.branches for v in b.versions for fixture in v.fixtures for f in fixture.files]


def _next_number(before: Tool | None, placement: Placement) -> int:
    branches = [b for b in before.branches if b.name == placement.branch] if before else []
    return max((v.number for branch in branches for v in branch.versions), default=0) + 1


def _change(
    app: App, execution: Execution, waiting: WaitingDraft, placement: Placement, before: Tool | None
) -> _Change:
    number = _next_number(before, placement)
    version = _version(waiting, placement, number)
    now = app.clock.now_s()
    entry = LineageEntry(
        at_s=now,
        what=placement.kind.value,
        branch=placement.branch,
        version=number,
        candidate_id=waiting.candidate.id,
        agent=execution.agent,
        session=execution.session,
        detail=placement.why,
    )
    if before is None:
        return _Change(_new_tool(execution, waiting, placement, version, now), version, (entry,))
    contract = merged(before.contract, waiting.contract) if placement.activates else before.contract
    aliases = (*before.aliases, placement.alias) if placement.alias else before.aliases
    tool = replace(
        before, contract=contract, aliases=aliases, branches=_branches(before, placement, version, waiting.contract)
    )
    if placement.kind is PlacementKind.NEW_BRANCH or not placement.activates:
        return _Change(tool, version, (entry,))
    active = next(b.active for b in before.branches if b.name == placement.branch)
    switch = replace(entry, what="activate", detail=f"in place of version {active}: {placement.why}")
    return _Change(tool, version, (entry, switch))


def _branches(before: Tool, placement: Placement, version: Version, contract: Contract) -> tuple[Branch, ...]:
    if placement.kind is PlacementKind.NEW_BRANCH:
        return (*before.branches, Branch(placement.branch, version.number, (version,), contract))
    return tuple(
        replace(
            branch,
            active=version.number if placement.activates else branch.active,
            versions=(*branch.versions, version),
            contract=contract if placement.activates else branch.contract,
        )
        if branch.name == placement.branch
        else branch
        for branch in before.branches
    )


def _version(waiting: WaitingDraft, placement: Placement, number: int) -> Version:
    draft = waiting.draft
    return Version(
        number=number,
        path=f"branches/{placement.branch}/v{number}",
        main=draft.main,
        lock=draft.lock.text if draft.lock else "",
        words=draft.words,
        inputs=draft.inputs,
        output=draft.output,
        stdin_param=draft.stdin_param,
        requirements=draft.requirements,
        binaries=waiting.probe.binaries,
        body_digest=body_digest(waiting),
        candidate_id=draft.candidate_id,
        signature=waiting.signature,
        fixtures=tuple(fixture for fixture, _ in waiting.fixtures),
        language=draft.language,
        options=draft.options,
        bundled=draft.bundled,
    )


def _new_tool(execution: Execution, waiting: WaitingDraft, placement: Placement, version: Version, now: float) -> Tool:
    held = sum(run.ok for run in waiting.proof.runs)
    return Tool(
        name=placement.tool,
        kind="distilled",
        contract=waiting.contract,
        branches=(Branch(placement.branch, 1, (version,), waiting.contract),),
        created_at_s=now,
        created_because=(
            f"a {execution.body_kind.value} program that {execution.agent} ran passed "
            f"{held} of {len(waiting.proof.runs)} replays"
        ),
    )
