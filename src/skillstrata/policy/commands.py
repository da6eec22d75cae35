"""Every command that a shell text would run, however it is wrapped: what rules about commands look at.

In     shell text or an argument list, and the grammar
Out    `ShellView`: commands as they stand, those that `sh -c`, `eval`, `sudo`, `xargs`, `find -exec` … would run, and
       whether something is only known when it runs
Never  takes a text that the grammar did not understand for harmless; takes an interpreter for what it is fed
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from skillstrata.policy.hidden_programs import hidden
from skillstrata.ports.command_parser import CommandParser
from skillstrata.records.policies import ShellCommand, ShellText

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "mksh", "rbash", "busybox", "toybox"})
# Programs that run what stands behind them.
WRAPPERS = SHELLS | frozenset(
    (
        "env sudo doas su xargs parallel find fd fdfind command builtin exec nohup nice ionice time timeout gtimeout"
        " stdbuf setsid chroot unshare nsenter strace ltrace watch flock script ssh runuser setpriv chrt taskset"
        " coproc eval trap alias cmd entr unbuffer systemd-run at batch prlimit firejail bwrap proot fakeroot start"
        " if then else elif while until do ! { noglob nocorrect"
    ).split()
)
# Programs that read a program: its text, not its name, is what is done.
INTERPRETERS = WRAPPERS | frozenset(
    (
        "python perl ruby node nodejs deno bun php lua tclsh awk gawk mawk nawk sed ed ex vi vim nvim emacs osascript"
        " pwsh powershell R Rscript julia ghci swift java groovy scala erl elixir iex gdb lldb expect m4 bc dc make"
        " source . wish guile racket sbcl clisp octave sqlite3 psql mysql less more man tmux screen"
    ).split()
)
# Programs whose words are only read or printed.
_READING = frozenset("echo printf cat grep egrep fgrep rg ls test [ head tail wc true false cd pwd : basename".split())
# Builtins that take a word for an expression, with whatever is substituted in it.
_EVALUATING = frozenset("[ test let declare typeset local export readonly unset read printf mapfile wait".split())
_TEXT_AFTER = frozenset({"-c", "-S", "--split-string", "--command", "-lc", "-ic", "-ec", "-xc", "/c", "-ce", "-cx"})
_JOINING = frozenset({"eval", "ssh", "watch", "parallel", "su", "cmd", "trap", "alias", "script", "flock", "runuser"})
# Variables that change what a program is or does.
_TURNING = re.compile(
    r"(?:BASH|LD_|DYLD_|GIT_|SSH_|NODE|npm_|NPM_|PYTHON|PERL|RUBY|JAVA|GCONV|XDG_|LESS|CURL_|SSL_|CARGO|PIP_|DOCKER_).*"
    r"|PATH|ENV|IFS|SHELL|SHELLOPTS|PS4|PROMPT_COMMAND|HOME|EDITOR|VISUAL|PAGER|MANPAGER|BROWSER|CDPATH|GLOBIGNORE"
    r"|https?_proxy|HTTPS?_PROXY|ALL_PROXY|MAKE.*|CC|CXX|\?",
)
_VERSIONED = re.compile(r"(python|perl|ruby|node|lua|php|bash|tclsh|pypy)[\d.]*", re.ASCII)
_GLUED = re.compile(r"(?:-[A-Za-z]*?[cS]|--[a-z-]+=)(.+)", re.DOTALL)
_FINDS = frozenset({"find", "fd", "fdfind", "xargs", "parallel"})
_MOST_DEPTH = 6
_MOST_COMMANDS = 400
_MOST_WORDS = 200


@dataclass(frozen=True, slots=True)
class SeenCommand:
    """One command. `inner` says that another command would run it; its last word is None where more may follow."""

    words: tuple[str | None, ...]
    inner: bool = False
    sets: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    dynamic: bool = False

    @property
    def program(self) -> str | None:
        """Give the program's own name, without folders; "" where it only sets or writes; None for an unknown one."""
        return program_name(self.words[0]) if self.words else ""


@dataclass(frozen=True, slots=True)
class ShellView:
    """All commands of one call. `opaque` says in a sentence what cannot be known before it runs, "" for nothing.

    `words` are all words that are known, in small letters: an operation whose program is not in there is not done.
    """

    commands: tuple[SeenCommand, ...]
    opaque: str = ""
    words: str = ""


@dataclass(slots=True)
class _Search:
    parser: CommandParser
    found: list[SeenCommand] = field(default_factory=list[SeenCommand])
    opaque: str = ""
    reads: int = 0

    def unsure(self, why: str) -> None:
        self.opaque = self.opaque or why


def program_name(word: str | None) -> str | None:
    """Give the name by which rules know a program: no folder, small letters, no `.exe`."""
    if word is None:
        return None
    if word in {".", ".."} or (word.isalpha() and word.islower()):
        return word
    name = PurePosixPath(word.replace("\\", "/")).name.casefold()
    return re.sub(r"\.(exe|com|cmd|bat)$", "", name)


def is_wrapper(program: str | None) -> bool:
    """Say whether a program runs what stands behind it."""
    return program in WRAPPERS


def is_interpreter(program: str | None) -> bool:
    """Say whether a program does what a text tells it to."""
    return program in INTERPRETERS or (program is not None and _VERSIONED.fullmatch(program) is not None)


def turns(names: tuple[str, ...]) -> bool:
    """Say whether variables of these names may make a program another one."""
    return any(_TURNING.fullmatch(name) is not None for name in names)


def only_reads(program: str | None) -> bool:
    """Say whether a program's words are no more than data to it."""
    return program in _READING


def view_of_words(
    words: tuple[str, ...], parser: CommandParser, sets: tuple[str, ...] = (), stdin: str = ""
) -> ShellView:
    """Look at a program and its arguments that are started without a shell; `stdin` is what it is fed."""
    search = _Search(parser)
    _add(ShellCommand(words, assigns=sets, stdin=stdin or None), search, 0, ())
    return _view(search)


def view_of_text(text: str, parser: CommandParser, sets: tuple[str, ...] = (), stdin: str = "") -> ShellView:
    """Look at shell text; `sets` are variables that it is given, `stdin` is what it is fed."""
    search = _Search(parser)
    _read(text, search, 0, (stdin,) if stdin else ())
    search.unsure(hidden((), "", None, sets))
    if sets:
        search.found.append(SeenCommand((), sets=sets))
    return _view(search)


def _view(search: _Search) -> ShellView:
    known = " ".join(word for one in search.found if not one.inner for word in one.words if word is not None)
    inner = " ".join(one.program or "" for one in search.found if one.inner)
    return ShellView(tuple(search.found), search.opaque, f"{known} {inner}".casefold())


def _read(text: str, search: _Search, depth: int, fed: tuple[str, ...] = ()) -> None:
    search.reads += 1
    if depth > _MOST_DEPTH or max(len(search.found), search.reads) > _MOST_COMMANDS:
        search.unsure("commands are nested too deep, or too many")
        return
    told = search.parser.parse(text)
    if not told.parsed:
        search.unsure("the shell's grammar does not understand it")
    fed = (*fed, *_fed(told))
    for command in told.commands:
        _add(command, search, depth, fed)


def _fed(told: ShellText) -> Iterator[str]:
    """Give texts that some command of a pipeline might feed to a shell."""
    for command in told.commands:
        if command.stdin:
            yield command.stdin
        if command.words and program_name(command.words[0]) in {"echo", "printf"}:
            yield " ".join(word for word in command.words[1:] if word is not None)


def _add(command: ShellCommand, search: _Search, depth: int, fed: tuple[str, ...]) -> None:
    if len(search.found) > _MOST_COMMANDS or len(command.words) > _MOST_WORDS:
        search.unsure("there are too many commands, or too many words")
        command = ShellCommand(command.words[:_MOST_WORDS], command.writes, dynamic=True, assigns=command.assigns)
    one = SeenCommand(command.words, False, command.assigns, command.writes, command.dynamic)
    search.found.append(one)
    if one.program is None:
        search.unsure("which program it runs is only known when it runs")
    elif why := hidden(one.words, one.program, command.stdin, one.sets):
        search.unsure(why)
    if is_wrapper(one.program):
        _unwrap(one, command.stdin, search, depth, fed)
    if one.program in _EVALUATING and any("$(" in word or "`" in word for word in one.words if word is not None):
        search.unsure(f"{one.program} evaluates its words")
    if one.program == "!":
        search.unsure("the shell's grammar reads a doubled `!` otherwise than the shell")
    elif one.program in {".", "source"}:
        search.unsure("it runs a file of commands")


def _unwrap(one: SeenCommand, stdin: str | None, search: _Search, depth: int, fed: tuple[str, ...]) -> None:
    """Add what a wrapper may run: everything behind it from any word on, and every text that a shell would read."""
    more = (None,) if one.program in _FINDS else ()
    for at in range(1, len(one.words)):
        rest = one.words[at:]
        search.found.append(SeenCommand((*rest, *more), inner=True, sets=one.sets, writes=one.writes, dynamic=True))
        name = program_name(rest[0])
        if name and one.program != "command" and (why := hidden(rest, name, stdin, ())):
            search.unsure(why)
        if rest[0] is None:
            search.unsure(f"{one.program} is given something that is only known when it runs")
    for at, word in enumerate(one.words):
        name = program_name(word)
        if name in SHELLS or name in _JOINING or name in {"env", "find", "fd"}:
            _texts(name, one.words[at + 1 :], stdin, search, (depth, fed))


def _texts(
    name: str | None,
    rest: tuple[str | None, ...],
    stdin: str | None,
    search: _Search,
    place: tuple[int, tuple[str, ...]],
) -> None:
    depth, fed = place
    literal = [word for word in rest if word is not None]
    if name in _JOINING:
        _read(" ".join(literal).strip(), search, depth + 1)
        literal = [word.partition("=")[2] if name == "alias" else word for word in literal]
    glued = [(at, found) for at, word in enumerate(literal) if (found := _GLUED.fullmatch(word)) is not None]
    for at, found in glued:
        # `-S'rm -rf x'` and `--command=…`: the text begins behind the option; env appends the words behind it.
        _read(" ".join((found[1], *literal[at + 1 :])) if name == "env" else found[1], search, depth + 1)
    texts = [word for word in literal if not word.isalnum() and re.search(r"[\s;&|<>$`'\"]", word)]
    for text in texts[:_MOST_WORDS]:
        _read(text, search, depth + 1)
    if name in SHELLS:
        _fed_shell(rest, stdin, search, depth, fed)


def _fed_shell(
    rest: tuple[str | None, ...], stdin: str | None, search: _Search, depth: int, fed: tuple[str, ...]
) -> None:
    """A shell with `-c` reads that word; with a file, that file; with neither, what it is fed."""
    flags = [word for word in rest if word is not None and word.startswith(("-", "+"))]
    if any(flag in _TEXT_AFTER or re.fullmatch(r"-[a-z]*c[a-z]*", flag) for flag in flags):
        return
    if len(rest) > len(flags):
        search.unsure("it runs a file of commands")
        return
    for text in (stdin,) if stdin is not None else fed:
        _read(text, search, depth + 1)
    if stdin is None:
        search.unsure("a shell reads commands from what it is fed")
