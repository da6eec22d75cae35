"""Lift the paths of a program to parameters; change only the bytes that must change.

In     Execution (original bytes, argv), Observation (which file was read, which was written), the folded paths of
       the text
Out    Draft: a PEP 723 script whose input and output are arguments, and the words that start it; or the Verdict
       that says why its paths cannot be lifted
Never  runs anything; rewrites code it does not have to; keeps a path of the user's machine
Why    parameters appear as literals in what agents write; an output that the program derives from its input keeps
       deriving
"""

import ast
import posixpath
from dataclasses import dataclass

from skillstrata.distill.constant_paths import FoldedPath, fold_paths
from skillstrata.distill.media import media_type_of
from skillstrata.distill.script_text import Edit, insert_prologue, pep723_header, rewrite, scrub
from skillstrata.records.candidates import State, Verdict
from skillstrata.records.drafts import Draft, InputSpec, Observation, ObservedFile, OutputSpec, Word
from skillstrata.records.executions import Execution

INPUT = "input"
OUTPUT = "output"
_INPUT_NAME = "_strata_input"
_OUTPUT_NAME = "_strata_output"


@dataclass(frozen=True, slots=True)
class _Roles:
    """The one input and the one file output (None for text) of an execution, and where relative names start from."""

    given: ObservedFile
    made: ObservedFile | None
    bases: tuple[str, ...]
    piped: bool


def generalise(
    execution: Execution, observation: Observation, requirements: tuple[str, ...]
) -> tuple[Draft | None, Verdict | None]:
    """Make a draft of an observed execution.

    Shapes:
        Exactly one of the two results is set. The draft's words are: the lifted paths in the order input, output
        (only those that stood in the body), then the program's own arguments.

    Args:
        execution: With its body.
        observation: Of a run that succeeded.
        requirements: Distributions the body imports; they go into the PEP 723 header.
    """
    verdict = _role_verdict(observation)
    if verdict is not None:
        return None, verdict
    roles = _roles(execution, observation)
    body = execution.body or ""
    edits, lifted = _body_edits(fold_paths(body), roles)
    own_words, own_roles = _words(execution.argv, roles)
    if INPUT not in lifted and INPUT not in own_roles and not roles.piped:
        return None, _computed_path(roles.given.path)
    main = _render(body, edits, lifted, roles, requirements)
    if main is None:
        return None, Verdict(State.SHELVED, "unliftable", "the text no longer compiles after its paths were lifted")
    made_here = OUTPUT in lifted or OUTPUT in own_roles
    return (
        Draft(
            candidate_id=execution.id,
            language=execution.language,
            original=body,
            main=main,
            words=(*(Word(param=name) for name in lifted), *own_words),
            inputs=(_input_spec(roles.given),),
            output=_output_spec(execution, observation, roles, passed_in=made_here),
            requirements=requirements,
            stdin_param=INPUT if roles.piped else "",
            lifted=tuple(f"{name}: {role}" for name, role in _lifted_notes(lifted, own_roles)),
        ),
        None,
    )


def _lifted_notes(lifted: tuple[str, ...], own_roles: frozenset[str]) -> tuple[tuple[str, str], ...]:
    in_body = tuple((name, "path literal of the body") for name in lifted)
    in_argv = tuple((name, "argument of the recorded call") for name in sorted(own_roles))
    return in_body + in_argv


def _role_verdict(observation: Observation) -> Verdict | None:
    """Set aside what does not read one file and give one file or text."""
    reads, writes = observation.reads, observation.writes
    verdict = None
    if observation.in_place:
        verdict = Verdict(State.NOISE, "in_place_edit", f"it changes the file it reads: {_names(observation.in_place)}")
    elif not reads:
        why = "the program was started with a file but never opened one: its output is typed in"
        verdict = Verdict(State.REJECTED, "input_ignored", why)
    elif len(reads) > 1 or len(writes) > 1:
        what = tuple(f.path for f in (reads if len(reads) > 1 else writes))
        why = f"it {'reads' if len(reads) > 1 else 'writes'} {len(what)} files ({_names(what)}); one is supported"
        verdict = Verdict(State.SHELVED, "unsupported", why)
    elif writes and not writes[0].data.strip():
        verdict = Verdict(State.REJECTED, "no_output", "the file it wrote is empty")
    elif not writes and not observation.stdout.strip():
        verdict = Verdict(State.NOISE, "no_output", "it wrote no file and printed nothing")
    return verdict


def _names(paths: tuple[str, ...]) -> str:
    return ", ".join(posixpath.basename(p) for p in paths)


def _computed_path(path: str) -> Verdict:
    return Verdict(
        State.SHELVED,
        "unliftable",
        f"the path of its input ({posixpath.basename(path)}) is computed by the program, not written or passed to it",
    )


def _roles(execution: Execution, observation: Observation) -> _Roles:
    bases = tuple(dict.fromkeys(b for b in (execution.cwd, posixpath.dirname(execution.script_path)) if b))
    given = observation.reads[0]
    return _Roles(
        given=given,
        made=observation.writes[0] if observation.writes else None,
        bases=bases,
        piped=given.path == execution.stdin_path,
    )


def _names_file(value: str, path: str, bases: tuple[str, ...]) -> bool:
    """Say whether a literal stands for this file: absolute, relative to a base, or a tail of its path."""
    value = value.replace("\\", "/") if value[1:3] == ":\\" else value
    if value.startswith("/"):
        return posixpath.normpath(value) == path
    tail = posixpath.normpath(value)
    if tail.startswith("~/"):
        return path.endswith(tail[1:])
    return any(posixpath.normpath(posixpath.join(b, tail)) == path for b in bases) or path.endswith("/" + tail)


def _role_of(value: str, roles: _Roles) -> str:
    if _names_file(value, roles.given.path, roles.bases):
        return INPUT
    if roles.made is not None and _names_file(value, roles.made.path, roles.bases):
        return OUTPUT
    return ""


def _is_folder_of(value: str, roles: _Roles) -> bool:
    """Say whether a literal is a folder above the input or output, or the folder the program ran in."""
    folder = posixpath.normpath(value)
    if not folder.startswith("/"):
        folder = posixpath.normpath(posixpath.join(roles.bases[0] if roles.bases else "/", folder))
    paths = (roles.given.path, roles.made.path if roles.made else roles.given.path, *(b + "/." for b in roles.bases))
    return folder != "/" and any(p.startswith(folder + "/") for p in paths)


def _body_edits(folded: tuple[FoldedPath, ...], roles: _Roles) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """Choose the smallest expressions that stand for the files, then the folders left over."""
    edits: list[Edit] = []
    lifted: set[str] = set()
    by_size = sorted(folded, key=lambda f: (f.end - f.start, f.start))
    for fold in by_size:
        role = _role_of(fold.value, roles)
        if role and not fold.is_bytes and not _overlaps(fold, edits):
            edits.append(Edit(fold.start, fold.end, _expression(role, is_path=fold.is_path)))
            lifted.add(role)
    for fold in by_size:
        if not fold.is_path and not fold.is_bytes and _is_folder_of(fold.value, roles) and not _overlaps(fold, edits):
            edits.append(Edit(fold.start, fold.end, '"."'))
    return tuple(edits), tuple(name for name in (INPUT, OUTPUT) if name in lifted)


def _overlaps(fold: FoldedPath, edits: list[Edit]) -> bool:
    return any(fold.start < e.end and e.start < fold.end for e in edits)


def _expression(role: str, *, is_path: bool) -> str:
    name = _INPUT_NAME if role == INPUT else _OUTPUT_NAME
    return f"_strata_path({name})" if is_path else name


def _words(argv: tuple[str, ...], roles: _Roles) -> tuple[tuple[Word, ...], frozenset[str]]:
    words: list[Word] = []
    found: set[str] = set()
    for text in argv:
        flag, equals, value = text.partition("=") if text.startswith("--") else ("", "", text)
        role = _role_of(value, roles) if "/" in value or "." in value else ""
        if role:
            words.append(Word(text=flag + equals, param=role))
            found.add(role)
        elif value.startswith("/") and _is_folder_of(value, roles):
            words.append(Word(text=f"{flag}{equals}."))
        else:
            words.append(Word(text=text))
    return tuple(words), frozenset(found)


def _render(
    body: str, edits: tuple[Edit, ...], lifted: tuple[str, ...], roles: _Roles, requirements: tuple[str, ...]
) -> str | None:
    text = rewrite(body, edits)
    text = scrub(text, _private_paths(roles))
    try:
        text = insert_prologue(text, _prologue(lifted, uses_path="_strata_path(" in text))
        main = pep723_header(text, requirements)
        ast.parse(main)
    except (SyntaxError, ValueError):
        return None
    return main


def _private_paths(roles: _Roles) -> tuple[tuple[str, str], ...]:
    """Give what may still stand in comments and messages, longest first, and what takes its place."""
    files = [f for f in (roles.given, roles.made) if f is not None]
    pairs = [(f.path, posixpath.basename(f.path)) for f in files]
    folders = {posixpath.dirname(f.path) for f in files} | set(roles.bases)
    pairs += [(folder + "/", "") for folder in folders if folder.count("/") > 1]
    pairs += [(folder, ".") for folder in folders if folder.count("/") > 1]
    return tuple(sorted(pairs, key=lambda p: -len(p[0])))


def _prologue(lifted: tuple[str, ...], *, uses_path: bool) -> str:
    """Write the lines that take the lifted paths off the arguments, so that the program sees only its own."""
    if not lifted:
        return ""
    names = [_INPUT_NAME if name == INPUT else _OUTPUT_NAME for name in lifted]
    lines = ["import sys as _strata_sys"]
    if uses_path:
        lines.append("from pathlib import Path as _strata_path")
    targets = ", ".join(names) + ("," if len(names) == 1 else "")
    lines += [f"{targets} = _strata_sys.argv[1:{len(names) + 1}]", f"del _strata_sys.argv[1:{len(names) + 1}]"]
    return "\n".join(lines) + "\n"


def _input_spec(given: ObservedFile) -> InputSpec:
    name = posixpath.basename(given.path)
    # The user's own file name is personal data: the tool keeps its ending alone.
    return InputSpec(INPUT, media_type_of(given.data, name), f"input{posixpath.splitext(name)[1]}")


def _output_spec(execution: Execution, observation: Observation, roles: _Roles, *, passed_in: bool) -> OutputSpec:
    if roles.made is None:
        suffix = posixpath.splitext(execution.stdout_path)[1]
        return OutputSpec(OUTPUT, "text", media_type_of(observation.stdout, f"output{suffix}"), "", suffix)
    name = posixpath.basename(roles.made.path)
    naming = "parameter" if passed_in else "derived"
    return OutputSpec(OUTPUT, "file", media_type_of(roles.made.data, name), naming, posixpath.splitext(name)[1])
