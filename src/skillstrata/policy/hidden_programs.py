"""Commands whose words do not say what they will do: programs fed with text, options that name a program, loaders.

In     the words of one command, what it is fed, the variables it sets
Out    why it cannot be known before it runs, "" where nothing speaks for that
Never  tries to understand the text of another language: an interpreter's program is opaque, whatever it looks like
"""

import re

_NAMED = re.compile(r"[A-Za-z_]\w*(?==)", re.ASCII)
# Variables by which another program or library is run before, in or instead of the one that is named.
_LOADERS = re.compile(
    r"BASH_ENV|BASH_FUNC.*|BASHOPTS|SHELLOPTS|ENV|PS4|PROMPT_COMMAND|LD_.*|DYLD_.*|GCONV_PATH|PATH|IFS|SHELL"
    r"|GIT_(SSH|SSH_COMMAND|EXTERNAL_DIFF|PAGER|EDITOR|SEQUENCE_EDITOR|ASKPASS|PROXY_COMMAND|CONFIG.*|EXEC_PATH"
    r"|TEMPLATE_DIR)|SSH_ASKPASS|PYTHON(STARTUP|PATH|HOME|INSPECT|BREAKPOINT|WARNINGS)|PERL5(OPT|LIB|DB)|RUBY(OPT|LIB)"
    r"|NODE_(OPTIONS|PATH)|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|MAKEFLAGS|MAKEFILES|GNUMAKEFLAGS|TAR_OPTIONS|RSYNC_RSH"
    r"|LESSOPEN|LESSCLOSE|PAGER|MANPAGER|EDITOR|VISUAL|BROWSER|LUA_INIT.*|R_PROFILE.*|TCLLIBPATH|EMACSLOADPATH"
)
_SETTING = frozenset({"env", "sudo", "doas", "export", "declare", "typeset", "readonly", "local"})
# Programs that take commands, or a program, from what they are fed.
_ALWAYS_FED = frozenset("ed ex vi vim nvim gdb lldb dc at batch expect emacs".split())
_CODE = re.compile(
    r"(?:python|pypy|perl|ruby|node|nodejs|lua|luajit|php|tclsh|wish|guile|racket|sbcl|clisp|octave|osascript|pwsh"
    r"|powershell|rscript|r|julia|ghci|groovy|scala|erl|elixir|iex|bun|deno|m4|swift|jshell)[\d.]*",
    re.ASCII | re.IGNORECASE,
)
_ASKS = frozenset({"--version", "-V", "-v", "--help", "-h", "-version"})
_INLINE = re.compile(r"-[A-Za-z0-9]*[ecErRpB].*|--(eval|exec|execute|command|print|run).*|eval|repl", re.DOTALL)
_STDIN = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_CLIENTS = frozenset({"sqlite3", "psql", "mysql"})
_CLIENT_RUNS = re.compile(
    r"(?:^|\n)\s*\.(?!tables|schema|headers?|mode|dump|quit|exit)|\\[!ogw|]|system\s", re.IGNORECASE
)
_AWK_RUNS = re.compile(r"system|\||getline|@load|@include")
_SED_RUNS = re.compile(r"(?:^|[;{}\n\d$/,!\s])e(?:\s|$)|[^\w\s][gpiImM0-9]*e[gpiImM0-9]*(?:$|[;}\s])")
_GIT_SAFE = re.compile(
    r"(user|color|advice|log|status|column|branch|push|fetch|pull|rebase|safe)\.(?!.*(command|exec|tool|program))"
    r"|core\.(autocrlf|quotepath|longpaths|filemode|eol|safecrlf|ignorecase|abbrev)|init\.defaultbranch"
    r"|commit\.gpgsign|tag\.gpgsign|http\.(postbuffer|version)",
    re.IGNORECASE,
)
_SSH_RUNS = re.compile(r"(proxy|local|knownhosts)command|permitlocalcommand|match\s+exec", re.IGNORECASE)
# Options that name a program, by program: long ones, also shortened, and letters.
_LONG = {
    "tar": ("checkpoint-action", "to-command", "use-compress-program", "info-script", "new-volume-script",
            "rsh-command", "rmt-command"),
    "rsync": ("rsh", "rsync-path"),
    "git": ("upload-pack", "receive-pack", "exec", "exec-path", "ext-diff", "open-files-in-pager", "config-env",
            "tree-filter", "index-filter", "msg-filter", "env-filter", "commit-filter", "extcmd", "upload-archive"),
    "sort": ("compress-program",),
    "split": ("filter",),
    "zip": ("unzip-command",),
    "man": ("pager", "html"),
    "rg": ("pre", "hostname-bin"),
    "make": ("eval",),
}  # fmt: skip
_LETTERS = {"tar": "IF", "rsync": "e", "man": "PH", "scp": "SoF", "sftp": "SoF", "ssh": "F"}
_LEAST_SHORTENED = 3
_GIT_RUNS = frozenset({"filter-branch", "difftool", "mergetool", "instaweb", "send-email", "daemon", "foreach"})


def hidden(words: tuple[str | None, ...], program: str, stdin: str | None, sets: tuple[str, ...]) -> str:
    """Say why a command does what its words do not show; "" where they do.

    Args:
        words: The command; None for a word that is not known.
        program: Its program by its plain name.
        stdin: What it is fed, where that is known.
        sets: Variables that are set for it.
    """
    rest = [word for word in words[1:] if word is not None]
    loads = _loads(program, rest, sets)
    if loads:
        return f"{loads} may make it run another program"
    if program in _ALWAYS_FED or (program == "crontab" and "-l" not in rest):
        return f"{program} does what it is fed"
    if _CODE.fullmatch(program):
        return _by_code(program, rest)
    return _by_options(program, rest) or _by_text(program, rest, stdin)


def _loads(program: str, rest: list[str], sets: tuple[str, ...]) -> str:
    told = [*sets]
    if program in _SETTING:
        told += [found[0] for word in rest if (found := _NAMED.match(word)) is not None]
    name = next((name for name in told if _LOADERS.fullmatch(name)), "")
    if name:
        return name
    flags = "".join(word[1:] for word in rest if word.startswith("-") and not word.startswith("--"))
    builtin = {"hash": "p", "enable": "f", "mapfile": "C", "readarray": "C", "complete": "CF", "bind": "x"}
    return program if any(letter in flags for letter in builtin.get(program, "")) else ""


def _by_code(program: str, rest: list[str]) -> str:
    """An interpreter runs a file that is named; all else is a text in its own language."""
    if not _ASKS.isdisjoint(rest[:1]):
        return ""
    operands = [word for word in rest if not word.startswith("-")]
    if not operands or not _STDIN.isdisjoint(rest):
        return f"{program} runs what it is fed"
    before = rest[: rest.index(operands[0])]
    if any(_INLINE.fullmatch(word) for word in (*before, *operands[:1])):
        return f"{program} is given a program as text"
    return ""


def _by_options(program: str, rest: list[str]) -> str:
    letters = _LETTERS.get(program, "")
    for word in rest:
        name = word[2:].partition("=")[0] if word.startswith("--") else ""
        long = any(
            one == name or (len(name) >= _LEAST_SHORTENED and one.startswith(name)) for one in _LONG.get(program, ())
        )
        short = re.fullmatch(rf"-[A-Za-z]*[{letters}].*", word) is not None if letters else False
        if long or short:
            return f"{program} is told by {word.partition('=')[0][:40]} to run another program"
    if program == "tar" and rest and re.fullmatch(r"[A-Za-z]*[IF][A-Za-z]*", rest[0]):
        return f"{program} is told by {rest[0][:40]} to run another program"
    return ""


def _by_text(program: str, rest: list[str], stdin: str | None) -> str:
    text = "\n".join((*rest, stdin or ""))
    match program:
        case "git":
            runs = _git_runs(rest)
        case "ssh" | "scp" | "sftp":
            runs = _SSH_RUNS.search(text) is not None
        case "make" | "gmake":
            runs = any(word in {"-", "-f-"} or word.startswith(("-f/dev/", "/dev/", "SHELL=")) for word in rest)
        case "awk" | "gawk" | "mawk" | "nawk":
            runs = _AWK_RUNS.search(text) is not None
        case "sed" | "gsed":
            runs = any(_SED_RUNS.search(word) for word in rest)
        case "less" | "more":
            runs = any(word.startswith("+") for word in rest)
        case _:
            runs = program in _CLIENTS and _CLIENT_RUNS.search(text) is not None
    return f"{program} may be told to run another program" if runs else ""


def _git_runs(rest: list[str]) -> bool:
    settings = [rest[at + 1] for at, word in enumerate(rest[:-1]) if word == "-c"]
    settings += [word[2:] for word in rest if re.match(r"-c[a-z]+\.", word)]
    if not all(_GIT_SAFE.match(one) for one in settings) or not _GIT_RUNS.isdisjoint(rest):
        return True
    return {"bisect", "run"} <= set(rest) or ("rebase" in rest and "-x" in rest)
