"""Programs that run what stands in their words, and variables that decide what a program loads.

Never  a list of everything: a program that is not here is held to the general rules for words alone
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Interpreter:
    """How a program is given code.

    `letters` are the short options whose value is code or names it, alone or at the end of others (`-lc`); `options`
    the long ones. `operand` says that without these the first operand is code or a file of code. `values` are short
    options and `plain` long ones whose value is only text. `last` says that after `-c` and its code all words are
    arguments of the code.
    """

    letters: str
    options: frozenset[str] = frozenset()
    operand: bool = True
    values: str = ""
    plain: frozenset[str] = frozenset()
    last: bool = False


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A program that runs another: options with a value of their own, and operands before the other's name."""

    valued: frozenset[str] = frozenset()
    operands: int = 0
    assigns: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHELL = Interpreter("c", _words("--command --init-command --rcfile --init-file"), values="oO", last=True)
_PYTHON = Interpreter("cm", values="WX", plain=_words("--check-hash-based-pycs"), last=True)
_NODE = Interpreter("epr", _words("--eval --print --require --import --loader --experimental-loader"))
_AWK = Interpreter(
    "fei", _words("--file --source --include --load --exec"), values="vF", plain=_words("--assign --field-separator")
)
_ASKED = Interpreter("c", _words("--command --session-command"), operand=False)

INTERPRETERS: Final[Mapping[str, Interpreter]] = {
    **dict.fromkeys("bash sh dash zsh ksh mksh pdksh rbash ash csh tcsh fish yash".split(), _SHELL),
    **dict.fromkeys("python pypy pythonw ipython jython".split(), _PYTHON),
    **dict.fromkeys("node nodejs bun".split(), _NODE),
    **dict.fromkeys("awk gawk mawk nawk original-awk".split(), _AWK),
    **dict.fromkeys("su runuser script flock".split(), _ASKED),
    "perl": Interpreter("eEMmI"),
    "ruby": Interpreter("erI", _words("--require")),
    "php": Interpreter("rBRE", _words("--run --process-code --process-begin --process-end")),
    "lua": Interpreter("el"),
    "Rscript": Interpreter("e"),
    "osascript": Interpreter("e"),
    "sed": Interpreter("ef", _words("--expression --file"), values="l", plain=_words("--line-length")),
    "gsed": Interpreter("ef", _words("--expression --file"), values="l", plain=_words("--line-length")),
}
READS_ALL: Final = _words("ssh watch parallel eval at batch")
WRAPPERS: Final[Mapping[str, Wrapper]] = {
    "env": Wrapper(_words("-u --unset -C --chdir"), assigns=True),
    "sudo": Wrapper(_words("-u -g -h -p -C -r -t -U -D -R -T --user --group --host --prompt --chdir"), assigns=True),
    "doas": Wrapper(_words("-u -C")),
    "xargs": Wrapper(_words("-I -n -P -L -d -a -E -s --replace --max-args --max-procs --max-lines --delimiter")),
    "timeout": Wrapper(_words("-s -k --signal --kill-after"), operands=1),
    "nice": Wrapper(_words("-n --adjustment")),
    "ionice": Wrapper(_words("-c -n --class --classdata")),
    "stdbuf": Wrapper(_words("-i -o -e --input --output --error")),
    "strace": Wrapper(_words("-o -e -p -s -u -E -P")),
    "chroot": Wrapper(operands=1),
    "taskset": Wrapper(operands=1),
    "chrt": Wrapper(operands=1),
    "flock": Wrapper(_words("-w -E --timeout"), operands=1),
    "time": Wrapper(_words("-o -f --output --format")),
    "exec": Wrapper(_words("-a")),
    **dict.fromkeys("nohup setsid busybox toybox command unshare fakeroot builtin".split(), Wrapper()),
}
# Options of other programs whose value is a command, or names one.
RUNNING_OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "git": _words("-c --config-env --exec-path --upload-pack --receive-pack --exec -x"),
    "tar": _words("-I --use-compress-program --to-command --checkpoint-action --rsh-command --info-script -F"),
    "rsync": _words("-e --rsh --rsync-path"),
    "env": _words("-S --split-string"),
    "sort": _words("--compress-program"),
    "rg": _words("--pre"),
    "gdb": _words("-ex -x --eval-command --command"),
    "vim": _words("-c --cmd -S -u"),
    "vi": _words("-c --cmd -S -u"),
    "scp": _words("-o -S"),
    "sftp": _words("-o -S"),
}
FIND_RUNS: Final = _words("-exec -execdir -ok -okdir")
# Each takes the next word, whatever it is.
FIND_VALUED: Final = _words(
    "-name -iname -path -ipath -wholename -iwholename -regex -iregex -lname -ilname -newer -anewer -cnewer -size "
    "-mtime -mmin -atime -amin -ctime -cmin -user -group -uid -gid -type -maxdepth -mindepth -perm -fstype -samefile"
)
_VARIABLES = _words(
    "BASH_ENV ENV PATH IFS PS0 PS1 PS2 PS4 PROMPT_COMMAND SHELL SHELLOPTS BASHOPTS CDPATH ZDOTDIR FPATH NODE_OPTIONS "
    "NODE_PATH PERLLIB RUBYOPT RUBYLIB GEM_PATH GEM_HOME LUA_INIT LUA_PATH LUA_CPATH AWKPATH AWKLIBPATH CLASSPATH "
    "JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS PHPRC PHP_INI_SCAN_DIR R_PROFILE R_PROFILE_USER GCONV_PATH "
    "LESSOPEN LESSCLOSE PAGER MANPAGER EDITOR VISUAL BROWSER MAKEFLAGS MAKEFILES TAR_OPTIONS RSYNC_RSH"
)
_BEGINNINGS = ("LD_", "DYLD_", "PYTHON", "PERL5", "GIT_", "LUA_INIT_", "BASH_FUNC_", "NODE_REPL_")
_HARMLESS = ("GIT_AUTHOR_", "GIT_COMMITTER_", "PYTHONIOENCODING", "PYTHONUNBUFFERED", "PYTHONHASHSEED")


def steers(variable: str) -> bool:
    """Say whether a variable decides what a program loads or runs."""
    if variable.startswith(_HARMLESS):
        return False
    return variable in _VARIABLES or variable.startswith(_BEGINNINGS)
