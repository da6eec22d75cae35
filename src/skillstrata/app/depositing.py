"""Place a proven draft and put it into the library; store the candidate's end state.

In     Execution, Judged
Out    the Candidate as stored
Never  deposits what holds a secret; overwrites a tool of another contract; places one execution twice
"""

import hashlib
from dataclasses import replace

from skillstrata.app.wiring import App
from skillstrata.capture import without_persons
from skillstrata.distill import Judged, ProvenDraft, place
from skillstrata.library import render_tool
from skillstrata.records.candidates import Candidate, StageNote, State
from skillstrata.records.contracts import Contract, Placement, PlacementKind
from skillstrata.records.executions import Execution
from skillstrata.records.secret_rules import MARKER
from skillstrata.records.tools import Branch, LineageEntry, SkillFile, Tool, Version


def deposit(app: App, execution: Execution, judged: Judged) -> Candidate:
    """Take a judged execution to its end state and store it.

    A candidate that was deposited by a pass that died before it could say so is found again and is not placed twice.
    """
    candidate = judged.candidate
    if judged.proven is not None:
        candidate = _placed(app, execution, candidate, judged.proven)
    app.catalog.save_candidate(candidate, judged.proof)
    return candidate


def _placed(app: App, execution: Execution, candidate: Candidate, proven: ProvenDraft) -> Candidate:
    tools = app.library.tools()
    mine = next((t for t in tools for b in t.branches for v in b.versions if v.candidate_id == candidate.id), None)
    if mine is not None:
        return _ended(candidate, State.PLACED, Placement(PlacementKind.NEW_TOOL, mine.name, mine.branches[0].name, ""))
    proven = replace(proven, contract=_impersonal(app, proven.contract))
    placement = place(proven.contract, proven.signature, _body_digest(proven), tools, taken=app.library.taken())
    if placement.kind is PlacementKind.DUPLICATE:
        return _ended(candidate, State.DUPLICATE, placement)
    tool, entry = _tool(app, execution, proven, placement)
    fixtures = tuple((fixture.name, data) for fixture, data in proven.fixtures)
    rendered = render_tool(tool, draft=proven.draft, proof=proven.proof, fixtures=fixtures)
    files = tuple(_without_persons(app, file) for file in rendered)
    secret = _secret_in(app, files)
    if secret:
        return _set_aside(candidate, secret)
    app.library.deposit(tool.name, files, entry)
    return _ended(candidate, State.PLACED, placement)


def _body_digest(proven: ProvenDraft) -> str:
    return hashlib.sha256(proven.draft.main.encode()).hexdigest()


def _ended(candidate: Candidate, state: State, placement: Placement) -> Candidate:
    note = StageNote("place", placement.kind.value, placement.why or f"tool {placement.tool}")
    return replace(
        candidate,
        state=state,
        reason="" if state is State.PLACED else "same_behaviour",
        tool=placement.tool,
        branch=placement.branch,
        placement=placement.kind.value,
        stages=(*candidate.stages, note),
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


def _impersonal(app: App, contract: Contract) -> Contract:
    return replace(
        contract,
        purpose=_lifted(app, contract.purpose),
        inputs=tuple(replace(one, description=_lifted(app, one.description)) for one in contract.inputs),
    )


def _tool(app: App, execution: Execution, proven: ProvenDraft, placement: Placement) -> tuple[Tool, LineageEntry]:
    draft = proven.draft
    now = app.clock.now_s()
    version = Version(
        number=1,
        path=f"branches/{placement.branch}/v1",
        main=draft.main,
        lock=draft.lock.text if draft.lock else "",
        words=draft.words,
        inputs=draft.inputs,
        output=draft.output,
        stdin_param=draft.stdin_param,
        requirements=draft.requirements,
        binaries=proven.probe.binaries,
        body_digest=_body_digest(proven),
        candidate_id=draft.candidate_id,
        signature=proven.signature,
        fixtures=tuple(fixture for fixture, _ in proven.fixtures),
        language=draft.language,
        options=draft.options,
        bundled=draft.bundled,
    )
    tool = Tool(
        name=placement.tool,
        kind="distilled",
        contract=proven.contract,
        branches=(Branch(placement.branch, 1, (version,)),),
        created_at_s=now,
        created_because=(
            f"a {execution.body_kind.value} program that {execution.agent} ran passed "
            f"{sum(r.ok for r in proven.proof.runs)} of {len(proven.proof.runs)} replays"
        ),
    )
    entry = LineageEntry(
        at_s=now,
        what=placement.kind.value,
        branch=placement.branch,
        version=1,
        candidate_id=draft.candidate_id,
        agent=execution.agent,
        session=execution.session,
        detail=placement.why,
    )
    return tool, entry
