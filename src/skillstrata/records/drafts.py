"""A program with its literals lifted to parameters, and what its original run was seen to read and write."""

from dataclasses import dataclass

from skillstrata.records.sandbox_runs import Lock, Provenance


@dataclass(frozen=True, slots=True)
class ObservedFile:
    """A file the original run read or wrote, at the absolute path it used, with the bytes it had then."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Observation:
    """What one sandboxed run of the original program did: the roles of its files by observation, not by guess.

    `reads` existed before and were opened; `writes` were created or changed; `in_place` were both. `refused` are things
    it left that may not be taken (links, devices, names with line breaks), with the reason. `provenance` is all that
    was seen of the run, with the lines of the program.
    """

    succeeded: bool
    reads: tuple[ObservedFile, ...] = ()
    writes: tuple[ObservedFile, ...] = ()
    in_place: tuple[str, ...] = ()
    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int | None = None
    limit: str = ""
    provenance: Provenance | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command line: `text` as it is, followed by the value of the parameter `param` if there is one."""

    text: str = ""
    param: str = ""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """The file a draft takes: its parameter name, media type, and the file name it had in the demonstration."""

    name: str
    media_type: str
    example_name: str


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """A value a draft takes besides its files. `kind` is string, integer, number or boolean.

    `default` is the value of the demonstration, as it stands on a command line.
    """

    name: str
    kind: str
    default: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class BundledFile:
    """A file that belongs to a body, such as a local module it imports: its path beside the body, and its text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """What a draft gives. `kind` is "file", "dir" (a folder of files) or "text" (standard output).

    `naming` is "parameter" (the path is passed in), "derived" (the program derives it from the input) or "" for text.
    `suffix` is the file ending the demonstration used (".md"), "" for text without a redirect.
    """

    name: str
    kind: str
    media_type: str
    naming: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The candidate's program with paths lifted; the original bytes stay beside it.

    `main` is started with `words`, as its language is. `stdin_param` names the parameter whose file is piped in, if
    any. `bundled` lies beside `main`. `binaries` are the programs of the machine that it starts.
    """

    candidate_id: str
    language: str
    original: str
    main: str
    words: tuple[Word, ...]
    inputs: tuple[InputSpec, ...]
    output: OutputSpec
    requirements: tuple[str, ...] = ()
    lock: Lock | None = None
    stdin_param: str = ""
    lifted: tuple[str, ...] = ()
    options: tuple[OptionSpec, ...] = ()
    bundled: tuple[BundledFile, ...] = ()
    binaries: tuple[str, ...] = ()

    @property
    def input(self) -> InputSpec:
        """Give the first input."""
        return self.inputs[0]
