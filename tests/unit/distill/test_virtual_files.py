"""What each file of a session held at each moment."""

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.distill.places import absolute, follow
from skillstrata.distill.shell import commands
from skillstrata.distill.virtual_files import FileText, VirtualFiles, is_bare
from skillstrata.records.events import FileChange, TextEdit


def files(*steps: FileChange | str, folder: str = "/w") -> VirtualFiles:
    """Follow changes and command lines; step n is event "en"."""
    found = VirtualFiles()
    for number, step in enumerate(steps, start=1):
        event_id = f"e{number}"
        found.begin(event_id)
        if isinstance(step, FileChange):
            moved = absolute(step.moved_to, folder) if step.moved_to else ""
            found.change(absolute(step.path, folder), step, event_id, moved_to=moved)
            continue
        parsed = commands(step, folder=folder)
        for command in parsed.commands:
            found.shell(command, parsed, lambda c, p: absolute(p, follow(c.folders, folder) or folder), event_id)
    return found


def held(found: VirtualFiles, path: str) -> str | None:
    """Give a file's text now."""
    return found.content(path).text


def test_a_file_is_known_at_every_moment() -> None:
    """A program's text is what ran, not what the file holds later."""
    found = files(
        FileChange("x.py", "a = 1\n"),
        FileChange("x.py", edits=(TextEdit("1", "2"),)),
        "python3 x.py",
        FileChange("x.py", "b\n"),
    )

    moments = [found.content("/w/x.py", f"e{n}").text for n in (1, 2, 3, 4)]
    assert moments == [None, "a = 1\n", "a = 2\n", "a = 2\n"]
    assert held(found, "/w/x.py") == "b\n"
    assert found.content("/w/x.py", "e3").event_ids == ("e1", "e2")


def test_what_is_not_known_says_why() -> None:
    """The reason is what a user is told when a program cannot be judged."""
    found = files("sed -i s/a/b/ x.py", FileChange("y.py", edits=(TextEdit("a", "b"),)), "date > z.txt", "rm z.txt")

    gaps = {path: found.content(path).gap for path in ("/w/x.py", "/w/y.py", "/w/z.txt", "/w/other")}
    assert gaps == {
        "/w/x.py": "source never seen: changed in place by sed",
        "/w/y.py": "source never seen: only its edits are on record",
        "/w/z.txt": "source never seen: removed",
        "/w/other": "source never seen",
    }
    assert found.content("/w/z.txt", "e3").gap == "source never seen: the session touched it later"
    assert "not of this session" in found.content("/w/x.py", "e99").gap


def test_a_patch_changes_moves_and_removes_several_files() -> None:
    """One call of a patch tool states all of it."""
    found = files(
        FileChange("a.py", "a\n"),
        FileChange("b.py", "b\n"),
        FileChange("a.py", edits=(TextEdit("a\n", "aa\n"),), moved_to="c.py"),
        FileChange("b.py", removed=True),
    )

    assert held(found, "/w/c.py") == "aa\n"
    assert found.content("/w/a.py").gone
    assert found.content("/w/b.py").gone
    assert found.content("/w/b.py", "e4").text == "b\n"


def test_the_recorded_original_wins_over_what_was_followed() -> None:
    """A formatter may have been at the file meanwhile; the edit tool records the text it found."""
    found = files(FileChange("a.py", "a=1\n"), FileChange("a.py", edits=(TextEdit("1", "2"),), original="a = 1\n"))

    assert held(found, "/w/a.py") == "a = 2\n"


def test_a_change_that_is_only_seen_makes_a_text_unknown() -> None:
    """Some clients list the files a command changed, without their text."""
    bare = FileChange("a.py")
    found = files(FileChange("a.py", "a\n"), bare)

    assert is_bare(bare)
    assert not is_bare(FileChange("a.py", removed=True))
    assert held(found, "/w/a.py") is None


def test_what_an_event_is_known_to_write_stays_known() -> None:
    """A heredoc's text is on record although the client lists its file as changed, too."""
    found = files("cat > a.py <<'E'\na\nE")
    found.seen_changed("/w/a.py", "e1")
    assert held(found, "/w/a.py") == "a\n"

    found.begin("e2")
    found.seen_changed("/w/a.py", "e2")
    assert held(found, "/w/a.py") is None


@pytest.mark.parametrize(
    ("line", "path", "text"),
    [
        ("cat > a.txt <<'E'\none\nE", "a.txt", "one\n"),
        ("cat <<'E' | tee a.txt b.txt > /dev/null\none\nE", "b.txt", "one\n"),
        ("printf 'a,b\\n1,2\\n' > a.csv", "a.csv", "a,b\n1,2\n"),
        ("printf '%s\\n' a b > a.txt; echo c >> a.txt", "a.txt", "a\nb\nc\n"),
        ("mkdir d && cd d && echo x > a.txt", "d/a.txt", "x\n"),
        ("echo x > a.txt && cp a.txt b.txt && mv b.txt c.txt", "c.txt", "x\n"),
        ("echo x > a.txt; echo y > b.txt; mkdir d; cp a.txt b.txt d/", "d/b.txt", "y\n"),
        ("mkdir d; echo x > d/a.txt; mv d e", "e/a.txt", "x\n"),
        ("echo x > a.txt; echo y > b.txt; cat a.txt b.txt > c.txt", "c.txt", "x\ny\n"),
        ("echo x > a.txt; rm a.txt; echo y >> a.txt", "a.txt", "y\n"),
        (": > a.txt; echo x >> a.txt", "a.txt", "x\n"),
        ("echo x > a.txt; git mv a.txt b.txt", "b.txt", "x\n"),
    ],
)
def test_literal_text_in_commands_makes_files(line: str, path: str, text: str) -> None:
    """Agents write inputs this way as often as with their file tool."""
    assert held(files(line), f"/w/{path}") == text


@pytest.mark.parametrize(
    "line",
    [
        "sed -i s/x/y/ a.txt",
        "perl -pi -e s/x/y/ a.txt",
        "black a.txt",
        "ruff format .",
        "git checkout -- a.txt",
        "date >> a.txt",
        "date > a.txt",
        "cp other.txt a.txt",
        "mv other.txt a.txt",
        "rm a.txt",
        "rm -rf .",
        "rm *.txt",
        "rm -f ./a.txt",
        "mv a.txt b.txt",
        "for i in 1 2; do echo $i >> a.txt; done",
    ],
)
def test_a_known_text_is_known_no_longer_once_something_else_is_at_it(line: str) -> None:
    """An old text in place of the new one would be a guess."""
    assert held(files(FileChange("a.txt", "x\n"), "ls; grep x a.txt; wc -l a.txt"), "/w/a.txt") == "x\n"
    assert held(files(FileChange("a.txt", "x\n"), line), "/w/a.txt") is None


def test_the_past_is_kept_within_bounds_and_the_present_always() -> None:
    """A session may rewrite a large file a thousand times."""
    found = VirtualFiles(max_kept_characters=50)
    for n in range(30):
        found.change("/w/a", FileChange("/w/a", f"{n}" * 20), f"e{n}")

    assert found.content("/w/a").text == "29" * 20
    assert found.content("/w/a", "e1").gap.startswith("source never seen")


def test_a_file_nobody_touched_has_no_state() -> None:
    """The caller asks the disk then."""
    found = files("ls")

    assert found.get("/w/a.txt") is None
    assert list(found.texts()) == []
    assert files("echo x > a.txt").get("/w/a.txt") == FileText("x\n", ("e1",))


names = st.sampled_from(["a.txt", "b.txt", "d/c.txt", "d/a.txt"])
command_lines = st.one_of(
    st.builds("cat > {} <<'EOF'\n{}\nEOF".format, names, st.sampled_from(["one", "two $x", "", "'q'"])),
    st.builds("echo {} > {}".format, st.sampled_from(["one", "'a  b'", "-n x", "-e 'a\\tb'"]), names),
    st.builds("printf '%s\\n' {} >> {}".format, st.sampled_from(["one two", "''"]), names),
    st.builds("cp {} {}".format, names, names),
    st.builds("mv {} {}".format, names, names),
    st.builds("cp {} d/".format, names),
    st.builds("cat {} {} > e.txt".format, names, names),
    st.builds("rm -f {}".format, names),
    st.builds("echo x | tee -a {}".format, names),
    st.builds("sed -i s/o/0/ {}".format, names),
    st.builds("cd d && echo deep > {}; cd ..".format, st.sampled_from(["c.txt", "../a.txt"])),
    st.just("rm -rf d; mkdir -p d"),
    st.just("rm -f *.txt"),
    st.just("date > a.txt"),
)


@settings(deadline=None, max_examples=50)
@given(st.lists(command_lines, min_size=1, max_size=9))
def test_what_is_known_is_what_a_shell_leaves_on_the_disk(lines: list[str]) -> None:
    """Whatever is said to be known must be so: the real shell is the judge."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "d").mkdir()
        # Commands fail here, too, where a file is missing: the line goes on, as in a real session.
        subprocess.run(["bash", "-c", "\n".join(lines)], cwd=folder, capture_output=True, check=False)
        found = files(*lines, folder=folder)
        for path, text in found.texts():
            assert Path(path).read_text(encoding="utf-8") == text
