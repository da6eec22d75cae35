import pytest

from skillstrata.policy.commands import view_of_text, view_of_words
from skillstrata.policy.operations import Match, does, operation_named
from tests.policy_calls import GRAMMAR

REMOVES = [
    "rm -rf x", "rm -r -f x", "rm -fr x", "rm -vrf x", "rm -R -f x", "rm x -rf", "rm --recursive --force x",
    "rm --rec --fo x", "/bin/rm -rf x", "../../bin/rm -rf x", "RM -rf x", "\\rm -rf x", "r'm' -\"r\"f x",
    "$'\\x72m' -rf x", "rm \\\n -rf x", "sh -c 'rm -rf x'", "bash -lc 'rm -rf x'", "sh -c \"bash -c 'rm -rf x'\"",
    "sudo rm -rf x", "sudo -u bob rm -rf x", "sudo sh -c 'cd x && rm -rf y'", "env X=1 rm -rf x", "env -S 'rm -rf x'",
    "X=1 rm -rf x", "find . -exec rm -rf {} \\;", "find . -name x -exec rm -rf {} +", "ls | xargs rm -rf",
    "xargs sh -c 'rm -rf x'", "parallel rm -rf ::: a", "eval 'rm -rf x'", "eval rm -rf x", "eval \"rm\" '-rf' x",
    "echo $(rm -rf x)", "echo `rm -rf x`", "cat <(rm -rf x)", "y=$(rm -rf /)", "[[ $(rm -rf x) ]]",
    "echo \"a $(rm -rf y)\"", "bash <<EOF\nrm -rf x\nEOF", "bash <<'EOF'\nrm -rf x\nEOF", "sh <<< 'rm -rf x'",
    "echo 'rm -rf x' | sh", "cat <<EOF | sh\nrm -rf x\nEOF", "cat <<EOF\n$(rm -rf x)\nEOF", "time rm -rf x",
    "command rm -rf x", "nohup sh -c 'rm -rf x' &", "timeout 5 rm -rf x", "flock f -c 'rm -rf x'", "su -c 'rm -rf x'",
    "ssh host rm -rf x", "ssh host 'rm -rf x'", "busybox rm -rf x", "exec rm -rf x", "coproc rm -rf x",
    "trap 'rm -rf x' EXIT", "alias z='rm -rf x'", "f() { rm -rf x; }; f", "if true; then rm -rf x; fi",
    "for i in 1; do rm -rf $i; done", "case a in a) rm -rf x;; esac", "a || rm -rf x", "! rm -rf x", "{ rm -rf x; }",
    "env -S'rm -rf q'", "env -vS'rm -rf q'", "env -Srm -rf q", "env --split-string='rm -rf q'",
    "su --command='rm -rf x'", "(rm -rf x)", "git status\nrm -rf x", "rm -rf x > y", "> y rm -rf x", "rm -rf $X",
    "echo é; rm -rf 日本",
]  # fmt: skip
UNSURE = [
    "$CMD -rf x", "rm $F x", "x=rm; $x -rf y", "sh -c \"$X\"", "curl u | sh", "eval \"$X\"", "npx rm -rf x",
    "git -c alias.x='!rm -rf y' x", "r? -rf x", "docker run a rm -rf /", "bash x.sh", ". ./x.sh", "source x",
    "python3 -c 'import os; os.system(\"rm -rf x\")'", "ls | xargs rm", "{rm,-rf,x}", "rm -{r,f} x", "`echo rm` -rf x",
    "python3 <<< 'x'", "python3 - < f", "echo x | python3", "make -f - <<< 'all:'", "ed <<< '!x'", "tclsh <<< 'x'",
    "at now <<< x", "echo x | crontab -", "hash -p /bin/rm ls; ls -rf q", "builtin hash -p /bin/rm ls",
    "enable -f x.so y", "BASH_ENV=/tmp/x bash -c :", "env BASH_ENV=/tmp/x bash -c :", "export LD_PRELOAD=x; ls",
    "PATH=/tmp ls -rf q",
    "perl -e 'system(\"rm\",\"-rf\",\"x\")'", "python3 -Bc 'x'", "node --eval=x", "sudo perl -we x",
    "tar --checkpoint-action=exec=x -cf a b", "tar --checkpoint=1 --checkpoint-act=exec=x -cf a b",
    "tar -I ./x -cf a b", "tar cIf ./x a b", "git -c core.pager=./x log", "git -c core.sshCommand=./x fetch",
    "git rebase -x ./x HEAD~1",
    "git clone --upload-pack=./x h:y", "git bisect run ./x", "rsync -e ./x a b", "rsync -ae ./x a b",
    "rsync --rsh=./x a b", "ssh -oProxyCommand=./x h", "awk 'BEGIN{system(\"x\")}'", "sed '1e ./x' f",
    "sed 's/a/b/e' f", "sort --compress-prog=./x f", "sqlite3 d <<< '.shell x'", "find . -exec perl -e x {} +",
    "if", "rm -r$X y", "echo \\ #; rm -rf x", "rm\r-rf x", "rm -r *", "echo 'unclosed", "\ud800",
]  # fmt: skip
OTHER = [
    "rm -r x", "rm x", "rm -i x", "ls -rf", "echo rm -rf x", "git rm x", "git status", "grep 'rm -rf' f",
    "python3 --version", "python3 x.py -c y <<< data", "perl x.pl", "command -v python3", "make", "make -j2 test",
    "X=1 make", "tar -czf a.tgz b", "tar xzf a.tgz", "tar --exclude=x -cf a b", "git -c user.name=x commit -m y",
    "git log -p", "git rebase main", "rsync -av a b", "awk '{print $1}' f", "sed 's/a/b/g' f", "sed -n 1p f", "sort f",
    "crontab -l", "sqlite3 d 'select 1'", "sqlite3 d <<< 'select 1;'", "node x.js", "hash -r", "env X=1 ls",
    "LC_ALL=C sort f", "cd sub && npm test", "farm -rf x", "cat rm", "ls rm-rf", "echo é 日本", "",
]  # fmt: skip
RM = operation_named("rm -rf")


def _match(text: str) -> Match:
    assert RM is not None
    return does(RM, view_of_text(text, GRAMMAR))


@pytest.mark.parametrize("text", REMOVES)
def test_an_operation_is_found_however_it_is_written(text: str) -> None:
    """Comparing beginnings of text was got round in every program that tried it: parsed words count."""
    assert _match(text) is Match.YES


@pytest.mark.parametrize("text", UNSURE)
def test_what_only_running_would_tell_is_neither_yes_nor_no(text: str) -> None:
    """Unparsable or dynamic text is asked about; to call it harmless would be a guess."""
    assert _match(text) is Match.MAYBE


@pytest.mark.parametrize("text", OTHER)
def test_another_command_is_not_taken_for_it(text: str) -> None:
    """The twin: a rule that hits everything would be switched off."""
    assert _match(text) is Match.NO


@pytest.mark.parametrize(
    ("operation", "text", "expected"),
    [
        ("format C:", "format c: /q", Match.YES),
        ("format C:", "cmd /c FORMAT.COM C:", Match.YES),
        ("format C:", "format D:", Match.NO),
        ("git push --force", "git -C x push origin -f", Match.YES),
        ("git push --force", "git push origin main", Match.NO),
        ("find -delete", "find . -name x -delete", Match.YES),
        ("find -delete", "find . -name x", Match.NO),
    ],
)
def test_operations_of_other_programs(operation: str, text: str, expected: Match) -> None:
    """The seed's second operation, words in their order, and flags by their long and short names."""
    wanted = operation_named(operation)

    assert wanted is not None
    assert does(wanted, view_of_text(text, GRAMMAR)) is expected


@pytest.mark.parametrize("text", ["", "curl x | sh", "a; b", "'unclosed", "a > b"])
def test_an_operation_that_is_no_single_command_is_none(text: str) -> None:
    """A forbidden operation that could never be found is an error of the file, not a rule."""
    assert operation_named(text) is None


def test_arguments_without_a_shell_are_taken_as_they_are() -> None:
    """`argv` is not expanded: a dollar sign is a dollar sign."""
    assert RM is not None
    assert does(RM, view_of_words(("rm", "-r", "-f", "$HOME"), GRAMMAR)) is Match.YES
    assert does(RM, view_of_words(("echo", "$(rm -rf x)"), GRAMMAR)) is Match.NO
    assert does(RM, view_of_words(("sh", "-c", "rm -rf x"), GRAMMAR)) is Match.YES


@pytest.mark.parametrize(
    "text",
    [
        "sh " * 5_000 + "'#'",
        "sudo " * 200 + "'a b' " * 200,
        "$(" * 20_000,
        "eval " + "'\"" * 5_000,
        "(" * 60_000,
        "{ " * 30_000,
        "a|" * 30_000,
        "sh -c " + "\"sh -c '# x' \"" * 300,
        "x" * 70_000,
    ],
)
def test_a_bomb_of_a_text_is_unsure_and_ends(text: str) -> None:
    """A text that takes for ever to read would stop every call behind it: this test would not end."""
    assert _match(text) is Match.MAYBE
