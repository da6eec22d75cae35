"""Say whether an execution is a transform worth proving, from its text and what was recorded of its run.

In     one Execution
Out    Nomination: nominated with the evidence, or the Verdict that ends it here
Never  runs the program, asks the disk; rejects what only a replay can judge (an ignored input, a constant output)
Why    nine of ten programs that agents run look at a project or patch it; what stays must name its input and give a
       result
"""

import posixpath

from skillstrata.distill.false_success import false_success, missing_binary, usage_alone
from skillstrata.distill.other_work import fed_by_other_work, fetches, other_work
from skillstrata.distill.own_work import observer_in
from skillstrata.distill.places import absolute
from skillstrata.distill.program_shape import NamedPath, ProgramText
from skillstrata.distill.readings import MAX_BODY, SYNTAX, reading
from skillstrata.distill.secret_marks import TAKE_IT_OUT, redaction_in, secret_in, taken_out_in
from skillstrata.distill.sources import is_project_file, is_setting, is_source
from skillstrata.records.candidates import Nomination, State, Verdict
from skillstrata.records.events import Outcome
from skillstrata.records.executions import Execution

_FOUND_MISSING = ("ModuleNotFoundError: No module named", "ImportError: ", "Cannot find module", "command not found")
_NAMED = 3
_SHOWN = 100
_FREE = "skillstrata unshelve {id}"


def nominate(execution: Execution) -> Nomination:
    """Judge one execution. The caller has set failed runs aside that a later variant stands for.

    Args:
        execution: As reconstructed.
    """
    try:
        return _nominated(execution)
    except RecursionError:
        return _ended(State.REJECTED, "too_large", "the program is nested too deeply to be read")


def _nominated(execution: Execution) -> Nomination:
    verdict = _out_of_reach(execution)
    if verdict is not None:
        return Nomination(False, verdict)
    text = reading(execution)
    inputs, unsure = _inputs(execution, text) if text is not None else ((), ())
    # What looks at a project or patches it is no candidate, whatever else may be wrong with it.
    other = other_work(execution) or (_unfit_files(text, inputs or unsure) if text is not None else None)
    verdict = other or _unfit_text(execution) or _unfit_run(execution)
    if verdict is None and text is None:
        verdict = Verdict(State.REJECTED, "syntax_error", SYNTAX[execution.language])
    if verdict is None and text is not None:
        verdict = _without_input(execution, text, (*inputs, *unsure)) or _misses_output(execution, text)
    evidence = () if text is None else _evidence(execution, text, inputs or unsure)
    return Nomination(verdict is None, verdict, evidence)


def _out_of_reach(execution: Execution) -> Verdict | None:
    body = execution.body
    told = usage_alone(execution)
    if told:
        return Verdict(State.NOISE, "inspection", told)
    if body is not None and len(body) > MAX_BODY:
        detail = f"the program has {len(body)} characters, more than {MAX_BODY}"
        return Verdict(State.REJECTED, "too_large", detail)
    observer = observer_in(execution)
    if observer:
        return Verdict(State.NOISE, "own_work", observer)
    if body is None:
        gap = execution.gap or "source never seen"
        return Verdict(State.SHELVED, "incomplete_association", gap, _free_gap(execution))
    return None


def _ended(state: State, reason: str, detail: str, unshelve: str = "") -> Nomination:
    return Nomination(False, Verdict(state, reason, detail, unshelve))


def _free_gap(execution: Execution) -> str:
    if "argv" in execution.gap:
        return f"run the program again with its arguments written out, then `{_FREE}`"
    if "standard input" in execution.gap:
        return f"run the program again with its input in a file, then `{_FREE}`"
    name = posixpath.basename(execution.script_path) or "the program"
    return f"let the agent write {name} again in a recorded session and run it, then `{_FREE}`"


def _unfit_text(execution: Execution) -> Verdict | None:
    for body in (execution.body or "", *(module.text for module in execution.modules)):
        mark = redaction_in(body)
        if mark:
            return Verdict(State.REJECTED, "redacted", f"the program is not what ran: {mark}")
        secret = taken_out_in(body) or secret_in(body)
        if secret:
            return Verdict(State.SHELVED, "secret", f"the program holds {secret}", TAKE_IT_OUT)
    return None


def _unfit_run(execution: Execution) -> Verdict | None:
    # What failed for want of a dependency says nothing against the program: the replay has it or names it.
    if execution.outcome is Outcome.FAILED and not _missed_something(execution):
        return Verdict(State.REJECTED, "failed", _last_line(execution.error) or "the run failed")
    if execution.gap:
        return fed_by_other_work(execution.gap) or Verdict(
            State.SHELVED, "incomplete_association", execution.gap, _free_gap(execution)
        )
    if execution.outcome is Outcome.UNKNOWN and not execution.masked:
        detail = "how the run ended is not on record"
        return Verdict(State.SHELVED, "incomplete_association", detail, f"run the program again, then `{_FREE}`")
    return None


def _missed_something(execution: Execution) -> bool:
    if missing_binary(execution):
        return True
    last = _last_line(execution.error) or _last_line(execution.stdout)
    return any(sign in last for sign in _FOUND_MISSING)


def _inputs(execution: Execution, text: ProgramText) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the paths the program surely takes in, and those it names without showing what for."""
    sure: dict[str, None] = {}
    unsure: dict[str, None] = {}
    written = {absolute(p.value, execution.cwd) for p in text.paths if "write" in p.uses}
    unread = [p.value for p in text.paths if p.from_argv and not p.uses]
    for path in text.paths:
        if path.value.startswith("/dev/"):
            continue
        # What a program wrote itself before it read it is no input.
        if "read" in path.uses and "write" not in path.uses and absolute(path.value, execution.cwd) not in written:
            sure[path.value] = None
        elif not path.uses and (path.from_argv or text.reads):
            unsure[path.value] = None
    # Of several words whose use does not show, any may be the output.
    if not sure and len(unread) == 1 and unsure.pop(unread[0], "") is None:
        sure[unread[0]] = None
    if execution.stdin_path:
        sure[execution.stdin_path] = None
    return tuple(sure), tuple(unsure)


def _unfit_files(text: ProgramText, inputs: tuple[str, ...]) -> Verdict | None:
    # A program that reads back what it made from another file is no edit in place.
    # Under a pattern the two files of a conversion look like one; only for sources is it sure to be an edit.
    both = [p for p in text.paths if {"read", "write"} <= p.uses and _is_file(p)]
    both = [p for p in both if not set(p.value) & set("*?") or is_source(p.value)]
    if both and not inputs:
        name = posixpath.basename(both[0].value)
        return Verdict(State.NOISE, "in_place_edit", f"it reads and writes {name}")
    if inputs and not text.writes and all(is_project_file(i) for i in inputs):
        return Verdict(State.NOISE, "inspection", f"it prints a fact about {_names(inputs)}")
    if inputs and text.writes and all(is_source(i) for i in inputs):
        return Verdict(State.NOISE, "in_place_edit", f"it works on source code: {_names(inputs)}")
    if text.lists_folders and not text.writes and not (text.opens and inputs):
        return Verdict(State.NOISE, "inspection", "it lists a folder")
    made = tuple(p.value for p in text.paths if "write" in p.uses)
    if made and all(is_setting(p) for p in made):
        return Verdict(State.NOISE, "project_work", f"it makes a setting of the project: {_names(made)}")
    return None


def _without_input(execution: Execution, text: ProgramText, inputs: tuple[str, ...]) -> Verdict | None:
    # A helper of the session may open what the program names: the replay sees who reads what.
    if inputs or (text.lists_folders and text.opens) or (execution.modules and text.paths):
        return None
    if not text.writes:
        return Verdict(State.NOISE, "no_external_input", "it names no input file")
    source = fetches(execution)
    if source:
        return Verdict(State.SHELVED, "network", f"what it works on comes from the network: {source}")
    return Verdict(State.REJECTED, "content_in_program", "it writes a file and reads none: the content is typed in")


def _misses_output(execution: Execution, text: ProgramText) -> Verdict | None:
    if execution.outcome is Outcome.FAILED:
        return None
    sign = false_success(execution, text)
    if sign:
        return Verdict(State.REJECTED, "false_success", sign)
    # Whether it gives anything is not asked here: a library may write what the text does not show. The replay sees it.
    return None


def _evidence(execution: Execution, text: ProgramText, inputs: tuple[str, ...]) -> tuple[str, ...]:
    found = [f"takes in {_names(inputs)}"] if inputs else []
    named = [p for p in text.paths if "write" in p.uses]
    written = tuple(p.value for p in named if _is_file(p)) or tuple(p.value for p in named)
    if written:
        found.append(f"writes {_names(written)}")
    elif text.writes:
        found.append("writes a file whose name it works out")
    if execution.stdout_path:
        found.append(f"its output goes to {posixpath.basename(execution.stdout_path)}")
    elif text.prints:
        found.append("prints text")
    if execution.loop:
        found.append(execution.loop)
    if execution.modules:
        found.append(f"with {_names(tuple(m.path for m in execution.modules))} of the same session")
    if execution.outcome is Outcome.FAILED:
        found.append(f"it failed for want of a dependency: {_last_line(execution.error)}")
    if execution.masked:
        found.append("the shell hid how it ended: the replay decides")
    return tuple(found)


def _is_file(path: NamedPath) -> bool:
    return bool(posixpath.splitext(path.value)[1])


def _names(paths: tuple[str, ...]) -> str:
    names = (posixpath.basename(p.replace("\\", "/").rstrip("/"))[:_SHOWN] for p in paths[:_NAMED])
    shown = ", ".join("".join(c if c.isprintable() else "?" for c in name) for name in names)
    return f"{shown}, …" if len(paths) > _NAMED else shown


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
