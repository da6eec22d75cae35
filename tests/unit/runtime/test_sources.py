"""Scans: every source at once, only what changed is read, one bad file costs itself only."""

import errno
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.skill_file_folders import SkillFileFolders
from skillstrata.ports.skill_files import SkillFileStamp
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import SkillSource, SkillText
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.sources import MAX_WORKERS, Scan, SkillScanner
from tests.skill_sources import page, put, source


def _scanner(now: float = 0.0) -> SkillScanner:
    return SkillScanner(SkillFileFolders(), parse_skill, now_s=lambda: now)


def _states(scan: Scan) -> dict[str, str]:
    return {f.skill_id: "ok" if f.skill else f.diagnostics[-1].code for f in scan.files}


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    """A look that finds nothing gives the very same scan back."""
    for name in "abc":
        put(tmp_path, name)
    scanner, here = _scanner(), (source(root=tmp_path),)
    first = scanner.scan(here)
    assert first.read == 3
    assert scanner.scan(here, first) is first
    put(tmp_path, "b", page("New."))
    second = scanner.scan(here, first)

    assert second.read == 1
    assert [new.skill is old.skill for new, old in zip(second.files, first.files, strict=True)] == [True, False, True]


def test_one_bad_file_costs_itself_only(tmp_path: Path) -> None:
    """Empty, binary, no frontmatter, a gigabyte: each is told, all others load."""
    put(tmp_path, "good")
    put(tmp_path, "empty", "")
    put(tmp_path, "plain", "# no frontmatter\n")
    put(tmp_path, "binary").write_bytes(b"---\n\x00\xff\n---\n")
    with put(tmp_path, "huge").open("r+b") as stream:
        stream.truncate(1_000_000_000)

    assert _states(_scanner().scan((source(root=tmp_path),))) == {
        "user/good": "ok",
        "user/empty": "no_frontmatter",
        "user/plain": "no_frontmatter",
        "user/binary": "nul_byte",
        "user/huge": "too_large",
    }


def test_a_parser_that_fails_costs_that_file_only(tmp_path: Path) -> None:
    """Whatever it is: one file of 80 bytes took every skill down."""
    put(tmp_path, "good")
    put(tmp_path, "worse")

    def parse(data: bytes, *, folder_name: str, path: str) -> SkillText:
        if folder_name == "worse":
            raise RecursionError
        return parse_skill(data, folder_name=folder_name, path=path)

    scan = SkillScanner(SkillFileFolders(), parse).scan((source(root=tmp_path),))
    assert _states(scan) == {"user/good": "ok", "user/worse": "parser_failed"}


class _Full:
    """A store without room."""

    def put(self, digest: str, data: bytes) -> None:
        """Fail as a full disk does."""
        raise OSError(errno.ENOSPC, "No space left on device")

    def get(self, digest: str) -> bytes | None:
        """Give nothing: nothing was kept."""

    def keep_only(self, digests: Iterable[str]) -> None:
        """Do nothing."""


def test_texts_that_cannot_be_kept_cost_no_skill(tmp_path: Path) -> None:
    """A full temporary folder must not end the runtime: a text is read from its file then."""
    put(tmp_path, "good")
    scanner = SkillScanner(SkillFileFolders(), parse_skill, keep=_Full())

    assert _states(scanner.scan((source(root=tmp_path),))) == {"user/good": "ok"}


def test_a_source_that_disappears_takes_its_own_skills_only(tmp_path: Path) -> None:
    """And comes back with them."""
    one, other = source("user", root=tmp_path / "one"), source("project", root=tmp_path / "other")
    put(tmp_path / "one", "a")
    put(tmp_path / "other", "b")
    scanner = _scanner()
    first = scanner.scan((one, other))
    (tmp_path / "one").rename(tmp_path / "away")
    second = scanner.scan((one, other), first)
    (tmp_path / "away").rename(tmp_path / "one")
    third = scanner.scan((one, other), second)

    assert (list(_states(second)), second.diagnostics) == (["project/b"], ())
    assert list(_states(third)) == ["user/a", "project/b"]


def test_a_file_that_changed_a_moment_ago_waits_for_the_next_look(tmp_path: Path) -> None:
    """It may be half written; when it has come to rest, it is read though its stamp is the same."""
    file = put(tmp_path, "a")
    at = file.stat().st_mtime
    here = (source(root=tmp_path),)
    early = _scanner(at + 0.01).scan(here, settle_s=0.03)
    late = _scanner(at + 0.05).scan(here, early, settle_s=0.03)

    assert (early.is_unsettled, _states(early)) == (True, {"user/a": "unstable_read"})
    assert (late.is_unsettled, _states(late)) == (False, {"user/a": "ok"})


def test_sources_are_looked_at_at_the_same_time() -> None:
    """A slow disk must not hold the others up: each of three looks waits for the other two."""
    together = threading.Barrier(3, timeout=20)

    class Meeting(SkillFileFolders):
        def stamps(self, source: SkillSource) -> tuple[tuple[SkillFileStamp, ...], tuple[Diagnostic, ...]]:
            together.wait()
            return super().stamps(source)

    scanner = SkillScanner(Meeting(), parse_skill, workers=3)
    scan = scanner.scan(tuple(source("user", f"user:{n}", f"/nowhere/{n}") for n in range(3)))

    assert [one.source.label for one in scan.sources] == ["user:0", "user:1", "user:2"]
    assert 1 <= MAX_WORKERS <= 32


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("# Fix the build\n\nRun make.\n", "Fix the build"),
        ("---\nallowed-tools: Bash\n---\n\nFix the tests.\n", "Fix the tests."),
        ("---\ndescription: Said\n---\n\nFix.\n", "Said"),
    ],
)
def test_commands_need_no_frontmatter(tmp_path: Path, text: str, description: str) -> None:
    """Their first line says what they are for; a skill without description stays out."""
    (tmp_path / "fix.md").write_text(text, encoding="utf-8")
    place = source("command", "user:commands", tmp_path)
    (found,) = _scanner().scan((place,)).files

    assert found.skill is not None
    assert found.skill.frontmatter.description == description
    assert found.skill.body_chars > 0
    put(tmp_path / "skills", "fix", text)
    (other,) = _scanner().scan((source(root=tmp_path / "skills"),)).files
    assert (other.skill is not None) == (description == "Said")


def test_a_source_that_is_another_one_under_the_same_label_is_read_anew(tmp_path: Path) -> None:
    """A plugin was updated: its new folder has other skills of the same names."""
    put(tmp_path / "1.0", "a", page("Old."))
    put(tmp_path / "2.0", "a", page("New."))
    old = source("plugin", "plugin:p", tmp_path / "1.0", prefix="p")
    scanner = _scanner()
    (found,) = scanner.scan((replace(old, root=str(tmp_path / "2.0")),), scanner.scan((old,))).files

    assert found.skill is not None
    assert (found.skill.name, found.skill.frontmatter.description) == ("p:a", "New.")
