"""What is odd among skills, and about their folders, is told by its code: each one raised by the real thing."""

import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from skillstrata.adapters.skill_file_folders import SkillFileFolders
from skillstrata.app.runtime_session import RuntimeSession, SkillQuery, open_skills
from skillstrata.app.use_cases.publishing_skills import publish
from skillstrata.app.use_cases.validating_skills import validate
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.skills import Frontmatter, Skill, SkillSource, SkillText
from skillstrata.runtime.dependency_graph import Resolver
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.precedence import Precedence
from skillstrata.runtime.registry import RegistryBuilder
from skillstrata.runtime.sources import Scan, SkillScanner
from tests.skill_clients import Home
from tests.skill_sources import page, put

GOOD = page("Does one thing.")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A user with one good skill, about which nothing is odd."""
    made = Home(tmp_path)
    made.put("good", GOOD)
    return made


def _told(home: Home) -> set[str]:
    session = open_skills(home.app(), SkillQuery((home.skills, home.root / "more"), usual=False, project=home.root))
    return {odd.code for odd in session.registry.diagnostics}


def _none(home: Home) -> None:
    (home.root / "more").mkdir()


def _same_twice(home: Home) -> None:
    put(home.root / "more", "good", GOOD)


def _lacks_a_skill(home: Home) -> None:
    put(home.root / "more", "one", page("Needs.", requires="{skills: [none-such]}"))


def _lacks_a_program(home: Home) -> None:
    put(home.root / "more", "one", page("Needs.", requires="{bins: [no-such-program]}"))


def _circle(home: Home) -> None:
    put(home.root / "more", "one", page("Needs.", requires="{skills: [two]}"))
    put(home.root / "more", "two", page("Needs.", requires="{skills: [one]}"))


def _shares_outputs(home: Home) -> None:
    for name in ("one", "two"):
        put(home.root / "more", name, page(f"Writes {name}.", allowed_tools="Write(docs/**)"))


@pytest.mark.parametrize(
    ("lay", "code"),
    [
        (_none, ""),
        (_same_twice, "duplicate_identical"),
        (_lacks_a_skill, "dep_missing"),
        (_lacks_a_program, "env_missing"),
        (_circle, "dep_cycle"),
        (_shares_outputs, "scope_shared"),
    ],
)
def test_what_is_odd_among_skills_is_told(home: Home, lay: Callable[[Home], None], code: str) -> None:
    """And nothing where nothing is."""
    lay(home)

    assert _told(home) == ({code} if code else set())


def _look_until(session: RuntimeSession, is_done: Callable[[], bool]) -> None:
    """Look again: a file that was written a moment ago is not believed at once."""
    pause = threading.Event()
    for _ in range(200):
        session.look()
        if is_done():
            return
        pause.wait(0.02)


def test_a_file_whose_body_is_gone_is_set_aside_as_half_written(home: Home) -> None:
    """Its version before goes on; whole again, nothing is set aside."""
    session = open_skills(home.app(), SkillQuery((home.skills,), usual=False, project=home.root), stays=True)
    file = home.skills / "good" / "SKILL.md"
    file.write_text("---\ndescription: Does one thing.\n---\n", encoding="utf-8")
    _look_until(session, lambda: bool(session.live.quarantined))
    assert [odd.code for one in session.live.quarantined for odd in one.diagnostics] == ["half_written"]

    file.write_text(page("Does one thing.", body="Another body.\n"), encoding="utf-8")
    _look_until(session, lambda: not session.live.quarantined)
    assert session.live.quarantined == ()


def test_needs_that_take_too_long_are_told() -> None:
    """By a clock that jumps; by one that stands still nothing is."""

    class Facts:
        def has_binary(self, name: str) -> bool:
            return bool(name)

        has_variable = has_mcp_server = has_binary

    source = SkillSource("user", "user", "-")
    skill = Skill("user/a", "a", source, "-/a", "1", "1", 1, Frontmatter())
    ticks = count(step=10)
    for clock, codes in ((lambda: float(next(ticks)), ["resolution_timeout"]), (lambda: 0.0, [])):
        builder = RegistryBuilder(Precedence("claude-code"), Resolver(Facts(), clock=clock))
        assert [odd.code for odd in builder.build([skill]).registry.diagnostics] == codes


def test_a_file_with_another_name_by_case_is_told(home: Home, tmp_path: Path) -> None:
    """A warning where it loads, a fault of the strict form where even its reference would not find it."""
    folder = tmp_path / "odd" / "one"
    folder.mkdir(parents=True)
    (folder / "SKILL.MD").write_text(page("Does.", name="one"), encoding="utf-8")
    [loose] = validate(home.app(), (folder,), strict=False)
    [strict] = validate(home.app(), (folder,), strict=True)

    assert (loose.ok, [odd.code for odd in loose.diagnostics if odd.severity == "warning"]) == (
        True,
        ["file_name_case"],
    )
    assert (strict.ok, [odd.code for odd in strict.diagnostics if odd.severity == "error"]) == (
        False,
        ["strict_file_name"],
    )


class _Locked(SkillFileFolders):
    """Files of which one may not be read; the user who runs the tests may read all."""

    def read(self, path: str, *, max_bytes: int) -> bytes:
        if "/locked/" in path:
            raise FileUnreadable(f"{path} may not be read", hint="make it readable", reason="unreadable")
        return super().read(path, max_bytes=max_bytes)


def test_a_file_that_cannot_be_read_is_told(home: Home) -> None:
    """It costs itself only: the good one beside it is found."""
    home.put("locked")
    source = SkillSource("user", "user", str(home.skills))
    [scan] = (
        SkillScanner(_Locked(), parse_skill, keep=None, now_s=time.time).scan((source,), Scan(), settle_s=0.0).sources
    )

    assert {file.stamp.slug: [odd.code for odd in file.diagnostics] for file in scan.files if file.skill is None} == {
        "locked": ["file_unreadable"]
    }
    assert [file.skill.name for file in scan.files if file.skill is not None] == ["good"]


@pytest.mark.parametrize(("files", "codes"), [(513, ["publish_too_big"]), (3, [])])
def test_a_folder_with_too_many_files_is_not_published(
    home: Home, tmp_path: Path, files: int, codes: list[str]
) -> None:
    """The form has its limits; with a few files it is."""
    folder = put(tmp_path / "odd", "one", page("Does.", name="one")).parent
    for number in range(files):
        (folder / f"{number}.txt").write_text("x", encoding="utf-8")
    report = publish(home.app(), (folder,), to=tmp_path / "out", force=False)
    refused = [odd.code for one in report.refused for odd in one.diagnostics if odd.severity == "error"]

    assert refused == codes


def test_a_parser_that_fails_costs_that_file_only(home: Home) -> None:
    """A fault of ours with one file is told, and the good one beside it is found."""
    home.put("poison", page("Does.", body="poison\n"))

    def parse(data: bytes, *, folder_name: str, path: str) -> SkillText:
        if b"poison" in data:
            raise RuntimeError("a fault")
        return parse_skill(data, folder_name=folder_name, path=path)

    source = SkillSource("user", "user", str(home.skills))
    [scan] = SkillScanner(SkillFileFolders(), parse).scan((source,)).sources

    assert [[odd.code for odd in file.diagnostics] for file in scan.files if file.skill is None] == [["parser_failed"]]
    assert [file.skill.name for file in scan.files if file.skill is not None] == ["good"]
