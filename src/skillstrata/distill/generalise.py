"""Lift the paths and options of a program to parameters; change only the bytes that must change.

In     Execution (original bytes, argv), Observation (which files were read, which were written)
Out    Draft: a program whose files and options are arguments, and the words that start it; or the Verdict that says
       why its paths cannot be lifted
Never  runs anything; rewrites code it does not have to; keeps a path of the user's machine
Why    parameters appear as literals in what agents write; an output that the program derives from its input keeps
       deriving
"""

import posixpath
from dataclasses import dataclass

from skillstrata.distill.constant_paths import FoldedPath
from skillstrata.distill.differing import differing
from skillstrata.distill.knobs import Knob, knobs
from skillstrata.distill.lifted_text import LIFTINGS, Lifting
from skillstrata.distill.lifting_parts import LISTED, Prologue, Taken, variable
from skillstrata.distill.media import media_type_of
from skillstrata.distill.node_lifting import is_module
from skillstrata.distill.roles import (
    OUTPUT,
    Roles,
    Standing,
    beginning_of,
    is_folder_of,
    private_paths,
    role_of,
    role_verdict,
    roles_of,
)
from skillstrata.distill.script_text import Edit, rewrite
from skillstrata.records.candidates import State, Verdict
from skillstrata.records.drafts import (
    BundledFile,
    Draft,
    InputSpec,
    Observation,
    ObservedFile,
    OptionSpec,
    OutputSpec,
    Word,
)
from skillstrata.records.executions import BodyKind, Execution

_FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class _Lifted:
    """What was found to lift: edits of the body, words of the call, and the parameters that each of them carries.

    `listed` says that a folder of the files was lifted: an only input may be found in it by listing.
    """

    edits: tuple[Edit, ...]
    in_body: tuple[str, ...]
    words: tuple[Word, ...]
    in_words: frozenset[str]
    listed: bool = False


def generalise(
    execution: Execution,
    observation: Observation,
    requirements: tuple[str, ...],
    *,
    without: frozenset[str] = frozenset(),
    siblings: tuple[Execution, ...] = (),
) -> tuple[Draft | None, Verdict | None]:
    """Make a draft of an observed execution.

    Shapes:
        Exactly one of the two results is set. The draft's words are: the values that stood in the body (inputs, output,
        options), then the program's own arguments.

    Args:
        execution: With its body.
        observation: Of a run that succeeded.
        requirements: Distributions the body imports; they go into the PEP 723 header of a Python script.
        without: Options that must stay as they are, since turning them showed nothing.
        siblings: Other executions; where one is the same program but for its values, these are options.
    """
    verdict = role_verdict(observation)
    if verdict is not None:
        return None, verdict
    lifting = LIFTINGS[execution.language]
    roles = roles_of(execution, observation)
    body = execution.body or ""
    folded = lifting.folds(body)
    turned = tuple(k for k in options_of(execution, siblings) if k.name not in without)
    lifted = _lift(lifting, execution, roles, folded, turned)
    lost = "" if lifted.listed and len(roles.inputs) == 1 else _not_lifted(roles, lifted)
    if lost:
        return None, _computed_path(lost)
    bundled = _bundled(execution, roles)
    if bundled is None:
        return None, Verdict(State.SHELVED, "unliftable", "it imports a module from outside of its own folder")
    options = _options(turned, lifted)
    kinds = {option.name: option.kind for option in options}
    prologue = Prologue(
        taken=tuple(Taken(name, kinds.get(name, "path")) for name in lifted.in_body),
        private=private_paths(roles),
        requirements=requirements,
        bundled=bool(bundled),
        inline=execution.body_kind is BodyKind.INLINE,
    )
    main = lifting.render(rewrite(body, lifted.edits), prologue)
    if main is None:
        return None, Verdict(State.SHELVED, "unliftable", "the text no longer compiles after its paths were lifted")
    return (
        Draft(
            candidate_id=execution.id,
            language=execution.language,
            original=body,
            main=main,
            words=(*(Word(param=name) for name in lifted.in_body), *lifted.words),
            inputs=tuple(_input_spec(name, file) for name, file in roles.inputs),
            output=_output_spec(execution, observation, roles, passed_in=_carries(OUTPUT, lifted)),
            requirements=requirements,
            stdin_param=roles.piped,
            lifted=tuple(_lifted_notes(lifted, options)),
            options=options,
            bundled=bundled,
            binaries=execution.binaries,
        ),
        None,
    )


def options_of(execution: Execution, siblings: tuple[Execution, ...] = ()) -> tuple[Knob, ...]:
    """Give the values of a program that may be options: by their names, or since other runs had others."""
    body = execution.body or ""
    folded = LIFTINGS[execution.language].folds(body)
    return differing(execution, siblings, knobs(execution.language, body, execution.argv, folded))


def _lift(
    lifting: Lifting, execution: Execution, roles: Roles, folded: tuple[FoldedPath, ...], turned: tuple[Knob, ...]
) -> _Lifted:
    edits, files = _body_edits(lifting, folded, roles)
    edits += _beginnings(lifting, execution.body or "", roles, (edits, files))
    values = [k for k in turned if k.start >= 0 and not any(k.start < e.end and e.start < k.end for e in edits)]
    taken = dict.fromkeys(k.name for k in values)
    edits += [Edit(k.start, k.end, _value(execution.language, k.name)) for k in values]
    names = [*(name for name, _ in roles.inputs), OUTPUT]
    words, carried = _words(execution.argv, roles, {k.word: k for k in turned if k.word >= 0})
    return _Lifted(tuple(edits), (*(n for n in names if n in files), *taken), words, carried, _FOLDER in files)


def _value(language: str, name: str) -> str:
    return f'"${variable(name)}"' if language == "shell" else variable(name)


def _carries(name: str, lifted: _Lifted) -> bool:
    return name in lifted.in_body or name in lifted.in_words


def _not_lifted(roles: Roles, lifted: _Lifted) -> str:
    """Give the path of an input that no literal, no argument and no pipe stands for; "" where there is none."""
    for name, file in roles.inputs:
        if not _carries(name, lifted) and name != roles.piped:
            return file.path
    return ""


def _options(turned: tuple[Knob, ...], lifted: _Lifted) -> tuple[OptionSpec, ...]:
    found = {k.name: OptionSpec(k.name, k.kind, k.value) for k in turned if _carries(k.name, lifted)}
    return tuple(found.values())


def _lifted_notes(lifted: _Lifted, options: tuple[OptionSpec, ...]) -> list[str]:
    names = {option.name for option in options}
    if lifted.listed and not lifted.in_body and not lifted.in_words:
        return ["the folder that it lists", *(f"{one.name}: {one.kind} option" for one in options)]
    files = [f"{name}: path literal of the body" for name in lifted.in_body if name not in names]
    words = [f"{name}: argument of the recorded call" for name in sorted(lifted.in_words - names)]
    return [*files, *words, *(f"{option.name}: {option.kind} option, {option.default!r} in it" for option in options)]


def _computed_path(path: str) -> Verdict:
    return Verdict(
        State.SHELVED,
        "unliftable",
        f"the path of its input ({posixpath.basename(path)}) is computed by the program, not written or passed to it",
    )


def _body_edits(lifting: Lifting, folded: tuple[FoldedPath, ...], roles: Roles) -> tuple[list[Edit], set[str]]:
    """Choose the smallest expressions that stand for the files, then the folders left over.

    A part of a longer path stands for nothing by itself: `DIR + "/a.csv"` is lifted as a whole.
    """
    edits: list[Edit] = []
    lifted: set[str] = set()
    by_size = sorted(folded, key=lambda f: (f.end - f.start, f.start))
    for fold in by_size:
        standing = role_of(fold.value, roles)
        if not standing or fold.is_bytes or _overlaps(fold, edits) or (standing.pattern and not lifting.patterns):
            continue
        if not _is_part(fold, standing, folded, roles):
            edits.append(Edit(fold.start, fold.end, lifting.expression(standing, fold)))
            lifted.add(standing.name)
    for fold in reversed(by_size):
        here = lifting.here_as_path if fold.is_path else lifting.here
        if fold.value.endswith("/"):
            # A name is put right behind it.
            here = here.replace(".", "./", 1)
        # The text inside of a path is enough, where the whole is no more than that.
        spelled = fold.is_path and any(_is_inside(one, fold) and one.value == fold.value for one in folded)
        if here and not spelled and _is_folder(fold, roles) and not _overlaps(fold, edits):
            edits.append(Edit(fold.start, fold.end, here))
            lifted.add(_FOLDER)
    return edits, lifted


def _beginnings(lifting: Lifting, body: str, roles: Roles, found: tuple[list[Edit], set[str]]) -> list[Edit]:
    """Lift the folders that computed names begin with; what stands for a file in `found` is settled."""
    edits, lifted = found
    more: list[Edit] = []
    for fold in lifting.prefixes(body):
        begins = None if _overlaps(fold, edits) else beginning_of(fold.value, roles)
        if begins is None:
            continue
        spelled, name = begins
        text = lifting.placed.format(variable(name)) if name else "."
        more.append(Edit(fold.start, fold.start + len(spelled.encode()), text))
        lifted.add(name or _FOLDER)
    return more


def _is_folder(fold: FoldedPath, roles: Roles) -> bool:
    says_so = "/" in fold.value or fold.value == "." or fold.use == LISTED
    return says_so and not fold.is_bytes and is_folder_of(fold.value, roles)


def _is_part(fold: FoldedPath, standing: Standing, folded: tuple[FoldedPath, ...], roles: Roles) -> bool:
    """Say whether an expression around this one stands for the same file and says more of where it lies."""
    return any(
        _is_inside(fold, one) and one.value != fold.value and role_of(one.value, roles) == standing for one in folded
    )


def _is_inside(fold: FoldedPath, other: FoldedPath) -> bool:
    return other.start <= fold.start and fold.end <= other.end and fold is not other


def _overlaps(fold: FoldedPath, edits: list[Edit]) -> bool:
    return any(fold.start < e.end and e.start < fold.end for e in edits)


def _words(argv: tuple[str, ...], roles: Roles, turned: dict[int, Knob]) -> tuple[tuple[Word, ...], frozenset[str]]:
    words: list[Word] = []
    found: set[str] = set()
    for at, text in enumerate(argv):
        if at in turned:
            words.append(Word(text=turned[at].prefix, param=turned[at].name))
            found.add(turned[at].name)
            continue
        flag, equals, value = text.partition("=") if text.startswith("--") else ("", "", text)
        standing = role_of(value, roles) if "/" in value or "." in value else None
        if standing and not standing.tail:
            words.append(Word(text=flag + equals, param=standing.name))
            found.add(standing.name)
        elif value.startswith("/") and is_folder_of(value, roles):
            words.append(Word(text=f"{flag}{equals}."))
        else:
            words.append(Word(text=text))
    return tuple(words), frozenset(found)


def _bundled(execution: Execution, roles: Roles) -> tuple[BundledFile, ...] | None:
    """Give the modules beside the body, without the user's paths; None where one lies outside of its folder."""
    folder = posixpath.dirname(execution.script_path) or execution.cwd
    found: list[BundledFile] = []
    for module in execution.modules:
        path = posixpath.relpath(module.path, folder)
        if path.startswith(".."):
            return None
        text = module.text
        for private, instead in private_paths(roles):
            text = text.replace(private, instead)
        found.append(BundledFile(path, text))
    if execution.language == "node" and is_module(execution.body or "") and found == []:
        # The body keeps one file name whatever its kind; this line says that it is a module.
        found.append(BundledFile("package.json", '{"type": "module"}\n'))
    return tuple(found)


def _input_spec(name: str, given: ObservedFile) -> InputSpec:
    file_name = posixpath.basename(given.path)
    # The user's own file name is personal data: the tool keeps its ending alone.
    return InputSpec(name, media_type_of(given.data, file_name), f"{name}{posixpath.splitext(file_name)[1]}")


def _output_spec(execution: Execution, observation: Observation, roles: Roles, *, passed_in: bool) -> OutputSpec:
    naming = "parameter" if passed_in else "derived"
    if roles.folder:
        types = {media_type_of(f.data, posixpath.basename(f.path)) for f in observation.writes}
        endings = {posixpath.splitext(f.path)[1] for f in observation.writes}
        one = len(types) == 1
        return OutputSpec(
            OUTPUT,
            "dir",
            types.pop() if one else "application/octet-stream",
            naming,
            endings.pop() if one and len(endings) == 1 else "",
        )
    if not roles.made:
        suffix = posixpath.splitext(execution.stdout_path)[1]
        return OutputSpec(OUTPUT, "text", media_type_of(observation.stdout, f"output{suffix}"), "", suffix)
    made = roles.made[0]
    name = posixpath.basename(made.path)
    return OutputSpec(OUTPUT, "file", media_type_of(made.data, name), naming, posixpath.splitext(name)[1])
