"""The parts that files play in a run: its inputs by name, its output, and which words of a text stand for them.

In     Execution, Observation (what was opened, what was written)
Out    Roles; the role of a literal; the Verdict for a run whose files play no part we can serve
Never  guesses a part from a name: what was read is an input, what was written is the output
"""

import fnmatch
import posixpath
from dataclasses import dataclass

from skillstrata.records.candidates import State, Verdict
from skillstrata.records.drafts import Observation, ObservedFile
from skillstrata.records.executions import Execution

INPUT = "input"
OUTPUT = "output"
MOST_INPUTS = 4
_PATTERN = set("*?[")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a literal stands for: the parameter `name`, followed by `tail` for a file inside of an output folder.

    `pattern` says that it is a file pattern of which the parameter is the only match.
    """

    name: str
    tail: str = ""
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Roles:
    """The inputs by parameter name, the output files (none for text), and the folder of several outputs ("" else).

    `bases` are the folders that relative names start from; `piped` is the parameter of standard input, "" for none.
    """

    inputs: tuple[tuple[str, ObservedFile], ...]
    made: tuple[ObservedFile, ...]
    folder: str
    bases: tuple[str, ...]
    piped: str

    @property
    def paths(self) -> tuple[str, ...]:
        """Give the paths of all files and of the output folder."""
        files = (*(file for _, file in self.inputs), *self.made)
        return (*(file.path for file in files), *((self.folder,) if self.folder else ()))


def roles_of(execution: Execution, observation: Observation) -> Roles:
    """Give the parts of the files of an observed run that `role_verdict` lets pass."""
    reads = _in_order(observation)
    names = (INPUT,) if len(reads) == 1 else tuple(f"{INPUT}_{number}" for number in range(1, len(reads) + 1))
    inputs = tuple(zip(names, reads, strict=True))
    writes = observation.writes
    return Roles(
        inputs=inputs,
        made=writes,
        folder=posixpath.commonpath([posixpath.dirname(f.path) for f in writes]) if len(writes) > 1 else "",
        bases=tuple(dict.fromkeys(b for b in (execution.cwd, posixpath.dirname(execution.script_path)) if b)),
        piped=next((name for name, file in inputs if file.path == execution.stdin_path), ""),
    )


def _in_order(observation: Observation) -> tuple[ObservedFile, ...]:
    """Order the inputs as the run opened them: names change from user to user, the order of a program does not."""
    opened = observation.provenance.of("read") if observation.provenance else ()
    place = {path: at for at, path in reversed(list(enumerate(opened)))}
    return tuple(sorted(observation.reads, key=lambda file: (place.get(file.path, len(place)), file.path)))


def role_verdict(observation: Observation) -> Verdict | None:
    """Set aside a run without an input or an output, or with more than a call can name."""
    reads = observation.reads
    if observation.in_place:
        return Verdict(State.NOISE, "in_place_edit", f"it changes the file it reads: {_names(observation.in_place)}")
    if observation.refused:
        # A tool that follows a link or a name out of its folder is none, however harmless this one is.
        why = f"what it leaves cannot be taken: {why_refused(observation.refused)}"
        return Verdict(State.REJECTED, "unsafe_output", why)
    if not reads:
        why = "the program was started with a file but never opened one: its output is typed in"
        return Verdict(State.REJECTED, "input_ignored", why)
    if len(reads) > MOST_INPUTS:
        why = f"it reads {len(reads)} files ({_names(tuple(f.path for f in reads))}); {MOST_INPUTS} are supported"
        return Verdict(State.SHELVED, "unsupported", why)
    return _no_output(observation)


def _no_output(observation: Observation) -> Verdict | None:
    if observation.writes and not any(f.data.strip() for f in observation.writes):
        return Verdict(State.REJECTED, "no_output", "the file it wrote is empty")
    if not observation.writes and not observation.stdout.strip():
        return Verdict(State.NOISE, "no_output", "it wrote no file and printed nothing")
    return None


def why_refused(refused: tuple[str, ...]) -> str:
    """Give why a file was not taken; its name may be anybody's words and stays out."""
    return refused[0].rpartition(": ")[2][:200]


def role_of(value: str, roles: Roles) -> Standing | None:
    """Say which parameter a literal stands for."""
    for name, file in roles.inputs:
        if _names_file(value, file.path, roles.bases):
            return Standing(name)
    if _PATTERN & set(value):
        return _sole_match(value, roles)
    if roles.folder:
        return _in_output_folder(value, roles)
    return Standing(OUTPUT) if roles.made and _names_file(value, roles.made[0].path, roles.bases) else None


def is_folder_of(value: str, roles: Roles) -> bool:
    """Say whether a literal is a folder above a file of the run, or the folder the program ran in."""
    folder = posixpath.normpath(value)
    if not folder.startswith("/"):
        folder = posixpath.normpath(posixpath.join(roles.bases[0] if roles.bases else "/", folder))
    paths = (*roles.paths, *(b + "/." for b in roles.bases))
    return folder != "/" and any(p.startswith(folder + "/") for p in paths)


def beginning_of(value: str, roles: Roles) -> tuple[str, str] | None:
    """Say which folder a text begins with whose rest is computed: how it is spelled, and OUTPUT or "" for the others.

    A text that ends inside of a name below the folder begins with it all the same.
    """
    folders = dict.fromkeys(posixpath.dirname(path) for path in roles.paths if path != roles.folder)
    own = [] if not roles.folder or roles.folder in roles.bases else [roles.folder]
    for folder in sorted({*own, *folders}, key=lambda f: (f not in own, -len(f), f)):
        for spelled in (folder, *(posixpath.relpath(folder, base) for base in roles.bases)):
            if spelled != "." and not spelled.startswith("..") and f"{value}/".startswith(f"{spelled}/"):
                return spelled, OUTPUT if folder in own else ""
    return None


def private_paths(roles: Roles) -> tuple[tuple[str, str], ...]:
    """Give what may still stand in comments and messages, longest first, and what takes its place."""
    files = [path for path in roles.paths if path != roles.folder]
    folders = {posixpath.dirname(path) for path in roles.paths} | set(roles.bases) | ({roles.folder} - {""})
    pairs = [(path, posixpath.basename(path)) for path in files]
    pairs += [(folder + "/", "") for folder in folders if folder.count("/") > 1]
    pairs += [(folder, ".") for folder in folders if folder.count("/") > 1]
    return tuple(sorted(pairs, key=lambda p: (-len(p[0]), p)))


def _sole_match(pattern: str, roles: Roles) -> Standing | None:
    """Say which input a pattern stands for, where it stands for one alone; a bare one may be of any folder."""
    paths = [(name, file.path) for name, file in roles.inputs]
    bare = "/" not in pattern
    bases = () if bare or pattern.startswith("/") else roles.bases
    wholes = [posixpath.normpath(posixpath.join(base, pattern)) for base in bases] or [pattern]
    found = {
        name for name, path in paths for whole in wholes if _fits(posixpath.basename(path) if bare else path, whole)
    }
    return Standing(found.pop(), pattern=True) if len(found) == 1 else None


def _fits(path: str, pattern: str) -> bool:
    # A pattern's `*` does not cross folders.
    if "**" in pattern:
        return fnmatch.fnmatchcase(path, pattern.replace("**/", "*"))
    return path.count("/") == pattern.count("/") and fnmatch.fnmatchcase(path, pattern)


def _in_output_folder(value: str, roles: Roles) -> Standing | None:
    plain = posixpath.normpath(_slashed(value))
    spelled = [plain] if plain.startswith("/") else [posixpath.normpath(posixpath.join(b, plain)) for b in roles.bases]
    # The folder a program runs in holds its inputs too: it is no output of its own.
    if roles.folder in roles.bases:
        return None
    if roles.folder in spelled:
        return Standing(OUTPUT)
    tail = next((p.removeprefix(roles.folder) for p in spelled if p.startswith(roles.folder + "/")), "")
    return Standing(OUTPUT, tail) if tail else None


def _slashed(value: str) -> str:
    return value.replace("\\", "/") if value[1:3] == ":\\" else value


def _names_file(value: str, path: str, bases: tuple[str, ...]) -> bool:
    """Say whether a literal stands for this file: absolute, relative to a base, or a tail of its path."""
    value = _slashed(value)
    if value.startswith("/"):
        return posixpath.normpath(value) == path
    tail = posixpath.normpath(value)
    if tail.startswith("~/"):
        return path.endswith(tail[1:])
    return any(posixpath.normpath(posixpath.join(b, tail)) == path for b in bases) or path.endswith("/" + tail)


def _names(paths: tuple[str, ...]) -> str:
    return ", ".join(posixpath.basename(p) for p in paths)
