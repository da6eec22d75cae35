"""The kinds of program that agents write, how each is started, and what it needs of a sandbox.

In     a runtime and where its interpreter is on this machine
Out    the first words of a command line; the limits a run of it gets
Why    one table: a shell pipeline, a Python and a node program differ in nothing else for the parts that run them
"""

from dataclasses import dataclass
from enum import Enum

from skillstrata.records.sandbox_runs import MIB, Limits

_GIB = 1024 * MIB


class Runtime(Enum):
    """What a body is written for."""

    PYTHON = "python"
    SHELL = "shell"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A program of this machine that runs bodies: its absolute path, the same inside the sandbox.

    `folders` are what it needs besides the system's own programs, to be seen read-only at the same path.
    """

    program: str
    folders: tuple[str, ...] = ()


# A body's file name inside the sandbox: interpreters go by the ending.
MAIN_NAMES = {Runtime.PYTHON: "main.py", Runtime.SHELL: "main.sh", Runtime.NODE: "main.js"}

# The words between the interpreter and the body: nothing of the user's own settings is read.
_WORDS: dict[Runtime, tuple[str, ...]] = {
    Runtime.PYTHON: ("-I",),
    Runtime.SHELL: ("--noprofile", "--norc"),
    Runtime.NODE: (),
}

# Node reserves address space for each WebAssembly memory, 10 GB and more, and uses next to nothing of it.
_LIMITS = {
    Runtime.PYTHON: Limits(),
    Runtime.SHELL: Limits(),
    Runtime.NODE: Limits(address_bytes=64 * _GIB),
}


def command_words(runtime: Runtime, program: str) -> tuple[str, ...]:
    """Give the words before the body's path."""
    return (program, *_WORDS[runtime])


def default_limits(runtime: Runtime) -> Limits:
    """Give the limits of a run where nothing else is said."""
    return _LIMITS[runtime]
