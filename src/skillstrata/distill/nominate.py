"""Say whether an execution is a transform worth proving, from its text and what was recorded of its run.

In     one Execution
Out    Nomination: nominated with the evidence, or the Verdict that ends it here
Never  runs the program, asks the disk; rejects what only a replay can judge (an ignored input, a constant output)
Why    nine of ten programs that agents run look at a project or patch it; what stays must name its input and give a
       result
"""

import posixpath
import re

from skillstrata.distill.false_success import false_success
from skillstrata.distill.own_work import observer_in
from skillstrata.distill.places import absolute
from skillstrata.distill.program_text import NamedPath, ProgramText, program_text
from skillstrata.distill.python_tree import program_tree
from skillstrata.distill.secret_marks import TAKE_IT_OUT, redaction_in, secret_in, taken_out_in
from skillstrata.records.candidates import Nomination, State, Verdict
from skillstrata.records.events import Outcome
from skillstrata.records.executions import Execution

_SOURCE_ENDS = frozenset(
    """
    .py .pyi .ts .tsx .js .jsx .mjs .cjs .toml .go .rs .java .kt .c .h .cc .cpp .hpp .cs .rb .php .sh .vue .svelte
    .css .scss .lock .cfg .ini .env .swift .sql .gradle .tf .proto .graphql .pyc .map .ipynb .dart .lua .ex
    """.split()
)
_CONFIG_NAME = re.compile(
    r"(?:package(?:-lock)?|[tj]sconfig[\w.]*|composer|settings(?:\.local)?|launch|tasks|turbo|nx|vercel|firebase)\.json$"
    r"|\.(?:eslintrc|prettierrc|babelrc|mcp)[\w.]*$|docker-compose[\w.]*\.ya?ml$|Makefile$|Dockerfile$|\.gitignore$"
)
_PROJECT_FOLDERS = re.compile(r"(?:^|/)(?:\.git|\.github|\.claude|\.vscode|node_modules|site-packages)/")
_TEST_MODULES = {"pytest", "unittest", "doctest", "hypothesis"}
_SERVERS = {"serve_forever", "run_server", "HTTPServer", "ThreadingHTTPServer", "TCPServer", "runserver"}
_SERVER_CALLS = {"uvicorn.run", "app.run", "web.run_app", "server.serve_forever", "asyncio.start_server", "mcp.run"}
_NAMED = 3
_FREE = "skillstrata unshelve {id}"


def nominate(execution: Execution) -> Nomination:
    """Judge one execution. The caller has set failed runs aside that a later variant stands for.

    Args:
        execution: As reconstructed.
    """
    verdict = _not_ours_to_judge(execution)
    if verdict is not None:
        return Nomination(False, verdict)
    if execution.body is None:
        return _ended(
            State.SHELVED, "incomplete_association", execution.gap or "source never seen", _free_gap(execution)
        )
    verdict = _unfit_text(execution.body) or _unfit_run(execution)
    if verdict is not None:
        return Nomination(False, verdict)
    text = program_text(execution.body, execution.argv)
    if text is None:
        return _ended(State.REJECTED, "syntax_error", "the program does not parse as Python 3")
    inputs, unsure = _inputs(execution, text)
    verdict = (
        _other_work(execution.body)
        or _unfit_files(text, inputs)
        or _without_input(text, inputs, unsure)
        or _misses_output(execution, text)
    )
    if verdict is not None:
        return Nomination(False, verdict, _evidence(execution, text, inputs))
    return Nomination(True, None, _evidence(execution, text, inputs or unsure))


def _not_ours_to_judge(execution: Execution) -> Verdict | None:
    observer = observer_in(execution)
    if observer:
        return Verdict(State.NOISE, "own_work", observer)
    if execution.language != "python":
        return Verdict(State.SHELVED, "unsupported", f"programs in {execution.language} are not supported yet")
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


def _unfit_text(body: str) -> Verdict | None:
    mark = redaction_in(body)
    if mark:
        return Verdict(State.REJECTED, "redacted", f"the program is not what ran: {mark}")
    secret = taken_out_in(body) or secret_in(body)
    return Verdict(State.SHELVED, "secret", f"the program holds {secret}", TAKE_IT_OUT) if secret else None


def _unfit_run(execution: Execution) -> Verdict | None:
    if execution.outcome is Outcome.FAILED:
        return Verdict(State.REJECTED, "failed", _last_line(execution.error) or "the run failed")
    if execution.gap:
        return Verdict(State.SHELVED, "incomplete_association", execution.gap, _free_gap(execution))
    if execution.outcome is Outcome.UNKNOWN and not execution.masked:
        detail = "how the run ended is not on record"
        return Verdict(State.SHELVED, "incomplete_association", detail, f"run the program again, then `{_FREE}`")
    return None


def _other_work(body: str) -> Verdict | None:
    tree = program_tree(body)
    if tree is None:
        return None
    modules = {name.split(".")[0] for name in tree.imports.values()}
    if modules & _TEST_MODULES:
        return Verdict(State.NOISE, "tests", f"it imports {', '.join(sorted(modules & _TEST_MODULES))}")
    for call in tree.calls:
        name = tree.dotted(call.func)
        if name in _SERVER_CALLS or name.rsplit(".", 1)[-1] in _SERVERS:
            return Verdict(State.NOISE, "server", f"{name} at line {call.lineno}")
    return None


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
    both = [p for p in both if not set(p.value) & set("*?") or _is_source(p.value)]
    if both and not inputs:
        name = posixpath.basename(both[0].value)
        return Verdict(State.NOISE, "in_place_edit", f"it reads and writes {name}")
    if inputs and not text.writes and all(_is_project_file(i) for i in inputs):
        return Verdict(State.NOISE, "inspection", f"it prints a fact about {_names(inputs)}")
    if inputs and text.writes and all(_is_source(i) for i in inputs):
        return Verdict(State.NOISE, "in_place_edit", f"it works on source code: {_names(inputs)}")
    files = [i for i in inputs if posixpath.splitext(i)[1] and not set(i) & set("*?")]
    if len(files) > 1:
        return Verdict(State.SHELVED, "unsupported", f"several inputs are not supported yet: {_names(inputs)}")
    if text.lists_folders and not files:
        detail = "a folder as input is not supported yet"
        return Verdict(State.SHELVED, "unsupported", detail) if inputs or text.writes else _noise_listing()
    return None


def _noise_listing() -> Verdict:
    return Verdict(State.NOISE, "inspection", "it lists a folder")


def _without_input(text: ProgramText, inputs: tuple[str, ...], unsure: tuple[str, ...]) -> Verdict | None:
    if inputs or unsure:
        return None
    if text.writes:
        return Verdict(State.REJECTED, "content_in_program", "it writes a file and reads none: the content is typed in")
    return Verdict(State.NOISE, "no_external_input", "it names no input file")


def _misses_output(execution: Execution, text: ProgramText) -> Verdict | None:
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
    if execution.masked:
        found.append("the shell hid how it ended: the replay decides")
    return tuple(found)


def _is_file(path: NamedPath) -> bool:
    return bool(posixpath.splitext(path.value)[1])


def _is_source(path: str) -> bool:
    return posixpath.splitext(path.replace("\\", "/"))[1].lower() in _SOURCE_ENDS


def _is_project_file(path: str) -> bool:
    plain = path.replace("\\", "/")
    return _is_source(plain) or bool(_CONFIG_NAME.search(plain) or _PROJECT_FOLDERS.search(plain))


def _names(paths: tuple[str, ...]) -> str:
    shown = ", ".join(posixpath.basename(p.replace("\\", "/").rstrip("/")) for p in paths[:_NAMED])
    return f"{shown}, …" if len(paths) > _NAMED else shown


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
